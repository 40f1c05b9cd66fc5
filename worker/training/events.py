"""What fit() tells while it trains. Plain data: whoever listens decides where it goes."""

from dataclasses import dataclass, field

from skiplab.contract.telemetry import LayerStat
from worker.training.evaluation import Detail
from worker.training.state import TrainingState

StepLoss = tuple[int, float]
"""Step (from 1) and the loss of its batch."""


@dataclass(frozen=True)
class Progress:
    """Somewhere inside an epoch; sent at most about once a second."""

    epoch: int  # the one being trained, from 1
    step: int  # optimiser steps since the run's start
    share: float  # of this epoch, 0..1
    losses: list[StepLoss] = field(default_factory=list)


@dataclass(frozen=True)
class LayersSeen:
    """The layers in the run's first step: the gradients of the initial weights."""

    layers: list[LayerStat]


@dataclass(frozen=True)
class EpochFinished:
    """All that is known of one finished epoch; a value may be NaN or infinite."""

    epoch: int
    step: int
    values: dict[str, float]  # by key; a plugin's metric is `test/KEY`
    losses: list[StepLoss] = field(default_factory=list)
    layers: list[LayerStat] = field(default_factory=list)
    detail: Detail | None = None
    best: bool = False  # so far
    # Where the run stands. It refers to live weights: it is good until report() returns. None: not worth going on from.
    state: TrainingState | None = None


@dataclass(frozen=True)
class Interrupted:
    """The run was asked to stop; it can go on from `state`, good until report() returns."""

    epoch: int  # the one being trained, from 1
    step: int
    state: TrainingState
    losses: list[StepLoss] = field(default_factory=list)


TrainingEvent = Progress | LayersSeen | EpochFinished | Interrupted
