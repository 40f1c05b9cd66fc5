"""What fit() tells while it trains. Plain data: whoever listens decides where it goes."""

from dataclasses import dataclass

from backend.contract.metrics import Metric


@dataclass(frozen=True)
class Progress:
    """Somewhere inside an epoch; sent at most about once a second."""

    epoch: int  # the one being trained, from 1
    step: int  # optimiser steps since the run's start
    share: float  # of this epoch, 0..1


@dataclass(frozen=True)
class EpochFinished:
    """All values of one finished epoch; a value may be NaN or infinite."""

    epoch: int
    step: int
    values: dict[Metric, float]


TrainingEvent = Progress | EpochFinished
