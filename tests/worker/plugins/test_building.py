"""Builders are called under the names of their own parameters; others are refused with an example."""

from functools import partial
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import torch
from torch import nn

from skiplab.plugins import BadPlugin
from tests.worker.plugins.inspected import HEAD, Write, errors, inspected
from worker.plugins.calls import call_builder


def build_all(classes: int, image_shape: tuple[int, int, int]) -> Any:
    return classes, image_shape


@pytest.mark.parametrize(
    ("build", "gets"),
    [
        (build_all, (7, (3, 8, 9))),
        (lambda image_shape, classes: (classes, image_shape), (7, (3, 8, 9))),
        (lambda num_classes: num_classes, 7),
        (lambda num_classes=10, width=4: (num_classes, width), (7, 4)),
        (lambda n_classes, in_channels: (n_classes, in_channels), (7, 3)),
        (lambda num_classes=1000, in_channels=1: (num_classes, in_channels), (7, 3)),
        (lambda num_classes, channels=64: (num_classes, channels), (7, 64)),
        (lambda img_size, num_classes: (img_size, num_classes), ((8, 9), 7)),
        (lambda img_size=(32, 32), num_classes=10: (img_size, num_classes), ((8, 9), 7)),
        (lambda image_size=[3, 32, 32], num_classes=10: (image_size, num_classes), ((3, 8, 9), 7)),
        (lambda input_size=3072, num_classes=10: (input_size, num_classes), (216, 7)),
        (lambda input_size=784, num_classes=10: (input_size, num_classes), (216, 7)),
        (lambda input_size=600, num_classes=10: (input_size, num_classes), (600, 7)),
        (lambda input_size=224, num_classes=10: (input_size, num_classes), ((8, 9), 7)),
        (lambda input_shape, nclasses: (input_shape, nclasses), ((3, 8, 9), 7)),
        (lambda n, shape: (n, shape), (7, (3, 8, 9))),
        (lambda n: n, 7),
        (lambda n, /: n, 7),
        (lambda classes, /, image_shape: (classes, image_shape), (7, (3, 8, 9))),
        (lambda *, num_classes: num_classes, 7),
        (lambda nc, _: (nc, _), (7, (3, 8, 9))),
        (lambda shape, out_features: (shape, out_features), ((3, 8, 9), 7)),
        (lambda **given: given, {"num_classes": 7}),
        (lambda **given: given["classes"] * len(given["image_shape"]), 21),
        (lambda in_channels=3, **given: (in_channels, given), (3, {"num_classes": 7})),
        (lambda n_classes, **given: (n_classes, given), (7, {})),
        (lambda **given: (lambda num_classes=10: num_classes)(**given), 7),
        (lambda *, weights=None, **given: (lambda num_classes: (num_classes, weights))(**given), (7, None)),
        (lambda **given: (lambda: "fixed")(**given), "fixed"),
        (lambda *given: given, (7, (3, 8, 9))),
        (lambda: "fixed", "fixed"),
        (lambda name="VGG16": name, "VGG16"),
        (partial(lambda block, num_classes: (block, num_classes), "basic"), ("basic", 7)),
    ],
)
def test_a_builder_is_called_by_the_names_of_its_arguments(build: Any, gets: Any) -> None:
    assert call_builder(build, classes=7, image_shape=(3, 8, 9)) == gets


def wants_a_block(block: Any, num_classes: int) -> Any:
    return block, num_classes


def wants_three(a: Any, b: Any, c: Any) -> Any:
    return a, b, c


def wants_depth(*, depth: int) -> Any:
    return depth


class Deep:
    def __init__(self, depth: int) -> None:
        self.depth = depth


class SixN:
    """ResNets of n blocks a stage."""

    def __init__(self, n: int) -> None:
        self.n = n


class Configured:
    def __init__(self, cfg: Any) -> None:
        self.classes = cfg.num_classes


def named_vgg(vgg_name: str) -> str:
    return {"VGG16": "sixteen"}[vgg_name]


def two_classes(n: int, k: int) -> Any:
    return n, k


@pytest.mark.parametrize(
    ("build", "example"),
    [
        (wants_a_block, "wants_a_block(block=..., num_classes=num_classes)"),
        (wants_three, "wants_three(a=..., b=..., c=...)"),
        (wants_depth, "wants_depth(depth=...)"),
        (Deep, "Deep(depth=...)"),
        (SixN, "SixN(n=...)"),
        (partial(Deep), "Deep(depth=...)"),
        (Configured, "Configured(Config(num_classes=num_classes))"),
        (named_vgg, "named_vgg(vgg_name=...)"),
        (two_classes, "two_classes(n=..., k=...)"),
    ],
)
def test_a_builder_with_other_required_parameters_is_refused_with_an_example(build: Any, example: str) -> None:
    with pytest.raises(BadPlugin, match="but is called with `classes`") as refusal:
        call_builder(build, classes=7, image_shape=(3, 8, 8))

    assert f'model("x", lambda num_classes: {example})' in str(refusal.value)


class Swallowing(nn.Sequential):
    """As Swin, DINO's ViT and many others: a name that it does not know is dropped."""

    def __init__(self, in_channels: int = 3, num_classes: int = 1000, **_others: Any) -> None:
        super().__init__(nn.Flatten(), nn.Linear(in_channels * 64, num_classes))


class ByLabels(nn.Sequential):
    def __init__(self, n_classes: int = 1000, **_others: Any) -> None:
        super().__init__(nn.Flatten(), nn.Linear(192, n_classes))


def swallowing_factory(_pretrained: bool = False, **given: Any) -> nn.Module:
    return Swallowing(**{"in_channels": 3, **given})


def from_name(_name: str, in_channels: int = 3, **given: Any) -> nn.Module:
    return Swallowing(in_channels, **given)


@pytest.mark.parametrize(
    "build",
    [swallowing_factory, partial(from_name, "b0"), partial(Swallowing), lambda **given: ByLabels(**given)],
    ids=["a factory", "beside a known name", "a partial", "another name"],
)
def test_keywords_count_where_the_network_follows_them(build: Any) -> None:
    torch.manual_seed(0)
    network = call_builder(build, classes=7, image_shape=(3, 8, 8))
    torch.manual_seed(0)
    expected = nn.Linear(192, 7)

    assert network[1].out_features == 7
    assert torch.equal(network[1].weight, expected.weight), "a trial draws no numbers"


def test_an_error_of_a_builder_is_its_own() -> None:
    def broken(**given: Any) -> None:
        raise TypeError(f"no {len(given)}")

    with pytest.raises(TypeError, match="no 1"):
        call_builder(broken, classes=7, image_shape=(3, 8, 8))


def test_a_network_that_gives_its_features_first_has_the_card_of_its_logits(plugin: Write, tmp_path: Path) -> None:
    code = """
    @model("features")
    class Features(nn.Module):
        def __init__(self, num_classes):
            super().__init__()
            self.conv, self.head = nn.Conv2d(3, 16, 3), nn.Linear(16, num_classes)

        def forward(self, images):
            found = self.conv(images).mean((2, 3))
            return found, self.head(found)
    """
    plugin("features.py", HEAD + dedent(code))

    (card,) = inspected(tmp_path, "features.py").models

    assert (card.error, card.classes, card.fixed_classes, card.parameters) == (None, 10, None, 16 * 28 + 17 * 10)
    assert card.check is not None
    assert card.check.outcome == "trains"
    assert card.notes == ["Returns 2 outputs in training mode (2 x 16 and 2 x 10); number 2 is used as the logits."]


def test_a_network_that_is_built_already_is_refused(plugin: Write, tmp_path: Path) -> None:
    plugin("built.py", HEAD + "model('built', nn.Sequential(nn.Flatten(), nn.Linear(3072, 10)))\n")

    assert "declares a network instance" in (errors(tmp_path, "built.py")["built"] or "")
