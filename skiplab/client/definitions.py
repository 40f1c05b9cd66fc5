"""What `define_metric` says of series: what they are drawn over, how they are summarised, which values are better."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

Values = Mapping[str, float]


@dataclass(frozen=True)
class Definition:
    name: str
    """A series, or a pattern such as `val/*`."""

    step_metric: str | None = None
    summary: tuple[str, ...] = ()
    title: str | None = None
    unit: str | None = None
    better: str = "none"

    def declaration(self, key: str) -> dict[str, Any] | None:
        """Return what the lab is to know of a series; None if it is nothing."""
        if self.title is None and self.unit is None and self.better == "none":
            return None
        return {"key": key, "title": self.title, "unit": self.unit or "none", "better": self.better}


@dataclass
class _Summary:
    count: int = 0
    total: float = 0.0
    low: float = float("inf")
    high: float = float("-inf")

    def changed(self, value: float, kinds: tuple[str, ...], better: str) -> dict[str, float]:
        """Take a value in; return the summaries that it changes."""
        self.count, self.total = self.count + 1, self.total + value
        lower, higher = value < self.low, value > self.high
        self.low, self.high = min(self.low, value), max(self.high, value)
        found = {"min": self.low} if lower and "min" in kinds else {}
        if higher and "max" in kinds:
            found["max"] = self.high
        if "mean" in kinds:
            found["mean"] = self.total / self.count
        if "best" in kinds and (lower if better == "lower" else higher):
            found["best"] = value
        return found


class Definitions:
    """All definitions of a run; later ones go first."""

    def __init__(self) -> None:
        self._given: list[Definition] = []
        self._of: dict[str, Definition | None] = {}
        self._summaries: dict[str, _Summary] = {}
        self._steps: dict[str, int] = {}
        """The latest value of each step metric."""

        self._drawn: dict[str, int | None] = {}
        """The step at which a series was drawn last; None once its step metric did not increase."""

    def __bool__(self) -> bool:
        return bool(self._given)

    def add(self, definition: Definition) -> None:
        self._given.insert(0, definition)
        self._of.clear()

    def newly_declared(self, keys: Iterable[str]) -> Iterator[dict[str, Any]]:
        """Yield the declarations of series that are met for the first time."""
        for key in keys:
            if key not in self._of:
                found = self._of[key] = self._find(key)
                if found and (declaration := found.declaration(key)):
                    yield declaration

    def by_step(self, values: Values, step: int) -> dict[int, dict[str, float]]:
        """Group values by the step at which they are drawn: that of their step metric, or the run's.

        A step metric counts as long as it increases with each value of the series: a second value at the same step
        would replace the first.
        """
        groups: dict[int, dict[str, float]] = {}
        for key, value in values.items():
            definition = self._of.get(key)
            name = definition.step_metric if definition else None
            groups.setdefault(self._step_of(key, name, values, step) if name else step, {})[key] = value
        return groups

    def summaries(self, values: Values) -> dict[str, float]:
        """Return the summaries that these values change, such as `val/loss.min`."""
        found: dict[str, float] = {}
        for key, value in values.items():
            definition = self._of.get(key)
            if definition and definition.summary and value == value:
                changed = self._summaries.setdefault(key, _Summary()).changed(
                    value, definition.summary, definition.better
                )
                found.update({f"{key}.{kind}": number for kind, number in changed.items()})
        return found

    def _find(self, key: str) -> Definition | None:
        for each in self._given:
            if key == each.name or ("*" in each.name and key != each.step_metric and fnmatchcase(key, each.name)):
                return each
        return None

    def _step_of(self, key: str, name: str, values: Values, step: int) -> int:
        value = values.get(name)
        if value is not None and value >= 0 and value.is_integer():
            self._steps[name] = int(value)
        now, before = self._steps.get(name), self._drawn.get(key, -1)
        self._drawn[key] = now if now is not None and before is not None and now > before else None
        found = self._drawn[key]
        return step if found is None else found
