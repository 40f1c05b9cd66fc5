"""fit() with two plain callables: what it reports, when it stops, and how it fails."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from skiplab.contract.metrics import Metric
from skiplab.contract.spec import RunSpec
from worker.datasets.digits import digits
from worker.datasets.images import ImageData
from worker.training import fit as fit_module
from worker.training.events import EpochFinished, LayersSeen, Progress, TrainingEvent
from worker.training.fit import Diverged, Ending, OutOfMemory, fit
from worker.training.sets import BatchTooLarge

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


def rows(events: list[TrainingEvent]) -> list[dict[str, float]]:
    """The epochs' values, but for what a clock says."""
    return [
        {key: value for key, value in event.values.items() if not key.startswith(("time/", "speed/", "system/"))}
        for event in events
        if isinstance(event, EpochFinished)
    ]


def test_every_epoch_is_reported_with_every_metric(small: Make, data: ImageData) -> None:
    ending, events = train(small(epochs=3, val_fraction=0.1), data)

    assert ending is Ending.FINISHED
    epochs = [event for event in events if isinstance(event, EpochFinished)]
    assert [(event.epoch, event.step) for event in epochs] == [(1, 6), (2, 12), (3, 18)]
    assert all(event.values.keys() == set(Metric) for event in epochs)
    assert isinstance(events[0], Progress)


def test_a_data_sets_own_validation_images_choose_the_best_epoch_and_nothing_else_changes(
    small: Make, data: ImageData
) -> None:
    own = replace(data, val_images=data.test_images[:40], val_labels=data.test_labels[:40])

    _, without = train(small(epochs=3), data)
    _, events = train(small(epochs=3), own)

    values = rows(events)
    assert values[-1][Metric.BEST_ACCURACY] == max(row[Metric.VAL_ACCURACY] for row in values)
    only_there = {Metric.VAL_ACCURACY, Metric.VAL_LOSS}
    assert [
        {key: value for key, value in row.items() if key not in {*only_there, Metric.BEST_ACCURACY}} for row in values
    ] == [{key: value for key, value in row.items() if key != Metric.BEST_ACCURACY} for row in rows(without)]


def test_a_share_to_validate_on_goes_before_a_data_sets_own_images(small: Make, data: ImageData) -> None:
    own = replace(data, val_images=data.test_images[:40], val_labels=data.test_labels[:40])

    _, split_off = train(small(epochs=1, val_fraction=0.1), data)
    _, events = train(small(epochs=1, val_fraction=0.1), own)

    assert rows(events) == rows(split_off)


def test_train_eval_is_skipped_if_the_spec_disables_it(small: Make, data: ImageData) -> None:
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


def test_a_stop_ends_it_at_the_next_batch_and_keeps_what_was_reported(
    small: Make, data: ImageData, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fit_module, "STOP_POLL_SECONDS", 0.0)
    polls = iter([False] * 10 + [True])

    ending, events = train(small(epochs=5), data, lambda: next(polls))

    assert ending is Ending.STOPPED
    assert [event.epoch for event in events if isinstance(event, EpochFinished)] == [1]
    assert next(polls, None) is None


def test_a_stop_is_heard_while_the_network_is_measured_too(
    small: Make, data: ImageData, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fit_module, "STOP_POLL_SECONDS", 0.0)
    polls = iter([False] * 7 + [True])  # seven batches of training, then the first of the test set

    ending, events = train(small(epochs=1), data, lambda: next(polls))

    assert ending is Ending.STOPPED
    assert rows(events) == []
    assert next(polls, None) is None


def test_a_loss_that_is_no_number_ends_the_run_and_names_the_step(small: Make, data: ImageData) -> None:
    spec = small(epochs=5, learning_rate=10, schedule="constant", momentum=0.99, model="resnet20", weight_decay=1)

    with pytest.raises(Diverged, match=r"diverged at epoch \d, step \d+: .*lower learning rate"):
        train(spec, data)


def test_a_run_that_its_last_step_spoils_has_diverged_and_keeps_its_row(small: Make, data: ImageData) -> None:
    """The loss of a step is taken before it: of the last one only what is measured can tell."""
    spec = small(epochs=1, batch_size=100, learning_rate=10, model="resnet20_nonorm", augment="none")
    events: list[TrainingEvent] = []

    with pytest.raises(Diverged, match="diverged at epoch 1, step 2: "):
        fit(spec, data, device="cpu", report=events.append, should_stop=lambda: False)

    (row,) = rows(events)
    assert math.isfinite(row[Metric.TRAIN_LOSS])
    assert not math.isfinite(row[Metric.TEST_LOSS])
    assert [event.state for event in events if isinstance(event, EpochFinished)] == [None]


class Late(nn.Module):
    """As with running averages that lag: the first epochs' measurements are no numbers, its training is sound."""

    def __init__(self, classes: int, image_shape: tuple[int, int, int], *, lag: int) -> None:
        super().__init__()
        self.last = nn.Linear(math.prod(image_shape), classes)
        self.lag, self.epochs = lag, 0

    def train(self, mode: bool = True) -> "Late":
        self.epochs += mode and not self.training
        return super().train(mode)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.last(images.flatten(1))
        return logits if self.training or self.epochs >= self.lag else logits * math.inf


@pytest.mark.parametrize(
    ("lag", "fields", "epochs"), [(1, {}, 3), (9, {}, 3), (9, {"patience": 1, "learning_rate": 1e-9}, 2)]
)
def test_a_measurement_that_is_no_number_ends_a_run_only_where_no_step_follows(
    small: Make, data: ImageData, lag: int, fields: dict[str, Any], epochs: int
) -> None:
    events: list[TrainingEvent] = []

    def go() -> Ending:
        return fit(
            small(epochs=3, **fields),
            data,
            device="cpu",
            report=events.append,
            should_stop=lambda: False,
            build=lambda _, **wanted: Late(**wanted, lag=lag),
        )

    if lag == 1:
        assert go() is Ending.FINISHED
    else:
        with pytest.raises(Diverged, match=f"diverged at epoch {epochs}, step {7 * epochs}: "):
            go()
    assert [math.isfinite(row[Metric.TEST_LOSS]) for row in rows(events)] == [e > lag for e in range(1, epochs + 1)]


def test_a_batch_larger_than_the_data_is_refused_with_both_numbers(small: Make, data: ImageData) -> None:
    with pytest.raises(BatchTooLarge, match="batch_size 2000 exceeds the 1437 training images"):
        train(small(batch_size=2000, train_limit=None), data)


@pytest.mark.parametrize(("test_limit", "images"), [(100, 100), (None, 360)])
def test_the_test_accuracy_is_a_share_of_the_images_that_the_spec_names(
    small: Make, data: ImageData, test_limit: int | None, images: int
) -> None:
    _, events = train(small(epochs=1, test_limit=test_limit), data)

    hits = rows(events)[0][Metric.TEST_ACCURACY] * images
    assert hits == pytest.approx(round(hits), abs=1e-9)


def more_than_there_is_of_cuda() -> None:
    raise torch.OutOfMemoryError("CUDA out of memory.")


def more_than_torch_can_have() -> None:
    torch.empty(2**46)


def more_than_numpy_can_have() -> None:
    np.empty(2**50)


@pytest.mark.parametrize("take", [more_than_there_is_of_cuda, more_than_torch_can_have, more_than_numpy_can_have])
def test_running_out_of_memory_names_the_batch_size_and_the_device(
    small: Make, data: ImageData, take: Callable[[], None]
) -> None:
    def full(*_: object, **__: object) -> nn.Module:
        take()
        raise AssertionError

    with pytest.raises(OutOfMemory, match=r"out of memory on cpu with batch_size 32\. A smaller"):
        fit(small(), data, device="cpu", report=lambda _: None, should_stop=lambda: False, build=full)


def test_without_better_accuracy_the_run_ends_when_the_patience_does(small: Make, data: ImageData) -> None:
    ending, events = train(small(epochs=30, patience=2, learning_rate=1e-6, schedule="constant"), data)

    assert ending is Ending.STOPPED_EARLY
    accuracies = [row[Metric.TEST_ACCURACY] for row in rows(events)]
    assert len(accuracies) == accuracies.index(max(accuracies)) + 3


def test_the_best_epoch_is_chosen_on_the_validation_set_where_there_is_one(small: Make, data: ImageData) -> None:
    _, events = train(small(epochs=6, val_fraction=0.2, augment="none"), data)

    finished = [event for event in events if isinstance(event, EpochFinished)]
    best = 0.0
    for event in finished:
        assert event.best == (event.values[Metric.VAL_ACCURACY] > best)
        best = max(best, event.values[Metric.VAL_ACCURACY])
        assert event.values[Metric.BEST_ACCURACY] == best


@pytest.mark.parametrize(
    "recipe",
    [
        {"clip_norm": 0.5},
        {"ema": 0.9},
        {"decay": "weights"},
        {"label_smoothing": 0.1},
        {"test_flip": True},
        {"precision": "bf16"},
        {"warmup_epochs": 1, "schedule": "cosine"},
    ],
)
def test_every_recipe_learns_and_changes_the_numbers(small: Make, data: ImageData, recipe: dict[str, Any]) -> None:
    common = {"epochs": 3, "augment": "none", "weight_decay": 0.05}
    (_, plain), (_, other) = train(small(**common), data), train(small(**common, **recipe), data)

    losses = [row[Metric.TRAIN_EVAL_LOSS] for row in rows(other)]
    assert losses[-1] < losses[0]
    assert losses != [row[Metric.TRAIN_EVAL_LOSS] for row in rows(plain)]


def test_the_test_set_is_reported_in_detail(small: Make, data: ImageData) -> None:
    _, events = train(small(epochs=2), data)

    event = next(event for event in reversed(events) if isinstance(event, EpochFinished))
    assert event.detail is not None
    counts = torch.tensor(event.detail.confusion)
    assert counts.sum() == 100
    assert counts.diagonal().sum() / 100 == pytest.approx(event.values[Metric.TEST_ACCURACY])
    assert event.values[Metric.TEST_TOP5] >= event.values[Metric.TEST_ACCURACY]
    assert len(event.detail.mistakes) == min(64, 100 - int(counts.diagonal().sum()))
    confidences = [mistake.confidence for mistake in event.detail.mistakes]
    assert confidences == sorted(confidences, reverse=True)
    for mistake in event.detail.mistakes:
        assert mistake.label == data.test_labels[mistake.image] != mistake.predicted


def test_telemetry_that_is_not_wanted_is_not_taken(small: Make, data: ImageData) -> None:
    _, events = train(small(epochs=2, telemetry=[]), data)

    assert not any(isinstance(event, LayersSeen) for event in events)
    for event in events:
        assert event.losses == []
        if isinstance(event, EpochFinished):
            assert (event.layers, event.detail) == ([], None)
            assert Metric.GRADIENT_NORM not in event.values


def test_step_losses_are_reported_once_and_average_to_the_epochs_loss(small: Make, data: ImageData) -> None:
    _, events = train(small(epochs=1, train_limit=192), data)

    losses = [loss for event in events if not isinstance(event, LayersSeen) for loss in event.losses]
    assert [step for step, _ in losses] == [1, 2, 3, 4, 5, 6]
    assert sum(loss for _, loss in losses) / 6 == pytest.approx(rows(events)[0][Metric.TRAIN_LOSS])
