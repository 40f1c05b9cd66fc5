"""A CSV of file names and labels beside the images: recognise its columns, and read its labels."""

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
"""Rows read to recognise the columns."""

ENOUGH = 0.5
"""Fraction of these rows that must name an existing image."""

NOT_LABELS = re.compile(r"sample[_ -]?submission|^submission", re.IGNORECASE)
"""Sample submissions of competitions, whose labels are placeholders."""


@dataclass(frozen=True)
class Label:
    label: str
    split: Split | None
    """None where the table does not give one."""


@dataclass
class Labels:
    """The labels that a table gives to images."""

    of: dict[str, list[Label]] = field(default_factory=dict)
    """By image; more than one where rows contradict each other."""

    absent: list[str] = field(default_factory=list)
    """Names in the table that match no image."""

    ambiguous: list[str] = field(default_factory=list)
    """Names in the table that match several images."""

    has_slashes: bool = False


class Images:
    """Index of the images of a tree, by the names that a table may use."""

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
        """Return the image that a name matches; None for no or several matches."""
        found = self.all(given)
        return found[0] if len(found) == 1 else None

    def all(self, given: str) -> list[str]:
        """Return all images that a name matches: by path or the end of it, with or without suffix, ignoring case."""
        wanted = names.composed(given).strip().replace("\\", "/").removeprefix("./").lower()
        parts = PurePosixPath(wanted).parts
        found = self._by_name.get(parts[-1], []) if parts else []
        return [path for path in found if _ends(path.lower(), wanted)] if len(found) > 1 else found


def _ends(path: str, wanted: str) -> bool:
    return any(f"/{known}".endswith(f"/{wanted}") for known in (path, str(PurePosixPath(path).with_suffix(""))))


class Table:
    """A table whose rows may name images.

    Its columns are recognised by the first rows; the rest is read when the labels are first needed.
    """

    def __init__(self, tree: Tree, path: str, start: list[Row], images: Images, encoding: str) -> None:
        """`start`: the first rows, including any header; `encoding`: the one in which they were decoded."""
        self.path, self._tree, self._images, self.encoding = path, tree, images, encoding
        # A first row such as `0001.jpg,cat` is not a header.
        self._has_header = all(images.find(value) is None for value in start[0])
        self._header = start[0] if self._has_header else [f"column {index + 1}" for index in range(len(start[0]))]
        self._start = start[self._has_header :][:SEEN]
        self.file = self._file_column()
        self.is_sure = False
        """Whether name or values identify the label column; otherwise it is merely the only other column."""

        self._candidates: list[int] = []
        self._labels = self._label_columns(set())
        self._read: Labels | None = None

    def expect(self, classes: set[str]) -> None:
        """Treat a column that contains only these known classes as the label column."""
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
        """Columns whose names suggest labels, but which are not used."""
        return [self._header[column] for column in self._candidates if column not in self._labels]

    def read_columns(self) -> list[int]:
        """Indices of the columns that are used; all columns if the label column is unknown."""
        assert self.file is not None
        return [self.file, *self._labels] if self._labels else [*range(len(self._header))]

    def labels(self) -> Labels:
        """Return the labels of the images that the table names. Raises BadImages if it cannot be read in full."""
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
            new = Label(label.replace("/", "_"), given or by_name)
            if new not in (known := found.of.setdefault(paths[0], [])):
                known.append(new)
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
        """Return the column's values in the first rows."""
        return [row[column].strip() for row in self._start if len(row) > column]

    def _file_column(self) -> int | None:
        """Return the column whose values name images most often; ties are decided by the column name."""
        shares = {
            column: sum(self._images.find(value) is not None for value in self._values(column))
            for column in range(len(self._header))
        }
        best = max(shares, key=lambda column: (shares[column], -_rank(self._header[column], FILE_COLUMNS)), default=0)
        return best if self._start and shares.get(best, 0) >= ENOUGH * len(self._start) else None

    def _label_columns(self, classes: set[str]) -> list[int]:
        """Return the label column, or one-hot columns, one for each class; empty if unknown."""
        others = [column for column in range(len(self._header)) if column != self.file]
        self.is_sure = True
        for column in others:
            if classes and all(names.composed(value) in classes for value in self._values(column)):
                return [column]
        self._candidates = [column for column in others if plain(self._header[column]) in LABEL_COLUMNS]
        if self._candidates:
            # A constant column distinguishes nothing.
            varied = [column for column in self._candidates if len(set(self._values(column))) > 1]
            return [min(varied or self._candidates, key=lambda column: _rank(self._header[column], LABEL_COLUMNS))]
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
    """Return the tables that name images. Raises UnknownNames for labels in an encoding that cannot be detected."""
    found = []
    for path in sorted(paths):
        file = PurePosixPath(path)
        if file.suffix.lower() not in TABLES or NOT_LABELS.search(file.stem):
            continue
        if file.suffix.lower() == ".txt" and images.find(file.stem) is not None:
            continue  # an annotation of one image, such as bounding boxes
        if (table := _table(tree, path, images)) is not None:
            found.append(table)
    return found


def _table(tree: Tree, path: str, images: Images) -> Table | None:
    """Return the table in a file; None if it is not a table of images."""
    try:
        content = rows.start(tree, path)
        encoding = rows.encoding_of(content)
        table = _begun(tree, path, content, images, encoding or rows.UNKNOWN)
        if table is None and encoding is None and not images.are_ascii:
            return _by_file_names(tree, path, content, images)
    except names.UnknownNames:
        raise
    except BadImages:
        return None  # unreadable from the start
    if table is not None:
        table = _in_its_encoding(tree, table, images)
    return table


def _begun(tree: Tree, path: str, content: bytes, images: Images, encoding: str) -> Table | None:
    """Recognise a table by the beginning of its file; None if it names no images."""
    start = [*islice(rows.rows(content, encoding, path), SEEN + 1)]
    if not start or len(start[0]) < 2:
        return None
    table = Table(tree, path, start, images, encoding)
    return table if table.names_images else None


def _by_file_names(tree: Tree, path: str, content: bytes, images: Images) -> Table | None:
    """Return the table in the encoding in which it names existing images; None if there is none."""
    for encoding in [tree.encoding] if tree.encoding else [each.codec for each in names.CANDIDATES]:
        try:
            content.decode(encoding)
        except (UnicodeError, LookupError):
            continue
        if (table := _begun(tree, path, content, images, encoding)) is not None:
            return table
    return None


def _in_its_encoding(tree: Tree, table: Table, images: Images) -> Table | None:
    """Return the table in the encoding of the whole file, whose beginning may be pure ASCII.

    Raises UnknownNames if the labels' encoding cannot be detected, BadImages if they are not in the given one.
    """
    try:
        content = rows.whole(tree, table.path)
    except BadImages:
        return table  # reading its labels raises the error
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


def _rank(name: str, known: tuple[str, ...]) -> int:
    return known.index(plain(name)) if plain(name) in known else len(known)


def _is_flag(value: str) -> bool:
    return value in ("0", "1", "0.0", "1.0")


def _is_one(value: str) -> bool:
    return value.strip() in ("1", "1.0")
