"""What was recognised in a folder or archive: images with their classes and splits, and what was left out."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from skiplab.contract.imports import FIRST, Group, Split
from worker.datasets.images import SPLITS, Size
from worker.datasets.pictures import BadImages, Loaded


@dataclass(frozen=True, slots=True)
class Entry:
    """One image."""

    split: Split
    label: str
    path: str
    row: int = 0
    """Its place, where a file holds many."""

    @property
    def name(self) -> str:
        return f"{self.path}[{self.row}]" if self.row else self.path


class Pictures(Protocol):
    """Where the images of a collection are."""

    def size(self, entry: Entry) -> Size:
        """Height and width, without decoding more than that takes. Raises BadImages."""
        ...

    def load(self, entry: Entry, at_least: Size | None) -> Loaded:
        """Raises BadImages that names the image."""
        ...


class LeftOut:
    """Counts what is not taken, by reason, and keeps the first names of each."""

    def __init__(self) -> None:
        self._count: Counter[str] = Counter()
        self._first: dict[str, list[str]] = {}

    def add(self, why: str, *names: str) -> None:
        self._count[why] += len(names)
        first = self._first.setdefault(why, [])
        first.extend(names[: FIRST - len(first)])

    def take(self, other: "LeftOut") -> None:
        """All that another has counted."""
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
    layout: str
    """How it is arranged, for people."""

    entries: list[Entry]
    pictures: Pictures
    left_out: LeftOut = field(default_factory=LeftOut)
    unread: list[tuple[str, str]] = field(default_factory=list)
    """Images of a kind that is not read here: name and reason."""

    notes: list[str] = field(default_factory=list)
    origins: dict[Split, str] = field(default_factory=dict)
    labelled_test: bool = True
    """False: its test set was made of other images, see `imports/division.py`."""

    tables: set[str] = field(default_factory=set)
    """Files that labels are from."""

    containers: set[str] = field(default_factory=set)
    """Files that hold many images, or what belongs to these."""

    classes: Sequence[str] = ()
    """In the order that the collection itself gives; empty: by name."""

    empty_classes: dict[Split, set[str]] = field(default_factory=dict)
    """Folders of classes that hold no image."""

    def of(self, split: Split) -> list[Entry]:
        return [entry for entry in self.entries if entry.split == split]

    def labels(self, split: Split) -> set[str]:
        return {entry.label for entry in self.entries if entry.split == split}

    @property
    def files(self) -> set[str]:
        """All that it is made of."""
        return (self.containers or {entry.path for entry in self.entries}) | self.tables

    @property
    def splits(self) -> list[Split]:
        there = {entry.split for entry in self.entries}
        return [split for split in SPLITS if split in there]


class SeveralSets(BadImages):
    def __init__(self, where: str, parts: Iterable[str]) -> None:
        """`parts`: what to give as `--part`."""
        each = sorted(parts)
        super().__init__(
            f"{where} holds several data sets: {named(each)}. Import one of them: --part {each[0]} on the command"
            f" line, `part` over HTTP; or upload it alone."
        )


def named(names: Iterable[str], most: int = 6) -> str:
    """A list for a sentence, cut where it gets long."""
    given = list(names)
    more = f" and {len(given) - most:,} more" if len(given) > most else ""
    return ", ".join(given[:most]) + more
