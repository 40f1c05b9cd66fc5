"""torchvision's networks: all are offered, and their image sizes are found by trial."""

import pytest
import torch

from worker.models import build, zoo
from worker.models.network import ImageTooSmall


def test_every_classification_network_is_on_offer_without_being_measured() -> None:
    cards = zoo.plain_cards()

    assert {"torchvision.resnet18", "torchvision.vit_b_16", "torchvision.inception_v3"} <= {card.key for card in cards}
    assert not any(card.measured or card.error for card in cards)
    assert cards[0].source is not None
    assert cards[0].source.startswith("torchvision ")


@pytest.mark.parametrize(
    ("name", "smallest", "depth"),
    [
        ("alexnet", 63, 8),
        ("inception_v3", 75, 48),
        ("resnet18", 1, 18),
        ("regnet_y_400mf", 1, 50),
        ("vit_b_16", 16, 50),  # patches of 16; four linear layers a block, the patches' and the last
    ],
)
def test_a_networks_numbers_and_its_smallest_image_are_found_by_trying(name: str, smallest: int, depth: int) -> None:
    card = zoo.measured_card(f"torchvision.{name}")

    assert (card.smallest, card.depth, card.error) == (smallest, depth, None)
    assert card.image_shape == (3, max(32, smallest), max(32, smallest))
    assert sum(layer.parameters for layer in card.layers) == card.parameters
    assert sum(layer.flops for layer in card.layers) == card.flops


@pytest.mark.parametrize(("name", "side"), [("googlenet", 32), ("squeezenet1_1", 17), ("vit_b_16", 16)])
def test_a_network_gives_logits_of_the_datas_classes_and_nothing_else(name: str, side: int) -> None:
    model = build(f"torchvision.{name}", classes=7, image_shape=(3, side, side)).train()

    assert model(torch.randn(2, 3, side, side)).shape == (2, 7)


def test_images_that_are_too_small_are_refused_with_the_size_that_would_do() -> None:
    with pytest.raises(ImageTooSmall, match=r"torchvision\.alexnet needs images of at least 63 x 63 pixels"):
        build("torchvision.alexnet", classes=10, image_shape=(3, 32, 32))


def test_images_of_a_size_that_does_not_divide_are_refused_with_torchvisions_reason() -> None:
    with pytest.raises(zoo.ImageRefused, match=r"does not accept images of 40 x 40 pixels: .*divisible by patch size"):
        build("torchvision.vit_b_16", classes=10, image_shape=(3, 40, 40))


def test_a_name_that_torchvision_does_not_have_is_refused() -> None:
    with pytest.raises(zoo.UnknownZooModel, match="no classification network 'resnet9000'"):
        build("torchvision.resnet9000", classes=10, image_shape=(3, 32, 32))


def test_the_card_of_a_network_that_cannot_be_measured_has_the_error() -> None:
    card = zoo.measured_card("torchvision.resnet9000")

    assert not card.measured
    assert "no classification network 'resnet9000'" in (card.error or "")
