"""The structure of a report, independent of its format."""

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
    weighty: bool = False  # shown as a warning


@dataclass(frozen=True)
class Bullets:
    items: Sequence[str]


@dataclass(frozen=True)
class Table:
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    numeric: frozenset[int] = frozenset()  # indices of right-aligned columns


@dataclass(frozen=True)
class Code:
    text: str


@dataclass(frozen=True)
class Folded:
    """Long code with a summary, collapsible in HTML."""

    summary: str
    code: Code


@dataclass(frozen=True)
class Plot:
    name: str  # file name: letters, digits and dashes
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
