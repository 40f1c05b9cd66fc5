"""Read a text table: detect its encoding and delimiter, and yield its rows."""

import codecs
import csv
import io
from collections.abc import Iterator

from skiplab.contract.sizes import human_bytes
from worker.datasets.pictures import BadImages
from worker.imports.tree import Tree

LARGEST = 256 * 2**20
"""Maximum bytes of a table, and of one field: some tables contain segmentation masks."""

START = 2**20
"""Bytes read to recognise a table."""

UNKNOWN = "latin-1"
"""Maps each byte to one character until the encoding is known. In no candidate encoding is a comma, semicolon, tab or
quote part of another character."""

_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}

csv.field_size_limit(LARGEST)

Row = list[str]


def start(tree: Tree, path: str) -> bytes:
    """Return the beginning of a file, up to the end of a line. Raises BadImages."""
    content = tree.start(path, START)
    return content if len(content) < START else content[: content.rfind(b"\n") + 1] or content


def whole(tree: Tree, path: str) -> bytes:
    """Return the content of a file. Raises BadImages if it is larger than `LARGEST`."""
    if (size := tree.files[path].bytes) > LARGEST:
        raise BadImages(
            f"{path} has {human_bytes(size)}; the limit for tables is {human_bytes(LARGEST)}. Split it into several."
        )
    return tree.read(path, most=LARGEST)


def encoding_of(content: bytes) -> str | None:
    """Detect the encoding by the byte-order mark, or as UTF-8; None if it is neither."""
    for mark, encoding in _MARKS.items():
        if content.startswith(mark):
            return encoding
    try:
        content.decode()
    except UnicodeDecodeError:
        return None
    return "utf-8"


def rows(content: bytes, encoding: str, path: str) -> Iterator[Row]:
    """Yield the non-empty rows. Raises BadImages for what is not a table."""
    first = content.partition(b"\n")[0].decode(encoding, "replace")
    delimiter = max("\t,;|", key=first.count)
    if delimiter not in first:
        delimiter = " "  # as in lists of `path label`
    # Undecodable text can only be in columns that are not used: the others were checked.
    with io.TextIOWrapper(io.BytesIO(content), encoding, errors="replace", newline="") as text:
        try:
            yield from filter(None, csv.reader(text, delimiter=delimiter))
        except csv.Error as error:
            raise BadImages(f"{path} cannot be read as a table: {error}.") from error
