"""Figures from cells: what is drawn, and what is said when nothing can be."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backend.evidence.answer import evidence
from backend.evidence.cells import cells
from backend.evidence.claim import built_in
from backend.evidence.labels import labels
from backend.evidence.measures import Measure
from backend.evidence.records import LayerGradients, NetworkFacts, RunRecord
from backend.figures.kinds import KINDS
from backend.figures.material import CannotDraw, Material, drawn
from backend.figures.style import DASHES, HUES, MARKERS, looks
from skiplab.contract.metrics import Metric
from skiplab.contract.telemetry import SystemSample
from tests.backend.evidence.runs import BEGIN, network, run, series

NETWORKS = {
    key: NetworkFacts(key, label)
    for key, label in (("cnn", "Plain CNN"), ("resnet18", "ResNet-18"), ("densenet", "DenseNet"))
}
HEIGHTS = {"cnn": 0.5, "resnet18": 0.8, "densenet": 0.7}


def trained(model: str, seed: int) -> RunRecord:
    high = HEIGHTS[model] + 0.01 * seed
    curve = [0.3 * high, 0.7 * high, high]
    made = run(
        model, seed, accuracy=curve, train=[v + 0.05 for v in curve], loss=[2, 1.5, 1.2], seconds=[10 + seed] * 3
    )
    fading = (0.01, 0.1, 1.0) if model == "resnet18" else (0.5, 0.7)
    layers = tuple(LayerGradients(epoch, ("a", "b", "c")[: len(fading)], fading) for epoch in range(4))
    return replace(made, layers=() if model == "cnn" else layers)


RUNS = [trained(model, seed) for model in HEIGHTS for seed in range(3)]


def material(runs: Sequence[RunRecord] = RUNS, **fields: Any) -> Material:
    groups = cells(runs)
    return Material(drawn(groups, labels(groups, NETWORKS), NETWORKS, "light"), NETWORKS, **fields)


def draw(kind: str, runs: Sequence[RunRecord] = RUNS, **fields: Any) -> dict[str, Any]:
    made: dict[str, Any] = KINDS[kind].build(material(runs, **fields)).to_plotly_json()
    return made


def named(figure: Mapping[str, Any]) -> dict[str, Any]:
    return {trace["name"]: trace for trace in figure["data"] if trace.get("name")}


def test_a_curve_is_the_mean_with_a_band_over_the_seeds() -> None:
    figure = draw("curves")
    line = named(figure)["Plain CNN (3 runs)"]
    assert list(line["x"]) == [1, 2, 3]
    assert list(line["y"]) == pytest.approx([0.3 * 0.51, 0.7 * 0.51, 0.51])
    (band,) = [trace for trace in figure["data"] if trace["uid"] == f"{line['uid']}-band"]
    assert list(band["x"]) == [1, 2, 3, 3, 2, 1]
    assert band["y"][2] > 0.51 > band["y"][3]


def test_two_seeds_draw_no_band() -> None:
    figure = draw("curves", [each for each in RUNS if each.spec.seed < 2])
    assert len(figure["data"]) == 3


@pytest.mark.parametrize("kind", ["curves", "gap", "accuracy", "gradients", "gradient-ratio"])
def test_a_seed_that_ran_twice_is_drawn_once(kind: str) -> None:
    """And makes no band narrower than three seeds do."""
    repeated = [replace(each, id=each.id + 1000) for each in RUNS if each.spec.seed == 2]
    assert draw(kind, [*RUNS, *repeated]) == draw(kind)


@pytest.mark.parametrize(("kind", "kept"), [("confusion-difference", "confusions"), ("class-accuracy", "histories")])
def test_a_seed_that_ran_twice_is_counted_once_among_classes(kind: str, kept: str) -> None:
    two = [each for each in RUNS if each.spec.model != "densenet"]
    repeated = [replace(each, id=each.id + 1000) for each in two if each.spec.seed == 2]
    every = [*two, *repeated]
    tables = {each.id: [[each.spec.seed, 2], [1, 1 + place]] for place, each in enumerate(every)}
    given = {kept: tables if kept == "confusions" else {id: {1: table} for id, table in tables.items()}}
    assert draw(kind, every, **given) == draw(kind, two, **given)


def test_the_gap_is_what_training_is_ahead() -> None:
    assert list(named(draw("gap"))["ResNet-18 (3 runs)"]["y"]) == pytest.approx([0.05] * 3)


def test_the_front_leaves_out_who_is_beaten_in_both() -> None:
    worse = [
        replace(each, id=each.id + 1000, spec=each.spec.model_copy(update={"learning_rate": 0.3})) for each in RUNS
    ]
    beaten = [
        replace(each, series={**each.series, Metric.TEST_ACCURACY: RUNS[0].series[Metric.TEST_ACCURACY]})
        for each in worse
        if each.spec.model == "resnet18"
    ]
    front = named(draw("cost", [*RUNS, *beaten]))["Pareto front"]
    assert list(front["x"]) == [62_006, 983_754, 11_173_962]
    assert list(front["y"]) == pytest.approx([0.51, 0.71, 0.81])


@pytest.mark.parametrize("x", [Measure.PARAMETERS, Measure.FLOPS, Measure.SECONDS_PER_EPOCH])
def test_accuracy_stands_against_every_cost(x: Measure) -> None:
    assert len(draw("cost", x=x)["data"]) == 4


def test_a_best_accuracy_says_which_set_chose_its_epoch() -> None:
    split = [
        replace(each, series={**each.series, Metric.VAL_ACCURACY: series(0.3, 0.9, 0.5)})
        for each in RUNS
        if each.spec.model == "cnn"
    ]
    others = [each for each in RUNS if each.spec.model == "resnet18"]
    for runs, says in ((others, "test"), (split, "validation"), ([*split, *others], "validation or test")):
        assert draw("cost", runs)["layout"]["yaxis"]["title"]["text"] == f"Best test accuracy, selected on {says}"
        last = draw("parallel", runs)["data"][0]["dimensions"][-1]
        assert last["label"] == f"Best test accuracy<br>selected on {says}"
    points = named(draw("cost", [*split, *others]))
    assert list(points["Plain CNN (3 runs)"]["y"]) == pytest.approx([0.7 * 0.51]), "the test accuracy of that epoch"
    assert "selected on validation," in points["Plain CNN (3 runs)"]["hovertemplate"]
    assert "selected on test," in points["ResNet-18 (3 runs)"]["hovertemplate"]


def test_bars_are_cut_at_the_common_budget_and_say_who_arrived() -> None:
    figure = draw("targets", target=0.6)
    bars = {trace["y"][0]: trace for trace in figure["data"]}
    assert list(bars["Plain CNN"]["x"]) == [3]
    assert bars["Plain CNN"]["text"][0] == "0 of 3 got there"
    assert bars["ResNet-18"]["text"][0] == "3 of 3 got there"
    assert figure["layout"]["shapes"][0]["x0"] == 3


def test_a_forest_has_a_row_for_every_deciding_part_with_an_interval() -> None:
    sets = evidence(built_in(), RUNS, NETWORKS)
    figure = draw("forest", sets=sets)
    rows = figure["layout"]["yaxis"]["categoryarray"]
    assert any(row.startswith("C5 ") for row in rows)
    assert len(figure["layout"]["shapes"]) == len(rows)
    assert "supported" in named(figure)


def test_an_effect_far_out_leaves_room_for_the_others() -> None:
    """ResNet-18 takes a thousand standard deviations longer an epoch; the arrow says that the axis ends before."""
    slow = [
        replace(each, series={**each.series, Metric.EPOCH_SECONDS: series(*[1000 + each.spec.seed] * 3)})
        if each.spec.model == "resnet18"
        else each
        for each in RUNS
    ]
    figure = draw("forest", slow, sets=evidence(built_in(), slow, NETWORKS))
    reach = figure["layout"]["xaxis"]["range"][1]
    places = [x for trace in figure["data"] for x in trace["x"]]
    symbols = [symbol for trace in figure["data"] for symbol in trace["marker"]["symbol"]]
    assert max(map(abs, places)) < reach < 300
    assert "triangle-left" in symbols


def test_gradient_maps_go_by_depth_and_share_one_scale() -> None:
    figure = draw("gradients")
    deep, shallow = figure["data"]
    assert (deep["name"], shallow["name"]) == ("ResNet-18", "DenseNet")
    assert [row[0] for row in deep["z"]] == pytest.approx([-2, -1, 0])
    assert list(deep["x"]) == [0, 1, 2, 3]
    assert deep["coloraxis"] == shallow["coloraxis"] == "coloraxis"


def test_a_network_without_blocks_is_drawn_by_its_layers_weights_on_a_scale_of_their_own() -> None:
    """And says so, beside others in its title as well."""
    cnn = [each for each in RUNS if each.spec.model == "cnn"]
    weights = {each.id: (LayerGradients(1, ("conv", "fc"), (0.01, 0.1)),) for each in cnn}
    alone = draw("gradients", cnn, weights=weights)
    (heat,) = alone["data"]
    assert [row[0] for row in heat["z"]] == pytest.approx([-2, -1])
    assert alone["layout"][heat["coloraxis"]]["colorbar"]["title"]["text"] == "log10 of weights' gradient"
    assert titles(alone) == ["Plain CNN (mean of 3 seeds)"]
    assert alone["layout"]["yaxis"]["title"]["text"] == "Layer, from the input on"

    beside = draw("gradients", weights=weights)
    assert [trace["coloraxis"] for trace in beside["data"]] == ["coloraxis2", "coloraxis", "coloraxis"]
    assert titles(beside)[0] == "Plain CNN, layers'<br>weights<br>(mean of 3 seeds)"

    ratios = draw("gradient-ratio", weights=weights)
    assert list(named(ratios)["Plain CNN, layers' weights (3 runs)"]["y"]) == pytest.approx([-1])
    assert ratios["layout"]["yaxis"]["title"]["text"] == "log10 of first by last weights or block"


def test_rows_have_the_names_that_all_maps_share() -> None:
    deep = replace(
        run("densenet"), layers=(LayerGradients(1, tuple(f"features.block.{n}" for n in range(40)), (0.1,) * 40),)
    )
    axis = draw("gradients", [deep])["layout"]["yaxis"]
    assert (list(axis["tickvals"])[:3], list(axis["ticktext"])[:3]) == ([1, 4, 7], ["block.0", "block.3", "block.6"])
    assert "ticktext" not in draw("gradients")["layout"]["yaxis"], "each has its own"


def titles(figure: Mapping[str, Any]) -> list[str]:
    texts = [each["text"].replace("\N{NO-BREAK SPACE}", " ") for each in figure["layout"]["annotations"]]
    return [text for text in texts if not text.startswith("The first")]


def notes(figure: Mapping[str, Any]) -> list[str]:
    return [each["text"] for each in figure["layout"].get("annotations", ()) if each["text"].startswith("The first")]


@pytest.mark.parametrize("kind", ["gradients", "update-ratio", "class-accuracy"])
@pytest.mark.parametrize(("many", "says"), [(6, []), (8, ["The first 6 of 8 cells"])])
def test_maps_say_that_there_are_more(kind: str, many: int, says: list[str]) -> None:
    runs = [
        replace(run("cnn", learning_rate=0.1 / (1 + place)), layers=(LayerGradients(1, ("a", "b"), (0.1, 0.2)),))
        for place in range(many)
    ]
    given = {
        "updates": {each.id: each.layers for each in runs},
        "histories": {each.id: {1: [[1, 0], [0, 1]]} for each in runs},
    }
    figure = draw(kind, runs, **given)
    assert (len(figure["data"]), notes(figure)) == (6, says)


def test_titles_of_many_maps_do_not_meet() -> None:
    """Nor do those of their axes: the first has one for all, and no map is as wide as a tick at every epoch."""
    layers = tuple(LayerGradients(epoch, ("a", "b"), (0.1, 0.2)) for epoch in range(10))
    runs = [replace(run("resnet18", epochs=9, learning_rate=0.1 / 2**place), layers=layers) for place in range(6)]
    for many, titles in ((2, ["ResNet-18 · lr 0.1", "ResNet-18 · lr 0.05"]), (6, ["ResNet-18<br>· lr 0.1"])):
        layout = draw("gradients", runs[:many])["layout"]
        assert [each["text"] for each in layout["annotations"]][: len(titles)] == titles
        axes = [axis for name, axis in layout.items() if name.startswith("xaxis")]
        told = [axis for axis in axes if axis.get("title", {}).get("text")]
        assert (len(axes), len(told), told[0].get("dtick")) == ((2, 2, 1) if many == 2 else (6, 1, None))


def test_parallel_axes_say_that_more_differs() -> None:
    other = {"epochs": 3, "batch_size": 64, "learning_rate": 0.3, "label_smoothing": 0.1, "ema": 0.9, "cutout": 4}
    runs = [run("cnn", accuracy=[0.4], mixup=0.2), run("cnn", 1, accuracy=[0.5], **other)]
    figure = draw("parallel", runs)
    assert len(figure["data"][0]["dimensions"]) == 6 + 1
    assert notes(figure) == ["The first 6 of 8 fields that differ"]
    assert notes(draw("parallel", [run("cnn", seed, accuracy=[0.5]) for seed in range(2)])) == []


def test_update_ratios_are_mapped_layer_by_layer() -> None:
    updates = {each.id: (LayerGradients(1, ("conv", "fc"), (0.01, 0.1)),) for each in RUNS if each.spec.model == "cnn"}
    (heat,) = draw("update-ratio", updates=updates)["data"]
    assert [row[0] for row in heat["z"]] == pytest.approx([-2, -1])
    assert heat["text"][1] == ["fc"]


def test_gradient_ratios_are_means_of_logarithms() -> None:
    assert list(named(draw("gradient-ratio"))["ResNet-18 (3 runs)"]["y"]) == pytest.approx([-2] * 4)


def test_confusions_of_two_networks_are_subtracted_class_by_class() -> None:
    runs = [each for each in RUNS if each.spec.model != "densenet"]
    sure, unsure = [[10, 0], [0, 20]], [[5, 5], [5, 15]]
    confusions = {each.id: sure if each.spec.model == "cnn" else unsure for each in runs}
    figure = draw("confusion-difference", runs, confusions=confusions, classes=["cat", "dog"])
    (heat,) = figure["data"]
    assert heat["z"] == [[0.5, -0.5], [-0.25, 0.25]]
    assert list(heat["x"]) == ["cat", "dog"]
    assert (heat["zmin"], heat["zmax"]) == (-0.5, 0.5)


def test_classes_are_mapped_by_the_share_that_is_recognised() -> None:
    two = [each for each in RUNS if each.spec.model == "cnn"][:2]
    tables = [[[3, 1, 0], [0, 2, 2], [0, 0, 0]], [[4, 0, 0], [0, 4, 0], [0, 0, 0]]]
    histories = {each.id: {1: table, 2: table} for each, table in zip(two, tables, strict=True)}
    figure = draw("class-accuracy", two, histories=histories, classes=["cat", "dog", "never tested"])
    (heat,) = figure["data"]
    assert list(heat["x"]) == [1, 2]
    assert list(heat["y"]) == ["cat", "dog", "never tested"]
    assert [list(row) for row in heat["z"]] == [[0.875, 0.875], [0.75, 0.75], [None, None]]
    assert titles(figure) == ["(mean of 2 seeds)"]


def test_maps_of_data_with_other_classes_have_rows_of_their_own() -> None:
    cnn, other = (each for each in RUNS if each.spec.seed == 0 and each.spec.model in ("cnn", "resnet18"))
    histories = {cnn.id: {1: [[1, 0], [0, 1]]}, other.id: {1: [[2, 0, 0], [1, 1, 0], [0, 0, 4]]}}
    names = {cnn.id: ["cat", "dog"], other.id: ["cat", "dog", "cow"]}

    figure = draw("class-accuracy", [cnn, other], histories=histories, own_classes=names, most=2)

    two, three = figure["data"]
    assert (list(two["y"]), two["yaxis"]) == (["cat", "dog"], "y")
    assert (list(three["y"]), three["yaxis"]) == (["cat", "dog"], "y2")
    assert [list(row) for row in three["z"]] == [[1], [0.5]]
    assert "matches" not in figure["layout"]["yaxis2"]
    assert ["of 3 classes" in title.replace("<br>", " ") for title in titles(figure)] == [False, True]


@pytest.mark.parametrize("kind", ["class-accuracy", "confusion-difference"])
def test_names_that_were_guessed_wrongly_are_not_put_beside_the_classes(kind: str) -> None:
    cnn, other = (each for each in RUNS if each.spec.seed == 0 and each.spec.model in ("cnn", "resnet18"))
    tables = {each.id: [[1, 0, 0], [0, 1, 0], [0, 0, 1]] for each in (cnn, other)}
    histories = {run_id: {1: table} for run_id, table in tables.items()}

    figure = draw(kind, [cnn, other], histories=histories, confusions=tables, classes=["cat", "dog"])

    assert list(figure["data"][0]["y"]) == ["0", "1", "2"]


def test_of_a_thousand_classes_the_figures_draw_those_that_err_most() -> None:
    cnn, other = (each for each in RUNS if each.spec.seed == 0 and each.spec.model in ("cnn", "resnet18"))
    names = [f"a class whose name is rather long, number {place}" for place in range(1000)]
    right = np.eye(1000, dtype=int) * 5
    wrong = right.copy()
    wrong[700, 700], wrong[700, 20] = 1, 4
    tables = {cnn.id: wrong.tolist(), other.id: right.tolist()}

    difference = draw("confusion-difference", [cnn, other], confusions=tables, classes=names, most=10)
    (heat,) = difference["data"]
    assert {names[700], names[20]} <= set(heat["y"])
    assert (len(heat["x"]), np.array(heat["z"]).shape) == (10, (10, 10))
    assert "the 10 of 1000 classes that differ most" in difference["layout"]["title"]["text"]
    assert all(len(text) <= 24 for text in difference["layout"]["xaxis"]["ticktext"])

    recalls = draw("class-accuracy", [cnn], histories={cnn.id: {1: tables[cnn.id]}}, classes=names, most=30)
    assert (names[700] in recalls["data"][0]["y"], len(recalls["data"][0]["y"])) == (True, 30)
    assert titles(recalls) == ["the 30 least recognised of 1000 classes"]
    assert recalls["layout"]["height"] > 30 * 12


def test_classes_of_one_name_keep_rows_of_their_own() -> None:
    (one, *_) = RUNS
    figure = draw("class-accuracy", [one], histories={one.id: {1: [[1, 0], [0, 1]]}}, classes=["crane", "crane"])
    assert list(figure["data"][0]["y"]) == ["crane", "crane (2)"]


def test_parallel_axes_are_what_differs_and_what_came_of_it() -> None:
    runs = [
        run("cnn", seed, accuracy=[0.1, high], seconds=[3, 3], learning_rate=rate)
        for seed, (rate, high) in enumerate([(0.1, 0.4), (0.01, 0.6), (0.1, 0.5)])
    ]
    figure = draw("parallel", runs)
    (lines,) = figure["data"]
    assert figure["layout"]["width"] > 100 * len(lines["dimensions"]), "names of axes must not meet"
    axes = {axis["label"]: axis for axis in lines["dimensions"]}
    best = "Best test accuracy<br>selected on test"
    assert list(axes) == ["Learning rate", "Seed", "Seconds per epoch", best]
    assert list(axes["Learning rate"]["ticktext"]) == ["0.01", "0.1"]
    assert list(axes["Learning rate"]["values"]) == [1, 0, 1]
    assert list(axes[best]["values"]) == [0.4, 0.6, 0.5]


def test_the_load_has_a_gap_between_attempts() -> None:
    (one, *_) = RUNS
    figure = draw("load", [one], loads={one.id: looks_at([0, 5, 600, 605])})
    lines = named(figure)
    assert lines.keys() == {"CPU", "Trainer's memory"}
    assert list(lines["CPU"]["x"]) == pytest.approx([0, 5 / 60, 5 / 60, 10, 605 / 60, 605 / 60])
    assert [value is None for value in lines["CPU"]["y"]] == [False, False, True, False, False, True]


def test_a_long_load_is_drawn_by_means_and_says_so() -> None:
    (one, *_) = RUNS
    figure = draw("load", [one], loads={one.id: looks_at(range(0, 5 * 1200, 5))})
    assert len(named(figure)["CPU"]["x"]) == 600 + 1
    assert "mean of 2 looks" in figure["layout"]["xaxis2"]["title"]["text"]


def looks_at(seconds: Iterable[float]) -> list[SystemSample]:
    """Of a machine without a GPU."""
    return [SystemSample(time=BEGIN + timedelta(seconds=each), cpu=0.5, memory=2**30) for each in seconds]


@pytest.mark.parametrize("kind", KINDS)
def test_without_measurements_a_figure_says_what_it_needs(kind: str) -> None:
    with pytest.raises(CannotDraw, match=r"\w{4}"):
        draw(kind, [run("cnn", 0)])


@pytest.mark.parametrize("kind", KINDS)
def test_plotly_can_tell_every_trace_apart(kind: str) -> None:
    """And its ids make good CSS selectors."""
    two = [each for each in RUNS if each.spec.model != "densenet"]
    fields = {
        "sets": evidence(built_in(), RUNS, NETWORKS),
        "confusions": {each.id: [[1, 0], [0, 1]] for each in two},
        "histories": {each.id: {1: [[1, 0], [0, 1]]} for each in two},
        "updates": {each.id: (LayerGradients(1, ("a",), (0.1,)),) for each in two},
        "loads": {each.id: looks_at([0, 5]) for each in two},
    }
    figure = draw(kind, two, **fields)
    uids = [trace["uid"] for trace in figure["data"]]
    assert len(set(uids)) == len(uids)
    assert all(re.fullmatch(r"[a-z0-9-]+", uid) for uid in uids)


def test_colours_are_the_page_s() -> None:
    palette = (Path(__file__).parents[3] / "frontend" / "src" / "theme" / "palette.ts").read_text()
    for scheme, hues in HUES.items():
        found = re.search(rf"\b{scheme}: \[([^\]]*)\]", palette)
        assert found is not None
        assert re.findall(r"#[0-9a-f]{6}", found[1]) == list(hues)


def test_so_are_dashes_and_markers_which_never_meet_twice_in_thirty_six_cells_of_a_network() -> None:
    palette = (Path(__file__).parents[3] / "frontend" / "src" / "theme" / "palette.ts").read_text()
    for name, ours in (("MARKERS", MARKERS), ("DASHES", DASHES)):
        found = re.search(rf"const {name} = \[([^\]]*)\]", palette)
        assert found is not None
        assert tuple(re.findall(r"'([a-z-]+)'", found[1])) == ours

    many = looks(["net0"] * 36, ["net0"], "light")
    assert len({(look.dash, look.marker) for look in many}) == 36


def test_a_network_has_one_colour_and_its_cells_differ_in_dash() -> None:
    catalogue = [f"net{place}" for place in range(20)]
    first, second, far = looks(["net0", "net0", "net15"], catalogue, "light")
    assert first.colour == second.colour == HUES["light"][0]
    assert (first.dash, second.dash) == DASHES[:2]
    assert far.colour != first.colour


def test_no_number_is_lost_to_json() -> None:
    """Numpy arrays would travel as base64, which the page's live figures cannot extend."""

    def plain(value: Any) -> bool:
        if isinstance(value, dict):
            return all(plain(each) for each in value.values())
        if isinstance(value, list | tuple):
            return all(plain(each) for each in value)
        return (
            value is None or isinstance(value, str | bool | int) or (isinstance(value, float) and math.isfinite(value))
        )

    for kind in ("curves", "gap", "cost", "targets", "gradients"):
        assert plain(draw(kind)), kind


def test_a_cost_is_that_of_the_runs_own_images_and_what_is_not_known_is_said() -> None:
    wide = [replace(each, network=network(5_406_691, 9_000_000, side=64)) for each in RUNS if each.spec.model == "cnn"]
    unknown = [replace(each, network=None) for each in RUNS if each.spec.model == "densenet"]
    others = [each for each in RUNS if each.spec.model == "resnet18"]

    figure = draw("cost", [*wide, *unknown, *others])

    points = named(figure)
    assert list(points["Plain CNN (3 runs)"]["x"]) == [5_406_691]
    assert "DenseNet (3 runs)" not in points
    assert [note["text"] for note in figure["layout"]["annotations"]] == ["Not drawn, Parameters not known: DenseNet"]


def test_epochs_that_were_not_read_are_gaps_and_said() -> None:
    one = run("cnn", 0, accuracy=[0.5])
    table = [[3, 1], [0, 4]]

    figure = draw("class-accuracy", [one], histories={one.id: {3: table, 6: table}}, classes=["cat", "dog"])

    (heat,) = figure["data"]
    assert list(heat["x"]) == [3, 4, 5, 6]
    assert list(heat["z"][0]) == [0.75, None, None, 0.75]
    assert titles(figure) == ["2 of 6 epochs"]
