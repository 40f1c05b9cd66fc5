"""Published weights: read from torch's cache, never downloaded."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch import nn
from torchvision import models

from worker.models import build, published, zoo

KEY = "torchvision.squeezenet1_1"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Torch's folder of weights, empty."""
    before = torch.hub.get_dir()
    torch.hub.set_dir(tmp_path)
    (tmp_path / "checkpoints").mkdir()
    yield tmp_path / "checkpoints"
    torch.hub.set_dir(before)


@pytest.fixture
def theirs(folder: Path) -> nn.Module:
    """A network whose weights stand in the published file's place."""
    torch.manual_seed(7)
    network: nn.Module = models.squeezenet1_1(weights=None)
    torch.save(network.state_dict(), folder / models.SqueezeNet1_1_Weights.DEFAULT.url.rpartition("/")[2])
    return network


def fresh(classes: int) -> nn.Module:
    return build(KEY, classes=classes, image_shape=(3, 32, 32))


def test_all_weights_but_the_last_layers_are_taken_when_the_classes_are_others(theirs: nn.Module) -> None:
    ours = fresh(10)
    own_end = ours.state_dict()["classifier.1.weight"].clone()
    published.load_weights(ours, KEY, classes=10)

    taken = ours.state_dict()
    assert torch.equal(taken.pop("classifier.1.weight"), own_end)
    assert len(taken.pop("classifier.1.bias")) == 10
    assert all(torch.equal(value, theirs.state_dict()[name]) for name, value in taken.items())


def test_with_the_same_classes_the_whole_network_is_the_published_one(theirs: nn.Module) -> None:
    ours = fresh(1000)
    published.load_weights(ours, KEY, classes=1000)

    assert all(torch.equal(value, theirs.state_dict()[name]) for name, value in ours.state_dict().items())


@pytest.mark.usefixtures("theirs")
def test_a_card_names_the_file_that_is_here() -> None:
    here = {card.key: card.published_weights for card in zoo.plain_cards()}

    file = here[KEY]
    assert file is not None
    assert file.startswith("squeezenet1_1-")
    assert [key for key, name in here.items() if name is not None] == [KEY]


def test_without_the_file_the_message_names_it_and_its_folder(folder: Path) -> None:
    with pytest.raises(published.NoPublishedWeights, match=rf"put squeezenet1_1-\w+\.pth into {folder}"):
        published.load_weights(fresh(10), KEY, classes=10)


def test_a_network_of_the_labs_own_has_none() -> None:
    with pytest.raises(published.NoPublishedWeights, match="only torchvision's networks have them"):
        published.load_weights(build("cnn", classes=10, image_shape=(3, 32, 32)), "cnn", classes=10)


def test_a_file_that_holds_a_program_is_not_run(folder: Path, tmp_path: Path) -> None:
    class Program:
        def __reduce__(self) -> tuple[object, ...]:
            return Path.touch, (tmp_path / "ran",)

    torch.save(Program(), folder / models.SqueezeNet1_1_Weights.DEFAULT.url.rpartition("/")[2])

    with pytest.raises(Exception, match=r"[Ww]eights.only"):
        published.load_weights(fresh(10), KEY, classes=10)
    assert not (tmp_path / "ran").exists()
