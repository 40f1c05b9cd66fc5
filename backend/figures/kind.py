"""What a kind of figure is: its title and help, the options it reads, how it loads its data and how it is built."""

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
    """Where a figure's data come from: one read transaction, and the runs that were read in it."""

    session: Session
    home: Path
    runs: Sequence[RunRecord]
    context: Context
    judged: Sequence[SetEvidence] | None = None
    """The verdicts on these runs, where they are known already."""

    @property
    def run_ids(self) -> list[int]:
        return [run.id for run in self.runs]


def nothing(_: Source) -> None:
    """For kinds that are built from the runs' own series alone."""


@dataclass(frozen=True)
class Kind(Generic[Data]):
    key: str
    """In addresses."""
    title: str
    help: str
    """How to read it, in a sentence or two."""
    build: Callable[[Context, Data], go.Figure]
    """Raises CannotDraw."""
    load: Callable[[Source], Data]
    options: tuple[Option, ...] = ()
    """Those that it reads."""
    wide: bool = False
    """It is scrolled sideways where there is too little room."""

    def draw(self, source: Source) -> go.Figure:
        """Raises CannotDraw."""
        return self.build(source.context, self.load(source))
