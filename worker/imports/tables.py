"""A CSV of file names and labels beside the images: which of its columns are what, and what it says."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import PurePosixPath

from skiplab.contract.imports import Split
from worker.datasets.pictures import SUFFIXES, BadImages
from worker.imports import names, rows
from worker.imports.collection import named
from worker.imports.rows import Row
from worker.imports.tree import Tree
from worker.imports.words import FILE_COLUMNS, LABEL_COLUMNS, SPLIT_COLUMNS, plain, split_of

TABLES = (".csv", ".tsv", ".txt")

SEEN = 300
"""Rows by which a column is recognised."""

ENOUGH = 0.5
"""Of these rows must name an image that is there."""

NOT_LABELS = re.compile(r"sample[_ -]?submission|^submission", re.IGNORECASE)
"""What competitions put beside their data: its labels are made up."""


@dataclass(frozen=True)
class Label:
    label: str
    split: Split | None
    """None where the table does not say."""


@dataclass
class Labels:
    """What a table says."""

    of: dict[str, list[Label]] = field(default_factory=dict)
    """By image; more than one where rows differ."""

    absent: list[str] = field(default_factory=list)
    """Named in the table, and no image here."""

    ambiguous: list[str] = field(default_factory=list)
    """Named in the table, and several images here are called so."""

    has_slashes: bool = False


class Images:
    """The images of a tree, found by what a table calls them."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._by_name: defaultdict[str, list[str]] = defaultdict(list)
        for path in paths:
            file = PurePosixPath(path)
            self._by_name[file.name.lower()].append(path)
            if file.suffix.lower() in SUFFIXES:
                self._by_name[file.stem.lower()].append(path)

    @property
    def are_ascii(self) -> bool:
        return all(map(str.isascii, self._by_name))

    def find(self, given: str) -> str | None:
        """The image that is called so; None for none or several."""
        found = self.all(given)
        return found[0] if len(found) == 1 else None

    def all(self, given: str) -> list[str]:
        """Those that are called so, by their path or the end of it, with or without suffix."""
        wanted = names.composed(given).strip().replace("\\", "/").removeprefix("./").lower()
        parts = PurePosixPath(wanted).parts
        found = self._by_name.get(parts[-1], []) if parts else []
        return [path for path in found if _ends(path.lower(), wanted)] if len(found) > 1 else found


def _ends(path: str, wanted: str) -> bool:
    return any(f"/{known}".endswith(f"/{wanted}") for known in (path, str(PurePosixPath(path).with_suffix(""))))


class Table:
    """A table whose rows may name images. Its columns are recognised by its first rows; the others are read when the
    labels are wanted."""

    def __init__(self, tree: Tree, path: str, start: list[Row], images: Images, encoding: str) -> None:
        """`start`: the first rows, the header among them; `encoding`: in which they were read."""
        self.path, self._tree, self._images, self.encoding = path, tree, images, encoding
        # Without a header, as `0001.jpg,cat`.
        self._has_header = all(images.find(value) is None for value in start[0])
        self._header = start[0] if self._has_header else [f"column {place + 1}" for place in range(len(start[0]))]
        self._start = start[self._has_header :][:SEEN]
        self.file = self._file_column()
        self.is_sure = False
        """Whether the column's name or its values say that they are labels; else it is the only other one."""

        self._candidates: list[int] = []
        self._labels = self._label_columns(set())
        self._read: Labels | None = None

    def expect(self, classes: set[str]) -> None:
        """A column of nothing but these, which are known already, is that of the labels."""
        if classes and (columns := self._label_columns(classes)) != self._labels:
            self._labels, self._read = columns, None

    @property
    def names_images(self) -> bool:
        return self.file is not None

    @property
    def has_labels(self) -> bool:
        return bool(self._labels)

    @property
    def in_words(self) -> str:
        assert self.file is not None
        label = self._header[self._labels[0]] if len(self._labels) == 1 else "one column for each class"
        return f"{self.path} ({self._header[self.file]}, {label})"

    @property
    def columns(self) -> str:
        return named(self._header, 12)

    @property
    def other_candidates(self) -> list[str]:
        """Columns that by their names could be the labels as well."""
        return [self._header[column] for column in self._candidates if column not in self._labels]

    def read_columns(self) -> list[int]:
        """Those whose text matters; all where none is known to be that of the labels."""
        assert self.file is not None
        return [self.file, *self._labels] if self._labels else [*range(len(self._header))]

    def labels(self) -> Labels:
        """Of the images that the table names. Raises BadImages for a table that cannot be read as a whole."""
        if self._read is None:
            self._read = self._read_labels()
        return self._read

    def _read_labels(self) -> Labels:
        assert self.file is not None
        split_column = self._split_column()
        by_name = split_of(PurePosixPath(self.path).stem)
        found = Labels()
        for row in self._rows():
            if len(row) <= self.file or (label := self._label(row)) is None:
                continue
            paths = self._images.all(row[self.file])
            if len(paths) != 1:
                (found.ambiguous if paths else found.absent).append(row[self.file])
                continue
            given = split_of(row[split_column]) if split_column is not None and len(row) > split_column else None
            found.has_slashes |= "/" in label
            said = Label(label.replace("/", "_"), given or by_name)
            if said not in (known := found.of.setdefault(paths[0], [])):
                known.append(said)
        return found

    def _rows(self) -> Iterator[Row]:
        content = rows.whole(self._tree, self.path)
        return islice(rows.rows(content, self.encoding, self.path), int(self._has_header), None)

    def _label(self, row: Row) -> str | None:
        if len(self._labels) == 1:
            column = self._labels[0]
            label = names.composed(row[column]).strip() if len(row) > column else ""
            return label or None
        ones = [self._header[column] for column in self._labels if len(row) > column and _is_one(row[column])]
        return names.composed(ones[0]).strip() if len(ones) == 1 else None

    def _values(self, column: int) -> list[str]:
        """The first ones."""
        return [row[column].strip() for row in self._start if len(row) > column]

    def _file_column(self) -> int | None:
        """The one whose values name images most often; of equals, the one with the likelier name."""
        shares = {
            column: sum(self._images.find(value) is not None for value in self._values(column))
            for column in range(len(self._header))
        }
        best = max(shares, key=lambda column: (shares[column], -_place(self._header[column], FILE_COLUMNS)), default=0)
        return best if self._start and shares.get(best, 0) >= ENOUGH * len(self._start) else None

    def _label_columns(self, classes: set[str]) -> list[int]:
        """One; or several, each of a class, in which each row has a single 1."""
        others = [column for column in range(len(self._header)) if column != self.file]
        self.is_sure = True
        for column in others:
            if classes and all(names.composed(value) in classes for value in self._values(column)):
                return [column]
        self._candidates = [column for column in others if plain(self._header[column]) in LABEL_COLUMNS]
        if self._candidates:
            # A column with one value tells nothing apart.
            varied = [column for column in self._candidates if len(set(self._values(column))) > 1]
            return [min(varied or self._candidates, key=lambda column: _place(self._header[column], LABEL_COLUMNS))]
        flags = [column for column in others if all(map(_is_flag, self._values(column)))]
        if len(flags) > 1 and all(sum(_is_one(row[c]) for c in flags if len(row) > c) == 1 for row in self._start):
            return flags
        self.is_sure = False
        return others if len(others) == 1 else []

    def _split_column(self) -> int | None:
        for column, name in enumerate(self._header):
            if plain(name) in SPLIT_COLUMNS and all(map(split_of, self._values(column))):
                return column
        return None


def tables(tree: Tree, paths: Iterable[str], images: Images) -> list[Table]:
    """The tables that name images. Raises UnknownNames for labels in an encoding that cannot be told."""
    found = []
    for path in sorted(paths):
        file = PurePosixPath(path)
        if file.suffix.lower() not in TABLES or NOT_LABELS.search(file.stem):
            continue
        if file.suffix.lower() == ".txt" and images.find(file.stem) is not None:
            continue  # boxes drawn on one image
        if (table := _table(tree, path, images)) is not None:
            found.append(table)
    return found


def _table(tree: Tree, path: str, images: Images) -> Table | None:
    """None for a file that is no table of images."""
    try:
        content = rows.start(tree, path)
        encoding = rows.encoding_of(content)
        table = _begun(tree, path, content, images, encoding or rows.UNKNOWN)
        if table is None and encoding is None and not images.are_ascii:
            return _by_file_names(tree, path, content, images)
    except names.UnknownNames:
        raise
    except BadImages:
        return None  # not even its beginning can be read
    if table is not None:
        table = _in_its_encoding(tree, table, images)
    return table


def _begun(tree: Tree, path: str, content: bytes, images: Images, encoding: str) -> Table | None:
    """`content`: the beginning of the file."""
    start = [*islice(rows.rows(content, encoding, path), SEEN + 1)]
    if not start or len(start[0]) < 2:
        return None
    table = Table(tree, path, start, images, encoding)
    return table if table.names_images else None


def _by_file_names(tree: Tree, path: str, content: bytes, images: Images) -> Table | None:
    """The encoding in which the table names images that are here."""
    for encoding in [tree.encoding] if tree.encoding else [each.codec for each in names.CANDIDATES]:
        try:
            content.decode(encoding)
        except (UnicodeError, LookupError):
            continue
        if (table := _begun(tree, path, content, images, encoding)) is not None:
            return table
    return None


def _in_its_encoding(tree: Tree, table: Table, images: Images) -> Table | None:
    """The table read in the encoding of the whole file, of which its beginning may be plain ASCII.

    Raises UnknownNames when the labels' encoding cannot be told, BadImages when they are not in the given one.
    """
    try:
        content = rows.whole(tree, table.path)
    except BadImages:
        return table  # who wants its labels hears of it
    encoding = rows.encoding_of(content)
    if encoding is None:
        columns = table.read_columns()
        cells = {
            row[column].encode(rows.UNKNOWN)
            for row in rows.rows(content, rows.UNKNOWN, table.path)
            for column in columns
            if len(row) > column and not row[column].isascii()
        }
        what = "labels" if table.has_labels else "names in it"
        try:
            encoding = names.encoding_of(sorted(cells), tree.encoding, table.path, what) if cells else rows.UNKNOWN
        except BadImages:
            if table.has_labels:
                raise
            return None
    return table if encoding == table.encoding else _begun(tree, table.path, content, images, encoding)


def _place(name: str, known: tuple[str, ...]) -> int:
    return known.index(plain(name)) if plain(name) in known else len(known)


def _is_flag(value: str) -> bool:
    return value in ("0", "1", "0.0", "1.0")


def _is_one(value: str) -> bool:
    return value.strip() in ("1", "1.0")
