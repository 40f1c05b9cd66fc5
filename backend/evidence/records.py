"""Runs as plain data, so that verdicts are computed without a database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import isfinite

from skiplab.contract.lifecycle import Status
from skiplab.contract.run import RunNetwork
from skiplab.contract.spec import RunSpec


@dataclass(frozen=True)
class Series:
    """The finite values of one metric by epoch; NaN and unlogged epochs are absent."""

    epochs: tuple[int, ...]
    values: tuple[float, ...]

    @classmethod
    def of(cls, points: Mapping[int, float | None]) -> "Series":
        kept = sorted((epoch, value) for epoch, value in points.items() if value is not None and isfinite(value))
        return cls(tuple(epoch for epoch, _ in kept), tuple(value for _, value in kept))

    def __len__(self) -> int:
        return len(self.epochs)

    def at(self, epoch: int) -> float | None:
        return self.values[self.epochs.index(epoch)] if epoch in self.epochs else None


NOTHING = Series((), ())


@dataclass(frozen=True)
class LayerGradients:
    """A value at each depth, from the first block or layer to the last, at one epoch; epoch 0 is initialisation.

    RMS gradients at block outputs, unless stated otherwise.
    """

    epoch: int
    names: tuple[str, ...]
    gradients: tuple[float | None, ...]  # None: not known


@dataclass(frozen=True)
class DataVersion:
    """The images that a run trained on; equal for equal content, whatever its number."""

    content: str  # SHA-256, or the version's name while the hash is unknown
    words: str = field(compare=False)
    verified: bool = field(default=True, compare=False)
    """False for an import under a published name whose content was never verified."""


@dataclass(frozen=True)
class RunRecord:
    """One run and everything it logged."""

    id: int
    name: str
    spec: RunSpec
    status: Status
    series: Mapping[str, Series] = field(default_factory=dict)
    layers: tuple[LayerGradients, ...] = ()
    hardware: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)  # what results may depend on, by name
    code: Mapping[str, str] = field(default_factory=dict)  # plugin file or package to its hash or version
    edited: tuple[str, ...] = ()  # the files that changed while the run was paused
    beside: float = 0.0  # mean number of concurrent runs on the same worker
    left_out: tuple[int, ...] = ()  # finished runs of the same cell that were not selected
    experiment: int | None = None
    siblings: tuple["RunRecord", ...] = ()  # unselected runs of its experiment and cell, without metrics
    reason: str | None = None
    data: DataVersion | None = None  # None: it predates versioned data sets, or has not started
    open: bool = False  # not started, so its data version is still unknown
    outdated: bool = False  # a new run of the same spec would train on newer data
    created_at: datetime | None = None
    finished_at: datetime | None = None
    images_per_epoch: int | None = None  # None: the number of images is unknown
    network: RunNetwork | None = None  # cost at the run's image size and classes; None: unknown

    def get(self, key: str) -> Series:
        return self.series.get(key, NOTHING)


@dataclass(frozen=True)
class NetworkFacts:
    """What is known of a network independently of any run."""

    key: str
    label: str
    sets: tuple[str, ...] = ()  # spec fields for which it has its own defaults
