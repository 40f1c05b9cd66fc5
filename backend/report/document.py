"""What a report consists of, before it is HTML or Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Heading:
    level: int
    text: str


@dataclass(frozen=True)
class Paragraph:
    text: str
    weighty: bool = False  # must not be overlooked


@dataclass(frozen=True)
class Bullets:
    items: Sequence[str]


@dataclass(frozen=True)
class Table:
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    numeric: frozenset[int] = frozenset()  # places of columns to be set flush right


@dataclass(frozen=True)
class Code:
    text: str


@dataclass(frozen=True)
class Folded:
    """Long, and read by few."""

    summary: str
    code: Code


@dataclass(frozen=True)
class Plot:
    name: str  # of its file: letters, digits and dashes
    caption: str
    data: Sequence[dict[str, Any]]
    layout: dict[str, Any]


Block = Heading | Paragraph | Bullets | Table | Code | Folded | Plot


@dataclass(frozen=True)
class Document:
    title: str
    blocks: Sequence[Block]

    @property
    def plots(self) -> list[Plot]:
        return [block for block in self.blocks if isinstance(block, Plot)]
