"""fit() with two plain callables: what it tells, when it stops, and how it fails."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

from backend.contract.metrics import Metric
from backend.contract.spec import RunSpec
from worker.datasets.digits import digits
from worker.datasets.images import ImageData
from worker.training import fit as fit_module
from worker.training.events import EpochFinished, Progress, TrainingEvent
from worker.training.fit import BatchTooLarge, Diverged, Ending, OutOfMemory, fit

Make = Callable[..., RunSpec]


@pytest.fixture(scope="module")
def data() -> ImageData:
    return digits()


@pytest.fixture
def small(spec: Make) -> Make:
    """A spec that trains in a second."""

    def make(**fields: Any) -> RunSpec:
        return spec(**{"batch_size": 32, "train_limit": 200, "test_limit": 100, "learning_rate": 0.05, **fields})

    return make


def train(spec: RunSpec, data: ImageData, stop: Callable[[], bool] = lambda: False) -> tuple[Ending, list[Any]]:
    events: list[TrainingEvent] = []
    ending = fit(spec, data, device="cpu", report=events.append, should_stop=stop)
    return ending, events


def rows(events: list[TrainingEvent]) -> list[dict[Metric, float]]:
    """The epochs' values, but for what a clock says."""
    return [
        {key: value for key, value in event.values.items() if not key.startswith(("time/", "speed/"))}
        for event in events
        if isinstance(event, EpochFinished)
    ]


def test_every_epoch_is_told_with_every_metric(small: Make, data: ImageData) -> None:
    ending, events = train(small(epochs=3), data)

    assert ending is Ending.FINISHED
    epochs = [event for event in events if isinstance(event, EpochFinished)]
    assert [(event.epoch, event.step) for event in epochs] == [(1, 7), (2, 14), (3, 21)]
    assert all(event.values.keys() == set(Metric) for event in epochs)
    assert isinstance(events[0], Progress)


def test_no_part_of_the_training_set_is_measured_again_when_the_spec_says_so(small: Make, data: ImageData) -> None:
    _, events = train(small(epochs=1, train_eval_limit=0), data)

    assert not {Metric.TRAIN_EVAL_LOSS, Metric.TRAIN_EVAL_ACCURACY} & rows(events)[0].keys()


def test_a_small_network_learns_the_digits(spec: Make, data: ImageData) -> None:
    _, events = train(spec(epochs=8, batch_size=32, learning_rate=0.05, augment="none"), data)

    assert rows(events)[-1][Metric.TEST_ACCURACY] > 0.93
    assert rows(events)[-1][Metric.TRAIN_LOSS] < 0.3


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw"])
def test_each_optimiser_brings_the_loss_down(small: Make, data: ImageData, optimizer: str) -> None:
    rate = 0.05 if optimizer == "sgd" else 0.003
    _, events = train(small(epochs=4, optimizer=optimizer, learning_rate=rate, augment="none"), data)

    losses = [row[Metric.TRAIN_EVAL_LOSS] for row in rows(events)]
    assert losses[-1] < losses[0] - 0.3


def test_the_same_seed_gives_the_same_numbers_to_the_last_bit(small: Make, data: ImageData) -> None:
    (_, first), (_, again), (_, other) = (train(small(seed=seed), data) for seed in (1, 1, 2))

    assert rows(first) == rows(again)
    assert rows(first) != rows(other)


def test_a_stop_ends_it_at_the_next_batch_and_keeps_what_was_told(
    small: Make, data: ImageData, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fit_module, "STOP_LOOK_SECONDS", 0.0)
    looks = iter([False] * 10 + [True])

    ending, events = train(small(epochs=5), data, lambda: next(looks))

    assert ending is Ending.STOPPED
    assert [event.epoch for event in events if isinstance(event, EpochFinished)] == [1]
    assert next(looks, None) is None


def test_a_stop_is_heard_while_the_network_is_measured_too(
    small: Make, data: ImageData, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fit_module, "STOP_LOOK_SECONDS", 0.0)
    looks = iter([False] * 7 + [True])  # seven batches of training, then the first of the test set

    ending, events = train(small(epochs=1), data, lambda: next(looks))

    assert ending is Ending.STOPPED
    assert rows(events) == []
    assert next(looks, None) is None


def test_a_loss_that_is_no_number_ends_the_run_and_names_the_step(small: Make, data: ImageData) -> None:
    spec = small(epochs=5, learning_rate=10, schedule="constant", momentum=0.99, model="resnet20", weight_decay=1)

    with pytest.raises(Diverged, match=r"diverged at epoch \d, step \d+: .*lower learning rate"):
        train(spec, data)


def test_a_batch_larger_than_the_data_is_refused_with_both_numbers(small: Make, data: ImageData) -> None:
    with pytest.raises(BatchTooLarge, match="batch_size is 2000, but there are only 1437"):
        train(small(batch_size=2000, train_limit=None), data)


@pytest.mark.parametrize(("test_limit", "images"), [(100, 100), (None, 360)])
def test_the_test_accuracy_is_a_share_of_the_images_that_the_spec_names(
    small: Make, data: ImageData, test_limit: int | None, images: int
) -> None:
    _, events = train(small(epochs=1, test_limit=test_limit), data)

    hits = rows(events)[0][Metric.TEST_ACCURACY] * images
    assert hits == pytest.approx(round(hits), abs=1e-9)


def test_running_out_of_memory_names_the_batch_size_and_the_device(
    small: Make, data: ImageData, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory.")

    monkeypatch.setattr(fit_module, "build", full)

    with pytest.raises(OutOfMemory, match="out of memory on cpu with batch_size 32: a smaller batch"):
        train(small(), data)
