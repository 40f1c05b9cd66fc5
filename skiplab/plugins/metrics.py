"""Decorator by which a plugin offers metrics."""

import re
from collections.abc import Callable
from typing import Any, get_args

from skiplab.contract.metrics import Metric
from skiplab.contract.quantities import Better, Unit
from skiplab.plugins.declarations import EVALUATED, DeclaredMetric, register
from skiplab.plugins.decorated import Built
from skiplab.plugins.failures import BadPlugin

METRIC_KEY = re.compile(r"[a-z0-9][a-z0-9_.\-]*(/[a-z0-9][a-z0-9_.\-]*)*")

LONGEST_METRIC_KEY = 48


def metric(
    key: str, /, *, unit: str = "none", better: str = "none", title: str | None = None
) -> Callable[[Built], Built]:
    """Offer a metric: `@metric("f1/macro", unit="fraction", better="higher")` above `compute(logits, labels)`.

    It is called after each epoch of every run, for each part that the network is evaluated on, with the whole part:
    `logits`, float32, N x classes, and `labels`, int64, N, both on the CPU. It gives one number, which is stored as
    `test/f1/macro`, `val/f1/macro` and `train_eval/f1/macro`. Raises BadPlugin.
    """
    taken = [f"{part}/{key}" for part in EVALUATED if f"{part}/{key}" in set(Metric)]
    if not METRIC_KEY.fullmatch(key) or len(key) > LONGEST_METRIC_KEY:
        raise BadPlugin(
            f"{key!r} cannot be a metric's key: use a-z, 0-9, '_', '.', '-' and '/' between its parts, at most"
            f" {LONGEST_METRIC_KEY} of them, such as 'f1/macro'"
        )
    if taken:
        raise BadPlugin(f"{key!r} cannot be a metric's key: {taken[0]} is one of the lab's own")
    if title is not None and not isinstance(title, str):
        raise BadPlugin(f"metric({key!r}): title is {title!r}: give a text")
    checked_unit = _one_of("unit", unit, get_args(Unit), key)
    checked_better = _one_of("better", better, get_args(Better), key)

    def declare(compute: Built) -> Built:
        if not callable(compute):
            raise BadPlugin(f"metric({key!r}) is of a {type(compute).__name__}: give a function of logits and labels")
        register(DeclaredMetric(key, title or key, checked_unit, checked_better, compute))
        return compute

    return declare


def _one_of(what: str, given: str, allowed: tuple[Any, ...], key: str) -> Any:
    if given not in allowed:
        raise BadPlugin(f"metric({key!r}): {what} is {given!r}: give one of {', '.join(map(repr, allowed))}")
    return given
