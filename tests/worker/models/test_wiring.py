"""How blocks are wired is told of the lab's own networks, by their code and not by their names."""

from pathlib import Path

import pytest

from skiplab.contract.catalog import ModelDetails
from worker.models.cards import card
from worker.models.registry import MODELS
from worker.plugins import use
from worker.plugins.source import FilePlugin

LIST = """
from torch import nn
from worker.plugins import model

class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(8, 8, 3, padding=1), nn.Conv2d(8, 8, 3, padding=1)
    def forward(self, x):
        return x + self.conv2(self.conv1(x).relu())

@model("resnet_of_mine")
def build(classes, image_shape):
    head = nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, classes)
    return nn.Sequential(nn.Conv2d(3, 8, 3), Block(), Block(), *head)
"""


def counts(found: ModelDetails) -> list[tuple[str, int, int, int]]:
    assert found.blocks is not None
    return [(block.kind, len(block.main), len(block.shortcut), len(block.gate)) for block in found.blocks]


@pytest.mark.parametrize(
    ("key", "first", "last", "blocks"),
    [
        ("cnn", ("plain", 5, 0, 0), ("plain", 5, 0, 0), 1),
        ("plain20", ("plain", 2, 0, 0), ("plain", 2, 0, 0), 9),
        ("se_resnet20", ("residual", 2, 0, 2), ("residual", 2, 0, 2), 9),
        ("se_resnet18_single", ("residual", 2, 0, 0), ("plain", 0, 0, 2), 9),
        ("densenet_cifar", ("dense", 2, 0, 0), ("dense", 2, 0, 0), 16),
    ],
)
def test_blocks_are_wired_as_their_networks_are(
    key: str, first: tuple[str, int, int, int], last: tuple[str, int, int, int], blocks: int
) -> None:
    found = counts(card(key))
    assert (found[0], found[-1], len(found)) == (first, last, blocks)


def test_a_projection_is_a_shortcut_with_a_weight() -> None:
    found = card("resnet18").blocks
    assert found is not None
    assert [(block.name, layer.kernel, layer.stride) for block in found for layer in block.shortcut] == [
        (f"conv{stage}_x.0", (1, 1), 2) for stage in (3, 4, 5)
    ]


def test_every_network_of_the_lab_can_be_drawn() -> None:
    assert [key for key in MODELS if not card(key).blocks] == []


def test_a_plugins_network_is_not_drawn_whatever_it_is_called(tmp_path: Path) -> None:
    file = tmp_path / "plugins" / "mine.py"
    file.parent.mkdir()
    file.write_text(LIST)

    (found,) = use.inspect(FilePlugin(file), tmp_path).models

    assert (found.key, found.measured, found.blocks) == ("resnet_of_mine", True, None)
