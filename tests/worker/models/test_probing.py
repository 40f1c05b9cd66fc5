"""Cards of unknown networks: the shape at which they are measured, and what the card reports."""

import os
from collections.abc import Callable
from functools import lru_cache

import pytest
import torch
from torch import Tensor, nn

from skiplab.contract.catalog import ModelDetails
from worker.forked import forked
from worker.models.network import Network, Shape
from worker.models.probing import Runner, in_process, probed_card

Build = Callable[[int, Shape], nn.Module]


class Viewing(nn.Module):
    def __init__(self, classes: int) -> None:
        super().__init__()
        self.conv, self.fc = nn.Conv2d(3, 2, 3, stride=8), nn.LazyLinear(classes)

    def forward(self, images: Tensor) -> Tensor:
        maps = self.conv(images)
        logits: Tensor = self.fc(maps.view(maps.size(0), -1))
        return logits


def linear(side: int, classes: int) -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(3 * side * side, classes))


@lru_cache
def _ramp(count: int) -> Tensor:
    return torch.arange(count, dtype=torch.float32)


class Positions(nn.Module):
    """Keeps a tensor for all calls, as tables of positions and masks are kept."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.fc = nn.Linear(3 * 32 * 32, classes)

    def forward(self, images: Tensor) -> Tensor:
        flat = images.flatten(1)
        logits: Tensor = self.fc(flat + _ramp(flat.shape[1]))
        return logits


def card(build: Build, shapes: tuple[Shape, ...] = (), run: Runner = in_process) -> ModelDetails:
    def builder(*, classes: int, image_shape: Shape) -> nn.Module:
        return build(classes, image_shape)

    network = Network("Mine", builder, None, None, fits_image=True)
    return probed_card(
        "mine", network, origin="plugin", source="mine.py", version="1", explain=str, shapes=shapes, run=run
    )


def test_what_the_training_check_found_stands_on_the_card() -> None:
    found = card(lambda classes, _: Viewing(classes))

    assert (found.measured, found.memory_format, found.version) == (True, "contiguous", "1")
    assert "contiguous memory format" in found.notes[0]
    assert found.check is not None
    assert (found.check.outcome, found.check.parameters) == ("trains", found.parameters)


def test_a_network_that_keeps_tensors_of_its_own_trains_though_it_was_measured_without_numbers() -> None:
    found = card(lambda classes, _: Positions(classes), run=forked)

    assert (found.error, found.measured) == (None, True)
    assert found.check is not None
    assert (found.check.outcome, found.check.reason) == ("trains", None)
    assert _ramp.cache_info().currsize == 0


def test_a_network_that_ends_its_process_has_a_card_with_the_reason() -> None:
    found = card(lambda *_: os._exit(3), run=forked)

    assert (found.error or "").endswith("mine: its process ended without a result")


def traced(network: nn.Module) -> nn.Module:
    whole: nn.Module = torch.jit.trace(network, torch.zeros(1, 3, 32, 32))  # type: ignore[no-untyped-call]
    return whole


@pytest.mark.filterwarnings("ignore:.torch.jit")
@pytest.mark.parametrize("make", [torch.jit.script, traced])
def test_a_whole_network_that_is_a_script_has_a_card(make: Callable[[nn.Module], nn.Module]) -> None:
    found = card(lambda classes, _: make(linear(32, classes)))

    assert (found.error, found.measured, found.parameters) == (None, True, 10 * (3 * 32 * 32 + 1))
    assert [layer.parameters for layer in found.layers or []] == [found.parameters]


@pytest.mark.parametrize(
    ("side", "shapes"), [(28, ()), (64, ()), (50, ((3, 50, 50),))], ids=["28", "64", "of a data set that is here"]
)
def test_a_network_of_one_size_is_measured_at_that_size(side: int, shapes: tuple[Shape, ...]) -> None:
    found = card(lambda classes, _: linear(side, classes), shapes)

    assert (found.error, found.image_shape, found.parameters) == (None, (3, side, side), 10 * (3 * side * side + 1))


def test_a_network_of_fixed_classes_is_measured_for_these() -> None:
    found = card(lambda _, shape: linear(shape[1], 4))

    assert (found.error, found.classes, found.fixed_classes) == (None, 4, 4)
    assert found.check is not None
    assert (found.check.classes, found.check.outcome) == (4, "trains")


def test_a_network_of_fixed_classes_is_known_even_where_there_are_as_many() -> None:
    assert card(lambda _, shape: linear(shape[1], 10)).fixed_classes == 10
    assert card(lambda classes, shape: linear(shape[1], classes)).fixed_classes is None


def test_the_card_of_a_refused_network_has_the_reason_and_its_numbers() -> None:
    found = card(lambda classes, shape: nn.Sequential(linear(shape[1], classes), Flat()))

    assert (found.measured, found.memory_format) == (True, None)
    assert found.notes == ["mine returns 20 for 2 images and 10 classes; logits must be 2 x 10."]


class Flat(nn.Module):
    """Right in eval mode, in which a card is measured, and wrong in training."""

    def forward(self, logits: Tensor) -> Tensor:
        return logits.flatten() if self.training else logits


def test_a_network_that_fits_no_size_has_the_first_error_on_its_card() -> None:
    found = card(lambda classes, _: linear(7, classes))

    assert not found.measured
    assert "mat1 and mat2 shapes cannot be multiplied (1x3072 and 147x10)" in (found.error or "")
