"""What a measure is: a fact of the network, a value of a run, or a time to a target; with its label and unit."""

from collections.abc import Callable
from dataclasses import dataclass

from backend.evidence.clocks import ClockOf
from backend.evidence.derived import Derive
from skiplab.contract.evidence import FigureLink, Kind
from skiplab.contract.quantities import Better
from skiplab.contract.run import RunNetwork


@dataclass(frozen=True)
class Definition:
    """What every measure has."""

    key: str
    label: str
    unit: str  # "" | "%" (a fraction, shown as percent) | "pp" (a difference of two) | "s" | ...
    better: Better
    figures: tuple[FigureLink, ...]
    """What shows it."""
    clocked: bool = False
    """It depends on hardware and load."""
    at_best: bool = False
    """It is taken at the best epoch, so that it matters which set chose that epoch."""
    in_report: bool = False
    """It is a column of the report's comparison."""


@dataclass(frozen=True, kw_only=True)
class Fact(Definition):
    of_network: Callable[[RunNetwork], int | None]


@dataclass(frozen=True, kw_only=True)
class Value(Definition):
    of_run: Derive


@dataclass(frozen=True, kw_only=True)
class Time(Definition):
    clock: ClockOf


class Defined:
    """A measure's key, with its `definition` beside it."""

    definition: Fact | Value | Time

    @property
    def label(self) -> str:
        return self.definition.label

    @property
    def unit(self) -> str:
        return self.definition.unit

    @property
    def kind(self) -> Kind:
        match self.definition:
            case Fact():
                return Kind.FACT
            case Value():
                return Kind.VALUE
            case Time():
                return Kind.TIME


def curve(key: str) -> FigureLink:
    return FigureLink(kind="curves", options={"key": key})
