"""Figures over depth: gradients and steps, block by block and layer by layer."""

from dataclasses import replace

import pytest

from backend.evidence.records import LayerGradients
from backend.figures.class_accuracy import Classes
from tests.backend.evidence.runs import run
from tests.backend.figures.drawings import RUNS, draw, named, notes, titles


def test_gradient_maps_go_by_depth_and_share_one_scale() -> None:
    figure = draw("gradients")
    deep, shallow = figure["data"]
    assert (deep["name"], shallow["name"]) == ("ResNet-18", "DenseNet")
    assert [row[0] for row in deep["z"]] == pytest.approx([-2, -1, 0])
    assert list(deep["x"]) == [0, 1, 2, 3]
    assert deep["coloraxis"] == shallow["coloraxis"] == "coloraxis"


def test_a_network_without_blocks_is_drawn_by_its_layers_weights_on_a_scale_of_their_own() -> None:
    """The title says so, also next to other maps."""
    cnn = [each for each in RUNS if each.spec.model == "cnn"]
    weights = {each.id: (LayerGradients(1, ("conv", "fc"), (0.01, 0.1)),) for each in cnn}
    alone = draw("gradients", cnn, weights)
    (heat,) = alone["data"]
    assert [row[0] for row in heat["z"]] == pytest.approx([-2, -1])
    assert alone["layout"][heat["coloraxis"]]["colorbar"]["title"]["text"] == "log10 weight-gradient norm"
    assert titles(alone) == ["Plain CNN (mean of 3 seeds)"]
    assert alone["layout"]["yaxis"]["title"]["text"] == "Layer, input to output"

    beside = draw("gradients", data=weights)
    assert [trace["coloraxis"] for trace in beside["data"]] == ["coloraxis2", "coloraxis", "coloraxis"]
    assert titles(beside)[0] == "Plain CNN, layers'<br>weights<br>(mean of 3 seeds)"

    ratios = draw("gradient-ratio", data=weights)
    assert list(named(ratios)["Plain CNN, layers' weights (3 runs)"]["y"]) == pytest.approx([-1])
    assert ratios["layout"]["yaxis"]["title"]["text"] == "log10(first / last)"


def test_rows_have_the_names_that_all_maps_share() -> None:
    deep = replace(
        run("densenet"), layers=(LayerGradients(1, tuple(f"features.block.{n}" for n in range(40)), (0.1,) * 40),)
    )
    axis = draw("gradients", [deep])["layout"]["yaxis"]
    assert (list(axis["tickvals"])[:3], list(axis["ticktext"])[:3]) == ([1, 4, 7], ["block.0", "block.3", "block.6"])
    assert "ticktext" not in draw("gradients")["layout"]["yaxis"], "each has its own"


@pytest.mark.parametrize("kind", ["gradients", "update-ratio", "class-accuracy"])
@pytest.mark.parametrize(("many", "says"), [(6, []), (8, ["First 6 of 8 configurations"])])
def test_maps_say_that_there_are_more(kind: str, many: int, says: list[str]) -> None:
    runs = [
        replace(run("cnn", learning_rate=0.1 / (1 + place)), layers=(LayerGradients(1, ("a", "b"), (0.1, 0.2)),))
        for place in range(many)
    ]
    data = {
        "update-ratio": {each.id: each.layers for each in runs},
        "class-accuracy": Classes({each.id: {1: [[1, 0], [0, 1]]} for each in runs}),
    }
    figure = draw(kind, runs, data.get(kind))
    assert (len(figure["data"]), notes(figure)) == (6, says)


def test_titles_of_many_maps_do_not_meet() -> None:
    """Axis titles do not overlap either: only the first has one, and not every epoch has a tick."""
    layers = tuple(LayerGradients(epoch, ("a", "b"), (0.1, 0.2)) for epoch in range(10))
    runs = [replace(run("resnet18", epochs=9, learning_rate=0.1 / 2**place), layers=layers) for place in range(6)]
    for many, first in ((2, ["ResNet-18 · lr 0.1", "ResNet-18 · lr 0.05"]), (6, ["ResNet-18<br>· lr 0.1"])):
        layout = draw("gradients", runs[:many])["layout"]
        assert [each["text"] for each in layout["annotations"]][: len(first)] == first
        axes = [axis for name, axis in layout.items() if name.startswith("xaxis")]
        titled = [axis for axis in axes if axis.get("title", {}).get("text")]
        assert (len(axes), len(titled), titled[0].get("dtick")) == ((2, 2, 1) if many == 2 else (6, 1, None))


def test_update_ratios_are_mapped_layer_by_layer() -> None:
    updates = {each.id: (LayerGradients(1, ("conv", "fc"), (0.01, 0.1)),) for each in RUNS if each.spec.model == "cnn"}
    (heat,) = draw("update-ratio", data=updates)["data"]
    assert [row[0] for row in heat["z"]] == pytest.approx([-2, -1])
    assert heat["text"][1] == ["fc"]


def test_gradient_ratios_are_means_of_logarithms() -> None:
    assert list(named(draw("gradient-ratio"))["ResNet-18 (3 runs)"]["y"]) == pytest.approx([-2] * 4)
