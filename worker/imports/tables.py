"""A CSV of file names and labels beside the images."""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from skiplab.contract.imports import Split
from worker.datasets.pictures import SUFFIXES, BadImages
from worker.imports.collection import Collection, Entry, LeftOut, named
from worker.imports.tree import Tree
from worker.imports.words import FILE_COLUMNS, LABEL_COLUMNS, SPLIT_COLUMNS, plain, split_of

TABLES = (".csv", ".tsv", ".txt")
LARGEST = 256 * 2**20
"""Bytes of a table."""

SEEN = 300
"""Rows by which a column is recognised."""

ENOUGH = 0.5
"""Of these rows must name an image that is there."""

NOT_LABELS = re.compile(r"sample[_ -]?submission|^submission", re.IGNORECASE)
"""What competitions put beside their data: its labels are made up."""

Row = list[str]


@dataclass(frozen=True)
class Label:
    label: str
    split: Split | None
    """None where the table does not say."""


class Images:
    """The images of a tree, found by what a table calls them."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._by_name: defaultdict[str, list[str]] = defaultdict(list)
        for path in paths:
            file = PurePosixPath(path)
            self._by_name[file.name.lower()].append(path)
            if file.suffix.lower() in SUFFIXES:
                self._by_name[file.stem.lower()].append(path)

    def find(self, given: str) -> str | None:
        """The image that is called so, by its path or the end of it, with or without suffix; None for none or two."""
        wanted = given.strip().replace("\\", "/").removeprefix("./").lower()
        parts = PurePosixPath(wanted).parts
        found = self._by_name.get(parts[-1], []) if parts else []
        if len(found) > 1:
            found = [path for path in found if _ends(path.lower(), wanted)]
        return found[0] if len(found) == 1 else None


def _ends(path: str, wanted: str) -> bool:
    return any(f"/{known}".endswith(f"/{wanted}") for known in (path, str(PurePosixPath(path).with_suffix(""))))


class Table:
    """A table whose rows name images."""

    def __init__(self, path: str, header: Row, rows: list[Row], images: Images) -> None:
        self.path, self._header, self._rows, self._images = path, header, rows, images
        self.file = self._file_column()
        self._labels = self._label_columns(set())

    def expect(self, classes: set[str]) -> None:
        """A column of nothing but these, which are known already, is that of the labels."""
        if classes:
            self._labels = self._label_columns(classes)

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

    def labels(self, left_out: LeftOut) -> dict[str, Label]:
        """Of each image that the table names."""
        assert self.file is not None
        split_column = self._split_column()
        by_name = split_of(PurePosixPath(self.path).stem)
        found: dict[str, Label] = {}
        for row in self._rows:
            if len(row) <= self.file or (label := self._label(row)) is None:
                continue
            path = self._images.find(row[self.file])
            if path is None:
                left_out.add(f"in {self.path}, but no image here", row[self.file])
                continue
            given = split_of(row[split_column]) if split_column is not None and len(row) > split_column else None
            found[path] = Label(label, given or by_name)
        return found

    def _label(self, row: Row) -> str | None:
        if len(self._labels) == 1:
            column = self._labels[0]
            label = row[column].strip().replace("/", "_") if len(row) > column else ""
            return label or None
        ones = [self._header[column] for column in self._labels if len(row) > column and _is_one(row[column])]
        return ones[0] if len(ones) == 1 else None

    def _file_column(self) -> int | None:
        """The one whose values name images most often; of equals, the one with the likelier name."""
        seen = self._rows[:SEEN]
        shares = {
            column: sum(len(row) > column and self._images.find(row[column]) is not None for row in seen)
            for column in range(len(self._header))
        }
        best = max(shares, key=lambda column: (shares[column], -_place(self._header[column], FILE_COLUMNS)), default=0)
        return best if seen and shares.get(best, 0) >= ENOUGH * len(seen) else None

    def _label_columns(self, classes: set[str]) -> list[int]:
        """One; or several, each of a class, in which each row has a single 1."""
        others = [column for column in range(len(self._header)) if column != self.file]
        for column in others:
            if classes and all(row[column].strip() in classes for row in self._rows[:SEEN] if len(row) > column):
                return [column]
        known = [column for column in others if plain(self._header[column]) in LABEL_COLUMNS]
        if known:
            return [min(known, key=lambda column: _place(self._header[column], LABEL_COLUMNS))]
        flags = [
            column for column in others if all(_is_flag(row[column]) for row in self._rows[:SEEN] if len(row) > column)
        ]
        if len(flags) > 1 and all(
            sum(_is_one(row[c]) for c in flags if len(row) > c) == 1 for row in self._rows[:SEEN]
        ):
            return flags
        return others if len(others) == 1 else []

    def _split_column(self) -> int | None:
        for column, name in enumerate(self._header):
            values = {row[column] for row in self._rows[:SEEN] if len(row) > column}
            if plain(name) in SPLIT_COLUMNS and all(split_of(value) for value in values):
                return column
        return None


def tables(tree: Tree, paths: Iterable[str], images: Images) -> list[Table]:
    """The tables that name images. Raises BadImages for a damaged one."""
    found = []
    for path in sorted(paths):
        file = PurePosixPath(path)
        if file.suffix.lower() not in TABLES or NOT_LABELS.search(file.stem):
            continue
        if file.suffix.lower() == ".txt" and images.find(file.stem) is not None:
            continue  # boxes drawn on one image
        rows = _rows(tree.read(path, most=LARGEST), path)
        if not rows or len(rows[0]) < 2:
            continue
        table = Table(path, rows[0], rows[1:], images)
        if any(images.find(value) is not None for value in rows[0]):
            # Without a header, as `0001.jpg,cat`.
            table = Table(path, [f"column {place + 1}" for place in range(len(rows[0]))], rows, images)
        if table.names_images:
            found.append(table)
    return found


def labelled(
    given: list[Table], unlabelled: Iterable[str], folders: dict[str, Split], collection: Collection
) -> set[str]:
    """Add to the collection what the tables label of these images; what is left is answered.

    `folders`: the split that an image's folder names. Raises BadImages when two tables differ, or none has labels.
    """
    left = set(unlabelled)
    for table in given:
        table.expect({entry.label for entry in collection.entries})
    useful = [table for table in given if table.has_labels]
    if left and not useful and not collection.entries:
        raise BadImages(
            f"{given[0].path} names images, but which of its columns is the label cannot be told: {given[0].columns}."
            " Call it `label`."
        )
    for table in useful:
        labels = table.labels(collection.left_out)
        here = {path: label for path, label in labels.items() if path in left}
        if not here:
            continue
        collection.entries += [
            Entry(label.split or folders.get(path, "train"), label.label, path) for path, label in here.items()
        ]
        left -= here.keys()
        collection.tables.add(table.path)
        for split in {label.split or folders.get(path, "train") for path, label in here.items()}:
            collection.origins.setdefault(split, f"by {table.path}")
        collection.notes.append(f"Labels are from {table.in_words}.")
    return left


def knows_better(table: Table, paths: list[str], by_folder: Mapping[str, str]) -> bool:
    """Whether the table labels nearly all of these images, and otherwise than their folders do.

    Where each folder has one label of its own the classes are the same: by number perhaps, and the folders name them.
    """
    labels = table.labels(LeftOut()) if table.has_labels else {}
    pairs = {(by_folder[path], label.label) for path, label in labels.items() if path in by_folder}
    same = bool(pairs) and len(pairs) == len({folder for folder, _ in pairs}) == len({label for _, label in pairs})
    return len(labels) >= 0.9 * len(paths) and not same


def _rows(content: bytes, path: str) -> list[Row]:
    text = _text(content)
    first = text.partition("\n")[0]
    delimiter = max("\t,;|", key=first.count)
    if delimiter not in first:
        delimiter = " "  # as in lists of `path label`
    try:
        return [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row]
    except csv.Error as error:
        raise BadImages(f"{path} cannot be read as a table: {error}.") from error


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _place(name: str, names: tuple[str, ...]) -> int:
    return names.index(plain(name)) if plain(name) in names else len(names)


def _is_flag(value: str) -> bool:
    return value.strip() in ("0", "1", "0.0", "1.0")


def _is_one(value: str) -> bool:
    return value.strip() in ("1", "1.0")
