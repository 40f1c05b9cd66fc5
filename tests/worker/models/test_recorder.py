"""Recordings of arbitrary networks: what is followed, and where a recording is incomplete."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from skiplab.contract.catalog import Block
from tests.worker.models.recordings import kinds, recorded
from worker.models.blocks import blocks_of
from worker.models.recorder import MAX_OPERATIONS


def conv() -> nn.Conv2d:
    return nn.Conv2d(8, 8, 3, padding=1)


class Whatever(nn.Module):
    """Two blocks called hourglass, between a stem and a head."""

    def __init__(self, *blocks: nn.Module) -> None:
        super().__init__()
        self.stem, self.hourglass = nn.Conv2d(3, 8, 3), nn.ModuleList(blocks)
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 10))

    def forward(self, images: Tensor) -> Tensor:
        x = self.stem(images)
        for block in self.hourglass:
            x = block(x)
        logits: Tensor = self.head(x)
        return logits


class Two(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.one, self.two = conv(), conv()


class InPlace(Two):
    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.two(self.one(x).relu_())
        out += x
        return out


class Sliced(Two):
    """Writes what it makes into one half of the channels."""

    def forward(self, x: Tensor) -> Tensor:
        out = torch.empty_like(x)
        out[:, :4] = self.one(x)[:, :4]
        out[:, 4:] = x[:, 4:]
        return torch.relu(self.two(out))


class DataDependent(Two):
    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.two(self.one(x)) + x if x.square().sum() >= 0 else self.two(x)
        return out


class Pair(Two):
    """Hands a tuple on."""

    def forward(self, x: Tensor) -> Tensor:
        parts: dict[str, Any] = {"old": x, "new": (self.one(x), self.two(x))}
        old, (one, two) = parts["old"], parts["new"]
        return torch.stack([one, two, old]).sum(0)


def first_block(block: type[nn.Module]) -> Block:
    found, note = blocks_of(recorded(Whatever(block(), block()), 3, 16, 16))
    assert (note, len(found or [])) == (None, 1)
    assert (found or [])[0].repeats == 2
    return (found or [])[0]


def test_a_network_is_drawn_as_what_it_is_whatever_it_is_called() -> None:
    block = first_block(DataDependent)

    assert (block.name, block.type) == ("hourglass.0", "DataDependent")
    assert kinds(block) == ["input", "layer", "layer", "add", "output"]


def test_lazy_layers_are_drawn_as_what_they_become() -> None:
    (whole,) = blocks_of(recorded(nn.Sequential(nn.Flatten(), nn.LazyLinear(8), nn.LazyLinear(10)), 3, 4, 4))[0] or []

    assert [(node.type, node.shape) for node in whole.nodes[1:3]] == [("Linear", [8]), ("Linear", [10])]


def test_an_addition_in_place_is_one() -> None:
    assert [node.inputs for node in first_block(InPlace).nodes] == [[], [0], [1], [2, 0], [3]]


def test_what_is_written_into_a_part_of_a_tensor_is_followed() -> None:
    block = first_block(Sliced)
    writes = [node for node in block.nodes if node.type == "setitem"]
    (second,) = [node for node in block.nodes if node.name.endswith("two")]

    assert len(writes) == 2
    assert block.nodes[second.inputs[0]] == writes[1]
    assert block.nodes.index(writes[0]) in writes[1].inputs


def test_tensors_are_followed_through_tuples_and_dictionaries() -> None:
    joined = next(node for node in first_block(Pair).nodes if node.kind == "concat")

    assert len(joined.inputs) == 3


# -- Where the record is not complete ---------------------------------------------------------------------------------


class ByNumpy(Two):
    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.one(x) + torch.from_numpy(self.two(x).detach().numpy())
        return out


class ByNumber(Two):
    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.two(self.one(x)) * x.mean().item()
        return out


def scripted() -> nn.Module:
    return torch.jit.script(conv())


def refusal(*blocks: nn.Module) -> str:
    found, note = blocks_of(recorded(Whatever(*blocks), 3, 16, 16))
    assert found is None
    assert note is not None
    return note


@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")
def test_what_leaves_torch_leaves_no_diagram_but_the_reason() -> None:
    assert refusal(ByNumpy()) == ("No block diagram: hourglass.0 gives a tensor to NumPy, where it cannot be followed.")
    assert "a Python number" in refusal(ByNumber())
    assert "hourglass.0 is a TorchScript module" in refusal(scripted())


class _Hidden(torch.autograd.Function):
    """Its tensors are other objects than those that it was given."""

    @staticmethod
    def forward(_context: object, x: Tensor) -> Tensor:
        with torch._C.DisableTorchFunction():
            return x * 2

    @staticmethod
    def backward(_context: object, *gradients: Tensor) -> Tensor:
        return gradients[0] * 2


class Hiding(Two):
    def forward(self, x: Tensor) -> Tensor:
        hidden: Tensor = _Hidden.apply(self.one(x))
        out: Tensor = self.two(hidden) + x
        return out


def test_a_tensor_of_unknown_origin_ends_the_recording() -> None:
    assert "reads a tensor whose origin was not recorded (autograd has _HiddenBackward)" in refusal(Hiding())


class Unrolled(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Linear(3, 10)

    def forward(self, images: Tensor) -> Tensor:
        x = images.mean((2, 3))
        for _ in range(MAX_OPERATIONS):
            x = x + 1
        logits: Tensor = self.head(x)
        return logits


def test_a_recording_is_bounded() -> None:
    found = recorded(Unrolled(), 3, 8, 8)

    assert len(found.operations) <= MAX_OPERATIONS
    assert found.gap == f"it has more than {MAX_OPERATIONS:,} operations"
