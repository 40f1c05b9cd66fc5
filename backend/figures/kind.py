"""A kind of figure: title, help, options, how its data is loaded and how it is built."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import plotly.graph_objects as go

from backend.db.database import Session
from backend.evidence.evaluate import SetEvidence
from backend.evidence.records import RunRecord
from backend.figures.context import Context
from backend.figures.options import Option

Data = TypeVar("Data")


@dataclass(frozen=True)
class Source:
    """Where a figure's data comes from: a read transaction and the runs loaded in it."""

    session: Session
    home: Path
    runs: Sequence[RunRecord]
    context: Context
    judged: Sequence[SetEvidence] | None = None
    """The verdicts on these runs, if already computed."""

    @property
    def run_ids(self) -> list[int]:
        return [run.id for run in self.runs]


def nothing(_: Source) -> None:
    """Load nothing: for kinds built from the runs' own series."""


@dataclass(frozen=True)
class Kind(Generic[Data]):
    key: str
    """Its key in URLs."""
    title: str
    help: str
    """How to read the figure, in a sentence or two."""
    build: Callable[[Context, Data], go.Figure]
    """Raises CannotDraw."""
    load: Callable[[Source], Data]
    options: tuple[Option, ...] = ()
    """The options that it reads."""
    wide: bool = False
    """Whether it scrolls horizontally on narrow pages."""
    plain: bool = False
    """Whether the evidence page and the report show it as it is, with the defaults of its options. Others have a place
    of their own there, or on another page."""

    def draw(self, source: Source) -> go.Figure:
        """Load the data and draw the figure. Raises CannotDraw."""
        return self.build(source.context, self.load(source))
