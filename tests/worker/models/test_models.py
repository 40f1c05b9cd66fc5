"""The networks against the original report and the papers' counts."""

from pathlib import Path

import pytest
import torch

from worker.models import build, card
from worker.models.measure import structure
from worker.models.network import ImageTooSmall
from worker.models.registry import MODELS, UnknownModel

STRUCTURES = Path(__file__).parent.parent / "structures"

PARAMETERS = {
    "cnn": 62_006,
    "resnet18": 11_173_962,
    "densenet": 983_754,
    "se_resnet18_single": 11_206_730,
    "plain18": 11_000_138,
    "densenet100_bc": 769_162,
    "resnet20": 269_722,
    "resnet32": 464_154,
    "resnet44": 658_586,
    "resnet56": 853_018,
    "resnet110": 1_727_962,
}

FLOPS = {
    "cnn": 1_303_440,
    "resnet18": 1_110_845_440,
    "densenet": 43_808_608,
    "se_resnet18_single": 1_110_910_976,
}


DEPTHS = {
    "cnn": 5,
    "plain18": 18,
    "resnet18": 18,  # projections lie beside the main path
    "se_resnet18": 18,  # so do the gates of squeeze-and-excitation
    "se_resnet20": 20,
    "resnet56": 56,
    "densenet100_bc": 100,
}


@pytest.mark.parametrize("key", [file.stem for file in sorted(STRUCTURES.glob("*.txt"))])
def test_the_reports_networks_are_built_exactly_as_printed(key: str) -> None:
    model = build(key, classes=10, image_shape=(3, 32, 32))

    assert structure(model) == (STRUCTURES / f"{key}.txt").read_text().rstrip("\n")


@pytest.mark.parametrize("key", PARAMETERS)
def test_parameters_are_what_the_papers_count(key: str) -> None:
    assert card(key).parameters == PARAMETERS[key]


@pytest.mark.parametrize("key", FLOPS)
def test_flops_are_what_the_report_counts(key: str) -> None:
    assert card(key).flops == FLOPS[key]


@pytest.mark.parametrize("key", MODELS)
def test_the_layer_table_adds_up_to_the_card(key: str) -> None:
    found = card(key)

    assert sum(layer.parameters for layer in found.layers) == found.parameters
    assert sum(layer.flops for layer in found.layers) == found.flops
    assert found.layers[-1].output_shape == [10]


def test_a_layer_has_name_type_shape_and_cost() -> None:
    rows = card("cnn").layers

    assert [row.name for row in rows] == ["conv1", "pool", "conv2", "fc1", "fc2", "fc3"]
    assert rows[0].model_dump() == {
        "name": "conv1",
        "type": "Conv2d",
        "output_shape": [6, 28, 28],
        "parameters": 6 * 3 * 5 * 5 + 6,
        "flops": 2 * 28 * 28 * 6 * 3 * 5 * 5,
    }


@pytest.mark.parametrize(("key", "depth"), DEPTHS.items())
def test_depth_is_what_the_papers_call_it(key: str, depth: int) -> None:
    assert card(key).depth == depth


@pytest.mark.parametrize("key", MODELS)
def test_every_network_classifies_images_of_its_smallest_size_and_passes_gradients_on(key: str) -> None:
    side = MODELS[key].smallest
    assert side is not None
    model = build(key, classes=7, image_shape=(3, side, side))

    logits = model(torch.randn(4, 3, side, side))
    logits.sum().backward()

    assert logits.shape == (4, 7)
    assert all(parameter.grad is not None for parameter in model.parameters())


@pytest.mark.parametrize("other", ["plain18", "se_resnet18"])
def test_networks_of_18_layers_begin_alike_but_for_what_tells_them_apart(other: str) -> None:
    torch.manual_seed(0)
    residual = dict(build("resnet18", classes=10, image_shape=(3, 32, 32)).named_parameters())
    torch.manual_seed(0)
    twin = dict(build(other, classes=10, image_shape=(3, 32, 32)).named_parameters())

    shared = residual.keys() & twin.keys()
    assert all("shortcut" in name for name in residual.keys() - shared)
    assert len(shared) > 50
    for name in shared:
        if "shortcut" not in name:
            assert torch.equal(residual[name], twin[name]), name


@pytest.mark.parametrize("depth", [20, 56])
def test_a_plain_network_is_its_residual_twin_without_the_additions(depth: int) -> None:
    torch.manual_seed(0)
    residual = build(f"resnet{depth}", classes=10, image_shape=(3, 32, 32))
    torch.manual_seed(0)
    plain = build(f"plain{depth}", classes=10, image_shape=(3, 32, 32))

    assert structure(plain) == structure(residual)
    for (name, ours), (_, theirs) in zip(plain.named_parameters(), residual.named_parameters(), strict=True):
        assert torch.equal(ours, theirs), name
    images = torch.randn(2, 3, 32, 32)
    assert not torch.equal(plain(images), residual(images))


@pytest.mark.parametrize("kind", ["plain", "resnet"])
def test_a_network_without_normalisation_is_its_twin_with_biases_in_the_norms_stead(kind: str) -> None:
    torch.manual_seed(0)
    whole = build(f"{kind}20", classes=10, image_shape=(3, 32, 32))
    bare = build(f"{kind}20_nonorm", classes=10, image_shape=(3, 32, 32))

    assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in bare.modules())
    kept = {name: p.shape for name, p in whole.named_parameters() if not name.split(".")[-2].startswith("bn")}
    found = {name: p.shape for name, p in bare.named_parameters()}
    assert {name: found[name] for name in kept} == kept
    assert all(name.endswith("bias") and "conv" in name for name in set(found) - set(kept))
    assert card(f"{kind}20_nonorm").depth == 20


def test_an_unknown_network_is_refused_with_the_list() -> None:
    with pytest.raises(UnknownModel, match=r"no network 'resnet9000'\. Built-in networks: cnn, resnet18"):
        build("resnet9000", classes=10, image_shape=(3, 32, 32))


def test_images_that_are_too_small_are_refused_with_the_size_that_would_do() -> None:
    with pytest.raises(ImageTooSmall, match=r"at least 16 x 16 pixels; these are 8 x 8"):
        build("cnn", classes=10, image_shape=(3, 8, 8))
