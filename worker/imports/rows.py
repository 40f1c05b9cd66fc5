"""The rows of a table in a text file: its encoding, its delimiter, its fields."""

import codecs
import csv
import io
from collections.abc import Iterator

from worker.datasets.pictures import BadImages
from worker.imports.tree import Tree

LARGEST = 256 * 2**20
"""Bytes of a table, and of a field in it: masks of images are kept in tables, too."""

START = 2**20
"""Bytes by which a table is recognised."""

UNKNOWN = "latin-1"
"""Keeps each byte as one character until the encoding is known. No encoding of labels has a comma, a semicolon, a tab
or a quote as part of another character."""

_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}

csv.field_size_limit(LARGEST)

Row = list[str]


def start(tree: Tree, path: str) -> bytes:
    """Of the file, up to the end of a line. Raises BadImages."""
    content = tree.start(path, START)
    return content if len(content) < START else content[: content.rfind(b"\n") + 1] or content


def whole(tree: Tree, path: str) -> bytes:
    """Raises BadImages."""
    if (size := tree.files[path].bytes) > LARGEST:
        raise BadImages(f"{path} has {size / 2**20:,.1f} MiB; a table can have {LARGEST / 2**20:,.0f}: split it.")
    return tree.read(path, most=LARGEST)


def encoding_of(content: bytes) -> str | None:
    """None where neither the file's first bytes nor its content tell."""
    for mark, encoding in _MARKS.items():
        if content.startswith(mark):
            return encoding
    try:
        content.decode()
    except UnicodeDecodeError:
        return None
    return "utf-8"


def rows(content: bytes, encoding: str, path: str) -> Iterator[Row]:
    """Without empty ones. Raises BadImages."""
    first = content.partition(b"\n")[0].decode(encoding, "replace")
    delimiter = max("\t,;|", key=first.count)
    if delimiter not in first:
        delimiter = " "  # as in lists of `path label`
    # What cannot be decoded is in columns that nobody reads: the others were checked.
    with io.TextIOWrapper(io.BytesIO(content), encoding, errors="replace", newline="") as text:
        try:
            yield from filter(None, csv.reader(text, delimiter=delimiter))
        except csv.Error as error:
            raise BadImages(f"{path} cannot be read as a table: {error}.") from error
