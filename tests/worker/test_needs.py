"""A run's memory is estimated before it starts."""

import logging
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from skiplab.contract.spec import RunSpec
from worker import memory
from worker.datasets.images import ImageData
from worker.forked import forked
from worker.models import build
from worker.needs import NotEnoughMemory, check_memory, estimate

MEGABYTE = 2**20


def data(images: int, side: int) -> ImageData:
    pixels, labels = np.zeros((images, side, side, 3), dtype=np.uint8), np.arange(images) % 2
    return ImageData("mine", ("a", "b"), pixels, labels, pixels, labels)


def spec(**fields: Any) -> RunSpec:
    return RunSpec(**{"model": "cnn", "dataset": "mine", "batch_size": 2, "train_eval_limit": 1} | fields)


def linear(_key: str, *, classes: int, **_: Any) -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(3 * 1024, 1024), nn.ReLU(), nn.Linear(1024, classes))


def test_parameters_and_what_a_batch_keeps_are_counted() -> None:
    need = estimate(spec(batch_size=8), data(10, 32), linear, "cpu")

    parameters = 4 * (3 * 1024 * 1024 + 1024 + 1024 * 2 + 2)
    assert need.network == 3 * parameters  # with gradients and momentum
    # Of an image: its pixels, what the ReLU gave, and the shares of the classes.
    assert need.activations == pytest.approx(8 * 4 * (3 * 1024 + 1024), rel=0.01)
    assert need.evaluation == 3 * 10 * 4 * 3 * 1024
    adam = spec(batch_size=8, optimizer="adam", ema=0.9)
    assert estimate(adam, data(10, 32), linear, "cpu").network == 5 * parameters


def test_a_part_of_a_data_set_is_copied_and_a_whole_one_is_not() -> None:
    one = 32 * 32 * 3
    assert estimate(spec(train_eval_limit=20), data(20, 32), linear, "cuda").whole == 0
    limited = spec(train_limit=16, test_limit=10, train_eval_limit=2)
    assert estimate(limited, data(20, 32), linear, "cuda").data == 28 * one
    held_out = spec(val_fraction=0.2, train_eval_limit=2)
    assert estimate(held_out, data(20, 32), linear, "cuda").data == 22 * one


def test_photos_at_full_size_are_refused_with_a_sentence() -> None:
    pixels = np.zeros((1, 3024, 4032, 3), dtype=np.uint8)
    photos = np.broadcast_to(pixels, (28, 3024, 4032, 3))
    labels = np.arange(28) % 2
    full = ImageData("photos", ("a", "b"), photos, labels, photos, labels)

    with pytest.raises(NotEnoughMemory) as refused:
        check_memory(spec(batch_size=28, model="resnet18"), full, build, "cpu")

    assert str(refused.value).startswith("out of memory before the first step: the run needs about ")
    assert "Reduce batch_size (28) or the image size (3024 x 4032)." in str(refused.value)


def test_a_tight_run_is_warned_of_and_a_small_one_is_not_measured(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    need = estimate(spec(), data(10, 32), linear, "cpu").whole
    monkeypatch.setattr(memory, "room", lambda: int(need * 1.2))
    with caplog.at_level(logging.WARNING):
        check_memory(spec(), data(10, 32), linear, "cpu")
    assert "memory is tight: the run needs about" in caplog.text

    def never(*_: Any, **__: Any) -> nn.Module:
        raise AssertionError("this must not be built")

    monkeypatch.setattr(memory, "room", lambda: 16 * 2**30)
    check_memory(spec(), data(10, 32), never, "cpu")


def test_a_network_that_cannot_be_measured_is_trained_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def real(_key: str, **_: Any) -> nn.Module:
        raise RuntimeError("needs real numbers")

    monkeypatch.setattr(memory, "room", lambda: 64 * MEGABYTE)
    check_memory(spec(), data(10, 32), real, "cpu")


@cache
def mask(count: int) -> Tensor:
    return torch.ones(count)


class Masked(nn.Module):
    """Keeps its mask in training mode alone, where a check that measures in eval mode does not fill it."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(3 * 1024, 2)

    def forward(self, x: Tensor) -> Any:
        x = x.flatten(1)
        return self.fc(x * mask(x.shape[1]) if self.training else x)


def test_measuring_a_plugins_network_leaves_nothing_of_it_in_the_runs_process() -> None:
    def build(_key: str, **_: Any) -> nn.Module:
        return Masked()

    assert estimate(spec(), data(10, 32), build, "cpu", run=forked).network > 0

    assert mask.cache_info().currsize == 0
    assert Masked()(torch.zeros(2, 3, 32, 32)).shape == (2, 2)
