"""Metrics of plugins: computed on each part, stored like the built-in ones, and unable to end a run."""

import logging
import random
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from skiplab.contract.spec import RunSpec
from worker.datasets.digits import digits
from worker.training import fit as fit_module
from worker.training.events import EpochFinished, Interrupted, TrainingEvent
from worker.training.fit import Ending, fit
from worker.training.own_metrics import OwnMetric, OwnMetrics
from worker.training.state import TrainingState

LOGITS = torch.tensor([[2.0, 1.0], [0.0, 1.0], [3.0, 0.0]])
LABELS = torch.tensor([0, 0, 0])
BATCHES = [(LOGITS[:2], LABELS[:2]), (LOGITS[2:], LABELS[2:])]


def accuracy(logits: Tensor, labels: Tensor) -> Tensor:
    return (logits.argmax(1) == labels).float().mean()


def values(compute: Callable[..., Any], **how: Any) -> dict[str, float]:
    return OwnMetrics([OwnMetric("mine", compute)], **how).values("test", BATCHES)


def test_a_metric_reads_the_whole_part_at_once_and_is_stored_under_it() -> None:
    assert values(accuracy) == {"test/mine": pytest.approx(2 / 3)}
    assert OwnMetrics([OwnMetric("f1/macro", accuracy)]).values("val", BATCHES).keys() == {"val/f1/macro"}


def test_what_is_not_finite_is_a_value_as_elsewhere() -> None:
    assert values(lambda *_: float("inf")) == {"test/mine": float("inf")}


@pytest.mark.parametrize(
    "compute",
    [
        lambda *_: 1 / 0,
        lambda *_: "a text",
        lambda *_: None,
        lambda logits, _: logits,  # not one number
        lambda: 1,
        lambda *_: exit(),
    ],
)
def test_a_metric_that_fails_is_missing_and_its_error_is_logged_once(
    compute: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    metrics = OwnMetrics([OwnMetric("bad", compute), OwnMetric("good", accuracy)])

    assert [metrics.values("test", BATCHES).keys() for _ in range(2)] == [{"test/good"}] * 2

    (record,) = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert record.getMessage().startswith("the metric bad ")
    assert "left out of the rest of this run" in record.getMessage()


def test_a_failure_is_logged_with_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    values(lambda *_: 1 / 0)

    assert caplog.records[0].exc_info is not None
    assert "ZeroDivisionError" in caplog.text


def test_a_metric_that_does_not_end_is_waited_for_once(caplog: pytest.LogCaptureFixture) -> None:
    gone = threading.Event()

    assert values(lambda *_: gone.wait(60), seconds=0.05) == {}
    gone.set()
    assert "did not end within 0.05 s" in caplog.text


def test_a_metric_changes_neither_anothers_arguments_nor_the_random_state() -> None:
    def rude(logits: Tensor, _labels: Tensor) -> float:
        logits.zero_()
        return random.random() + float(torch.rand(1))

    metrics = OwnMetrics([OwnMetric("rude", rude), OwnMetric("good", accuracy)])
    torch.manual_seed(0)
    random.seed(0)
    expected = torch.rand(1), random.random()
    torch.manual_seed(0)
    random.seed(0)

    assert metrics.values("test", BATCHES)["test/good"] == pytest.approx(2 / 3)
    assert (torch.rand(1), random.random()) == expected


# -- In a run ---------------------------------------------------------------------------------------------------------


def spec() -> RunSpec:
    return RunSpec.model_validate(
        {
            "model": "cnn",
            "dataset": "digits",
            "epochs": 2,
            "batch_size": 64,
            "train_limit": 256,
            "test_limit": 50,
            "train_eval_limit": 50,
            "val_fraction": 0.2,
            "telemetry": [],
        }
    )


class Rows:
    def __init__(self, file: Path) -> None:
        self.values: dict[int, dict[str, float]] = {}
        self._file = file
        self.state: TrainingState | None = None

    def report(self, event: TrainingEvent) -> None:
        if isinstance(event, EpochFinished):
            self.values[event.epoch] = {
                key: value for key, value in event.values.items() if not key.startswith(("time", "speed", "system"))
            }
        if isinstance(event, EpochFinished | Interrupted) and event.state is not None:
            event.state.save(self._file)
            self.state = TrainingState.load(self._file)


def noisy(logits: Tensor, labels: Tensor) -> float:
    return float(accuracy(logits, labels)) + 0 * random.random()


def test_a_run_computes_it_on_each_part_and_trains_as_without_it(tmp_path: Path) -> None:
    with_metric, without = Rows(tmp_path / "a"), Rows(tmp_path / "b")
    own = [OwnMetric("again", noisy)]

    fit(spec(), digits(), device="cpu", report=with_metric.report, should_stop=lambda: False, own_metrics=own)
    fit(spec(), digits(), device="cpu", report=without.report, should_stop=lambda: False)

    for epoch, row in with_metric.values.items():
        for part in ("train_eval", "val", "test"):
            assert row.pop(f"{part}/again") == pytest.approx(row[f"{part}/accuracy"])
        assert row == without.values[epoch]


def test_a_resumed_run_has_the_same_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fit_module, "STOP_POLL_SECONDS", 0.0)
    own = [OwnMetric("again", noisy)]
    whole, pieces = Rows(tmp_path / "a"), Rows(tmp_path / "b")
    fit(spec(), digits(), device="cpu", report=whole.report, should_stop=lambda: False, own_metrics=own)

    stopped = fit(
        spec(),
        digits(),
        device="cpu",
        report=pieces.report,
        should_stop=lambda: 1 in pieces.values,
        own_metrics=own,
    )
    assert stopped is Ending.STOPPED
    assert list(pieces.values) == [1]
    fit(
        spec(),
        digits(),
        device="cpu",
        report=pieces.report,
        should_stop=lambda: False,
        state=pieces.state,
        own_metrics=own,
    )

    assert pieces.values == whole.values
