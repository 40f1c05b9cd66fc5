"""What a verdict is made from: runs as plain data, so that everything here works without a database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import isfinite

from skiplab.contract.lifecycle import Status
from skiplab.contract.run import RunNetwork
from skiplab.contract.spec import RunSpec


@dataclass(frozen=True)
class Series:
    """The finite values of one key, epoch by epoch. What was NaN or never written is simply not there."""

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

    RMS gradients at block outputs, unless said otherwise.
    """

    epoch: int
    names: tuple[str, ...]
    gradients: tuple[float | None, ...]  # None: not known


@dataclass(frozen=True)
class DataVersion:
    """The images that a run trained on; equal for equal content, whatever its number."""

    content: str  # the hash, or as long as nobody knows that, the version's own name
    words: str = field(compare=False)
    verified: bool = field(default=True, compare=False)
    """False: somebody imported it under a published name, and nobody knows whether it is that data set."""


@dataclass(frozen=True)
class RunRecord:
    """One run and all that was measured of it."""

    id: int
    name: str
    spec: RunSpec
    status: Status
    series: Mapping[str, Series] = field(default_factory=dict)
    layers: tuple[LayerGradients, ...] = ()
    hardware: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)  # what numbers may depend on, by name
    code: Mapping[str, str] = field(default_factory=dict)  # plugins' files and packages, to their hash or version
    edited: tuple[str, ...] = ()  # those of it that changed while the run was paused
    beside: float = 0.0  # other runs that trained on the same worker meanwhile, on average over its time
    left_out: tuple[int, ...] = ()  # finished runs of the same cell that were not asked for
    experiment: int | None = None
    siblings: tuple["RunRecord", ...] = ()  # runs of its experiment and cell that were not asked for, without measures
    reason: str | None = None
    data: DataVersion | None = None  # None: it ran before data sets had versions, or has not begun
    open: bool = False  # has measured nothing yet, on data that are not known: what it was planned with decides
    outdated: bool = False  # a new run of the same spec would train on other data than this one
    created_at: datetime | None = None
    finished_at: datetime | None = None
    images_per_epoch: int | None = None  # None: nobody counted the images of its data
    network: RunNetwork | None = None  # what it costs at the run's own images and classes; None: not known

    def get(self, key: str) -> Series:
        return self.series.get(key, NOTHING)


@dataclass(frozen=True)
class NetworkFacts:
    """What does not vary with the seed."""

    key: str
    label: str
    sets: tuple[str, ...] = ()  # fields of the spec that it has defaults of its own for
