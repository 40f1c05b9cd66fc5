"""Block diagrams against the wiring that the papers give, of the lab's own networks and torchvision's."""

from collections import Counter
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from skiplab.contract.catalog import Block
from worker.models import zoo
from worker.models.blocks import blocks_of
from worker.models.cards import card
from worker.models.measure import measure
from worker.models.recording import MOST_OPERATIONS, Recording
from worker.models.registry import MODELS

Joins = dict[str, int]


def joins(recording: Recording) -> Joins:
    """How many operations of each kind join tensors that depend on the images."""
    assert recording.gap is None
    names = {"add": "add", "iadd": "add", "mul": "multiply", "cat": "concat"}
    found = (names.get(each.function.strip("_")) for each in recording.operations if len(each.inputs) > 1)
    return dict(Counter(name for name in found if name is not None))


def of_torchvision(name: str) -> Recording:
    found = zoo._find(f"torchvision.{name}")
    side = 299 if name == "inception_v3" else 224
    with found.weightless():
        model = found.build(classes=10, image_shape=(3, side, side))
        return measure(model, torch.zeros(1, 3, side, side)).recording


def recorded(model: nn.Module, *shape: int) -> Recording:
    return measure(model, torch.zeros(1, *shape)).recording


def kinds(block: Block) -> list[str]:
    return [node.kind for node in block.nodes]


# -- The lab's own ----------------------------------------------------------------------------------------------------


def of_lab(key: str) -> Recording:
    with torch.device("meta"):
        return measure(MODELS[key].build(key, classes=10, image_shape=(3, 32, 32)), torch.zeros(1, 3, 32, 32)).recording


def expected(key: str) -> Joins:
    """He et al. 2016: one addition for two layers; Hu et al. 2018: a gate before each; Huang et al. 2017: a concat for
    each layer of a block."""
    if key.startswith(("plain", "cnn")):
        return {}
    if key.startswith("densenet"):
        return {"concat": 48 if key == "densenet100_bc" else 16}
    depth = int("".join(each for each in key.split("_nonorm")[0] if each.isdigit()))
    gates = 1 if key.endswith("single") else (depth - 2) // 2
    return {"add": (depth - 2) // 2} | ({"multiply": gates} if key.startswith("se_") else {})


@pytest.mark.parametrize("key", MODELS)
def test_every_built_in_network_is_joined_as_its_paper_says(key: str) -> None:
    found = of_lab(key)

    assert joins(found) == expected(key)
    assert blocks_of(found)[0]


def test_resnet18_repeats_four_blocks_and_projects_at_three_of_them() -> None:
    blocks = card("resnet18").blocks or []

    assert [(block.name, block.repeats) for block in blocks] == [
        ("conv2_x.0", 2),
        ("conv3_x.0", 1),
        ("conv3_x.1", 1),
        ("conv4_x.0", 1),
        ("conv4_x.1", 1),
        ("conv5_x.0", 1),
        ("conv5_x.1", 1),
    ]
    assert kinds(blocks[0]) == ["input", "layer", "layer", "add", "output"]
    assert blocks[0].nodes[3].inputs == [2, 0], "what came in is added to what the two layers made"
    projections = [node for block in blocks for node in block.nodes if node.kernel == [1, 1] and node.inputs == [0]]
    assert [node.stride for node in projections] == [[2, 2]] * 3


def test_a_gate_is_multiplied_onto_what_it_was_made_from() -> None:
    (first, *_) = card("se_resnet20").blocks or []

    assert kinds(first) == ["input", "layer", "layer", "operation", "layer", "layer", "multiply", "add", "output"]
    assert [node.inputs for node in first.nodes[3:8]] == [[2], [3], [4], [2, 5], [6, 0]]
    assert first.nodes[4].shape == [4, 1, 1]


def test_a_shortcut_without_weights_is_drawn_as_what_it_does() -> None:
    downsampling = (card("resnet20").blocks or [])[1]

    assert [(node.kind, node.type) for node in downsampling.nodes[3:5]] == [("split", "getitem"), ("operation", "pad")]


def test_a_plain_block_joins_nothing_and_a_network_that_repeats_none_is_drawn_whole() -> None:
    assert {kind for block in card("plain20").blocks or [] for kind in kinds(block)} == {"input", "layer", "output"}

    (whole,) = card("cnn").blocks or []
    assert (whole.name, [node.type for node in whole.nodes if node.kind == "layer"]) == (
        "",
        ["Conv2d", "Conv2d", "Linear", "Linear", "Linear"],
    )


def test_wiring_outside_of_the_blocks_is_drawn_too() -> None:
    whole, first, *_ = card("se_resnet18_single").blocks or []

    assert whole.name == ""
    assert kinds(whole).count("block") == 8
    assert kinds(whole).count("multiply") == 1
    assert first.name == "layer1.0"


# -- torchvision's ----------------------------------------------------------------------------------------------------

PAPERS: dict[str, Joins] = {
    "alexnet": {},
    "vgg16_bn": {},
    "resnet18": {"add": 8},
    "squeezenet1_1": {"concat": 8},  # fire modules
    "mobilenet_v2": {"add": 10},
    "googlenet": {"concat": 9},  # inception modules
    "shufflenet_v2_x1_0": {"concat": 16},
    "densenet121": {"concat": 58},  # 58 layers, each but the first of its block of several maps, and 4 blocks' ends
    "vit_b_16": {"add": 24},
}

MORE: dict[str, Joins] = {
    **{f"vgg{depth}{norm}": {} for depth in (11, 13, 16, 19) for norm in ("", "_bn")},
    "resnet34": {"add": 16},
    "resnet50": {"add": 16},
    "resnet101": {"add": 33},
    "resnet152": {"add": 50},
    "resnext50_32x4d": {"add": 16},
    "resnext101_32x8d": {"add": 33},
    "resnext101_64x4d": {"add": 33},
    "wide_resnet50_2": {"add": 16},
    "wide_resnet101_2": {"add": 33},
    "squeezenet1_0": {"concat": 8},
    "inception_v3": {"concat": 15},  # 11 modules; two of them branch twice more
    "densenet161": {"concat": 78},
    "densenet169": {"concat": 82},
    "densenet201": {"concat": 98},
    **{f"mnasnet{width}": {"add": 10} for width in ("0_5", "0_75", "1_0", "1_3")},
    "mobilenet_v3_small": {"add": 6, "multiply": 9},
    "mobilenet_v3_large": {"add": 10, "multiply": 8},
    **{f"shufflenet_v2_x{width}": {"concat": 16} for width in ("0_5", "1_5", "2_0")},
    **{
        f"efficientnet_b{scale}": {"add": blocks - 7, "multiply": blocks}  # all but the first of seven stages
        for scale, blocks in enumerate((16, 23, 23, 26, 32, 39, 45, 55))
    },
    "efficientnet_v2_s": {"add": 35, "multiply": 30},
    "efficientnet_v2_m": {"add": 51, "multiply": 44},
    "efficientnet_v2_l": {"add": 73, "multiply": 61},
    "convnext_tiny": {"add": 18},
    **{f"convnext_{size}": {"add": 36} for size in ("small", "base", "large")},
    **{
        f"regnet_x_{size}": {"add": blocks}
        for size, blocks in {
            "400mf": 22,
            "800mf": 16,
            "1_6gf": 18,
            "3_2gf": 25,
            "8gf": 23,
            "16gf": 22,
            "32gf": 23,
        }.items()
    },
    **{
        f"regnet_y_{size}": {"add": blocks, "multiply": blocks}
        for size, blocks in {
            "400mf": 16,
            "800mf": 14,
            "1_6gf": 27,
            "3_2gf": 21,
            "8gf": 17,
            "16gf": 18,
            "32gf": 20,
            "128gf": 27,
        }.items()
    },
    "vit_b_32": {"add": 24},
    "vit_l_16": {"add": 48},
    "vit_l_32": {"add": 48},
    "vit_h_14": {"add": 64},
    **{f"swin_{of}": {"add": 24, "concat": 3} for of in ("t", "v2_t")},  # patches are merged three times
    **{f"swin_{of}": {"add": 48, "concat": 3} for of in ("s", "b", "v2_s", "v2_b")},
    "maxvit_t": {"add": 55, "multiply": 11},  # 11 layers: a gated MBConv, and two attentions of two additions each
}


@pytest.mark.parametrize("name", PAPERS)
def test_torchvisions_networks_are_joined_as_their_papers_say(name: str) -> None:
    found = of_torchvision(name)

    assert joins(found) == PAPERS[name]
    assert blocks_of(found)[0]


@pytest.mark.long
@pytest.mark.parametrize("name", MORE)
def test_torchvisions_larger_networks_are_joined_as_their_papers_say(name: str) -> None:
    found = of_torchvision(name)

    assert joins(found) == MORE[name]
    assert blocks_of(found)[0]


@pytest.mark.long
def test_no_classification_network_of_torchvision_is_left_out_here() -> None:
    assert {each.label for each in zoo.plain_cards()} == PAPERS.keys() | MORE.keys()


def test_an_inception_module_has_four_branches_and_a_shuffle_unit_splits_its_channels() -> None:
    inception = (blocks_of(of_torchvision("googlenet"))[0] or [])[0]
    unit = (blocks_of(of_torchvision("shufflenet_v2_x1_0"))[0] or [])[1]

    assert len(next(node for node in inception.nodes if node.kind == "concat").inputs) == 4
    assert [node.kind for node in unit.nodes] == ["input", "split", "layer", "layer", "layer", "concat", "output"]
    assert unit.nodes[5].inputs == [1, 4], "one half passes by the layers"
    assert unit.nodes[3].groups == unit.nodes[3].shape[0], "a depthwise convolution"


# -- Anybody's --------------------------------------------------------------------------------------------------------


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
        for _ in range(MOST_OPERATIONS):
            x = x + 1
        logits: Tensor = self.head(x)
        return logits


def test_a_recording_is_bounded() -> None:
    found = recorded(Unrolled(), 3, 8, 8)

    assert len(found.operations) <= MOST_OPERATIONS
    assert found.gap == f"it has more than {MOST_OPERATIONS:,} operations"
