"""Events that fit() reports while it trains: plain data, independent of where it is stored."""

from dataclasses import dataclass, field

from skiplab.contract.telemetry import LayerStat
from worker.training.evaluation import Detail
from worker.training.state import TrainingState

StepLoss = tuple[int, float]
"""Step (from 1) and the loss of its batch (nats)."""


@dataclass(frozen=True)
class Progress:
    """Progress inside an epoch; reported about once a second at most."""

    epoch: int  # current epoch, from 1
    step: int  # optimiser steps since the start of the run
    share: float  # fraction of this epoch, 0..1
    losses: list[StepLoss] = field(default_factory=list)


@dataclass(frozen=True)
class LayersSeen:
    """Layer statistics of the first step, whose gradients are those of the initial weights."""

    layers: list[LayerStat]


@dataclass(frozen=True)
class EpochFinished:
    """The results of one epoch; values may be NaN or infinite."""

    epoch: int
    step: int
    values: dict[str, float]  # by key; plugins' metrics are `PART/KEY`
    losses: list[StepLoss] = field(default_factory=list)
    layers: list[LayerStat] = field(default_factory=list)
    detail: Detail | None = None
    best: bool = False  # best epoch so far
    # For the checkpoint. Refers to live weights, so valid only until report() returns. None: the run has diverged.
    state: TrainingState | None = None


@dataclass(frozen=True)
class Interrupted:
    """The run stops on request inside an epoch; `state`, valid until report() returns, resumes it."""

    epoch: int  # current epoch, from 1
    step: int
    state: TrainingState
    losses: list[StepLoss] = field(default_factory=list)


TrainingEvent = Progress | LayersSeen | EpochFinished | Interrupted
