"""Block diagrams of built-in and torchvision networks against the wiring in their papers."""

import pytest
import torch

from tests.worker.models.recordings import Joins, joins, kinds
from worker.models import zoo
from worker.models.blocks import blocks_of
from worker.models.cards import card
from worker.models.measure import measure
from worker.models.recording import Recording
from worker.models.registry import MODELS

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


def of_torchvision(name: str) -> Recording:
    found = zoo._find(f"torchvision.{name}")
    side = 299 if name == "inception_v3" else 224
    with found.weightless():
        model = found.build(classes=10, image_shape=(3, side, side))
        return measure(model, torch.zeros(1, 3, side, side)).recording


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
