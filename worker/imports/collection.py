"""The images recognised in a folder or archive, with their classes and splits, and the files left out."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from skiplab.contract.imports import FIRST, Group, Split
from worker.datasets.images import SPLITS, Size
from worker.datasets.pictures import BadImages, Loaded


@dataclass(frozen=True, slots=True)
class Entry:
    """One image of a collection."""

    split: Split
    label: str
    path: str
    row: int = 0
    """Index of the image in a file that holds many."""

    @property
    def name(self) -> str:
        return f"{self.path}[{self.row}]" if self.row else self.path


class Pictures(Protocol):
    """Reads the images of a collection."""

    def size(self, entry: Entry) -> Size:
        """Return (height, width), from the header alone where the format allows. Raises BadImages."""
        ...

    def load(self, entry: Entry, at_least: Size | None) -> Loaded:
        """Decode an image, at reduced size but not below `at_least` where the format allows. Raises BadImages."""
        ...


class LeftOut:
    """Counts the files that are not imported, by reason, and keeps the first names of each."""

    def __init__(self) -> None:
        self._count: Counter[str] = Counter()
        self._first: dict[str, list[str]] = {}

    def add(self, why: str, *names: str) -> None:
        self._count[why] += len(names)
        first = self._first.setdefault(why, [])
        first.extend(names[: FIRST - len(first)])

    def merge(self, other: "LeftOut") -> None:
        """Add the counts of another one."""
        for why, count in other._count.items():
            first = self._first.setdefault(why, [])
            first.extend(other._first[why][: FIRST - len(first)])
            self._count[why] += count

    def groups(self) -> list[Group]:
        return [
            Group(why=why, count=count, first=self._first[why]) for why, count in self._count.most_common() if count
        ]


@dataclass
class Collection:
    """The images of one data set before they are decoded."""

    layout: str
    """Name of the layout, for the report."""

    entries: list[Entry]
    pictures: Pictures
    left_out: LeftOut = field(default_factory=LeftOut)
    unread: list[tuple[str, str]] = field(default_factory=list)
    """Name and reason of each image in an unsupported format."""

    notes: list[str] = field(default_factory=list)
    origins: dict[Split, str] = field(default_factory=dict)
    labelled_test: bool = True
    """False: the test set was split off other images, see `imports/division.py`."""

    tables: set[str] = field(default_factory=set)
    """Files that the labels were read from."""

    containers: set[str] = field(default_factory=set)
    """Files that hold many images each, with their metadata files."""

    classes: Sequence[str] = ()
    """In the order that the collection defines; empty: sorted by name."""

    empty_classes: dict[Split, set[str]] = field(default_factory=dict)
    """Class folders without an image."""

    def of(self, split: Split) -> list[Entry]:
        return [entry for entry in self.entries if entry.split == split]

    def labels(self, split: Split) -> set[str]:
        return {entry.label for entry in self.entries if entry.split == split}

    @property
    def files(self) -> set[str]:
        """Every file that the data set is read from."""
        return (self.containers or {entry.path for entry in self.entries}) | self.tables

    @property
    def splits(self) -> list[Split]:
        there = {entry.split for entry in self.entries}
        return [split for split in SPLITS if split in there]


class SeveralSets(BadImages):
    """Raised where a folder or archive holds more than one data set."""

    def __init__(self, where: str, parts: Iterable[str]) -> None:
        """`parts`: values for `--part`."""
        each = sorted(parts)
        super().__init__(
            f"{where} contains several data sets: {named(each)}. Select one: --part {each[0]} on the command line,"
            " `part` over HTTP; or upload it alone."
        )


def named(names: Iterable[str], most: int = 6) -> str:
    """Join names for a sentence, and count those beyond the first `most`."""
    given = list(names)
    more = f" and {len(given) - most:,} more" if len(given) > most else ""
    return ", ".join(given[:most]) + more
