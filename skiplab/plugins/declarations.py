"""What plugins have declared in this process: networks, data sets and metrics."""

import types
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from skiplab.contract.quantities import Better, Part, Quantity, Unit


@dataclass(frozen=True)
class DeclaredModel:
    key: str
    label: str
    build: Callable[..., Any]
    paper: str | None = None
    smallest: int | None = None
    defaults: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class DeclaredDataset:
    key: str
    label: str
    load: Callable[..., Any]
    classes: tuple[str, ...] | None  # None: taken from the data
    source: str
    size: tuple[int, int] | None = None  # height, width that images are brought to; None: as they are


EVALUATED: tuple[Part, ...] = ("train_eval", "val", "test")
"""The parts that a network is evaluated on after each epoch, as far as a run has them."""

PARTS_IN_WORDS: Mapping[Part, str] = {"train_eval": "training, eval mode", "val": "validation", "test": "test"}


@dataclass(frozen=True)
class DeclaredMetric:
    key: str  # without the part
    title: str
    unit: Unit
    better: Better
    compute: Callable[..., Any]

    def quantities(self, plugin: str) -> list[Quantity]:
        """One for each part that it is computed on, under its full key."""
        return [
            Quantity(
                key=f"{part}/{self.key}",
                title=f"{self.title} ({PARTS_IN_WORDS[part]})",
                unit=self.unit,
                better=self.better,
                part=part,
                lowest=None,
                plugin=plugin,
            )
            for part in EVALUATED
        ]


Declared = DeclaredModel | DeclaredDataset | DeclaredMetric

_registry: list[Declared] = []
"""All declarations of this process, in order."""


def register(declared: Declared) -> None:
    """Add a declaration to those of this process."""
    _registry.append(declared)


@contextmanager
def recorded() -> Iterator[list[Declared]]:
    """What is declared meanwhile: filled at the end, also after an exception."""
    found: list[Declared] = []
    first = len(_registry)
    try:
        yield found
    finally:
        found += _registry[first:]


def declared_by(named: object) -> list[Declared]:
    """What was declared of this function or class, or, of a module, of all that it names or that is defined in it:
    whenever that was, since a module is run once."""
    if not isinstance(named, types.ModuleType):
        return [each for each in _registry if _made_by(each) is named]
    own = {id(value) for value in vars(named).values()}
    return [each for each in _registry if id(_made_by(each)) in own or _is_within(_made_by(each), named.__name__)]


def _made_by(declared: Declared) -> Callable[..., Any]:
    match declared:
        case DeclaredModel():
            return declared.build
        case DeclaredDataset():
            return declared.load
        case DeclaredMetric():
            return declared.compute


def _is_within(value: object, module: str) -> bool:
    where = getattr(value, "__module__", None) or ""
    return where == module or where.startswith(f"{module}.")
