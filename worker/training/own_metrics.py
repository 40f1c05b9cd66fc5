"""Metrics that plugins declare, computed after each epoch beside the lab's own. None of them can end a run."""

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from threading import Thread
from typing import Any

import torch
from torch import Tensor

from skiplab.contract.quantities import Part
from worker.models.global_state import preserved

log = logging.getLogger(__name__)

METRIC_SECONDS = 10.0
"""For one value. A metric that takes longer is not waited for again in this run."""


@dataclass(frozen=True)
class OwnMetric:
    key: str  # without the part, such as "f1/macro"
    compute: Callable[..., Any]  # of logits, float32, N x classes, and labels, int64, N: a number
    within: Callable[[], AbstractContextManager[None]] = nullcontext  # where its code finds what it imports


class OwnMetrics:
    """Of one run. A metric that fails, or takes too long, is left out from then on; the log says why."""

    def __init__(self, metrics: Sequence[OwnMetric], *, device: str = "cpu", seconds: float = METRIC_SECONDS) -> None:
        self._metrics, self._device, self._seconds = list(metrics), device, seconds

    def values(self, part: Part, predictions: Sequence[tuple[Tensor, Tensor]]) -> dict[str, float]:
        """By full key, such as `test/f1/macro`. `predictions`: logits and labels of each batch."""
        if not self._metrics or not predictions:
            return {}
        logits = torch.cat([each for each, _ in predictions]).detach().float().cpu()
        labels = torch.cat([each for _, each in predictions]).long().cpu()
        found = {}
        with preserved(self._device):
            for metric in list(self._metrics):
                # Clones: what one metric writes into its arguments, the next does not see.
                value = self._value(metric, part, logits.clone(), labels.clone())
                if value is not None:
                    found[f"{part}/{metric.key}"] = value
        return found

    def _value(self, metric: OwnMetric, part: Part, logits: Tensor, labels: Tensor) -> float | None:
        given: list[float] = []
        errors: list[BaseException] = []

        def compute() -> None:
            try:
                with torch.no_grad():
                    given.append(float(metric.compute(logits, labels)))
            except (Exception, SystemExit) as error:  # noqa: BLE001  # whatever it is, it must not end the run
                errors.append(error)

        thread = Thread(target=compute, name=f"metric {metric.key}", daemon=True)
        # Entered and left here: a thread that does not end would keep the network from its own imports.
        with metric.within():
            thread.start()
            thread.join(self._seconds)
        if given:
            return given[0]
        self._metrics.remove(metric)
        why = "failed" if errors else f"did not end within {self._seconds:g} s"
        log.error(
            "the metric %s %s on %s: it is left out of the rest of this run",
            metric.key,
            why,
            part,
            exc_info=errors[0] if errors else None,
        )
        return None
