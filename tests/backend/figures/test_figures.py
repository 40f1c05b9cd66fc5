"""Figures of cells, and messages if they cannot be drawn."""

import math
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from backend.evidence.claim import built_in
from backend.evidence.evaluate import evaluate
from backend.evidence.records import LayerGradients
from backend.figures.class_accuracy import Classes
from backend.figures.class_names import ClassNames
from backend.figures.confusion_difference import Confusions
from backend.figures.context import CannotDraw
from backend.figures.kinds import FigureKind
from backend.figures.options import Cost
from backend.figures.style import styles
from skiplab.contract import palette
from skiplab.contract.catalog import ModelCard
from skiplab.contract.metrics import Metric
from skiplab.contract.palette import DASHES, HUES, MARKERS, hues_of
from skiplab.contract.telemetry import SystemSample
from tests.backend.evidence.runs import BEGIN, network, run, series
from tests.backend.figures.drawings import NETWORKS, RUNS, draw, named, notes, titles


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
    """A repeated seed makes no band narrower."""
    repeated = [replace(each, id=each.id + 1000) for each in RUNS if each.spec.seed == 2]
    assert draw(kind, [*RUNS, *repeated]) == draw(kind)


def test_the_gap_is_training_minus_test_accuracy() -> None:
    assert list(named(draw("gap"))["ResNet-18 (3 runs)"]["y"]) == pytest.approx([5.0] * 3)  # percentage points


def test_the_pareto_front_excludes_dominated_networks() -> None:
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


@pytest.mark.parametrize("x", Cost)
def test_accuracy_stands_against_every_cost(x: Cost) -> None:
    assert len(draw("cost", x=x)["data"]) == 4


def test_a_best_accuracy_says_which_set_selected_its_epoch() -> None:
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


def test_bars_are_restricted_to_the_common_budget_and_say_how_many_reached_it() -> None:
    figure = draw("targets", target=0.6)
    bars = {trace["y"][0]: trace for trace in figure["data"]}
    assert list(bars["Plain CNN"]["x"]) == [3]
    assert bars["Plain CNN"]["text"][0] == "0 of 3 reached"
    assert bars["ResNet-18"]["text"][0] == "3 of 3 reached"
    assert figure["layout"]["shapes"][0]["x0"] == 3


def test_a_forest_has_a_row_for_every_deciding_part_with_an_interval() -> None:
    sets = evaluate(built_in(), RUNS, NETWORKS)
    figure = draw("forest", data=sets)
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
    figure = draw("forest", slow, evaluate(built_in(), slow, NETWORKS))
    reach = figure["layout"]["xaxis"]["range"][1]
    places = [x for trace in figure["data"] for x in trace["x"]]
    symbols = [symbol for trace in figure["data"] for symbol in trace["marker"]["symbol"]]
    assert max(map(abs, places)) < reach < 300
    assert "triangle-left" in symbols


def test_parallel_axes_say_that_more_differs() -> None:
    other: dict[str, Any] = {
        "epochs": 3,
        "batch_size": 64,
        "learning_rate": 0.3,
        "label_smoothing": 0.1,
        "ema": 0.9,
        "cutout": 4,
    }
    runs = [run("cnn", accuracy=[0.4], mixup=0.2), run("cnn", 1, accuracy=[0.5], **other)]
    figure = draw("parallel", runs)
    assert len(figure["data"][0]["dimensions"]) == 6 + 1
    assert notes(figure) == ["First 6 of 8 differing fields"]
    assert notes(draw("parallel", [run("cnn", seed, accuracy=[0.5]) for seed in range(2)])) == []


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


def test_parallel_axes_leave_room_for_the_longest_network_and_the_last_name() -> None:
    long = "torchvision.mobilenet_v3_large"
    margins = draw("parallel", [run("cnn", accuracy=[0.4]), run(long, accuracy=[0.5])])["layout"]["margin"]
    assert margins["l"] > 6.5 * len(long)
    assert margins["r"] > 6.5 * len("selected on validation") / 2


def test_the_load_has_a_gap_between_attempts() -> None:
    (one, *_) = RUNS
    figure = draw("load", [one], {one.id: samples_at([0, 5, 600, 605])})
    lines = named(figure)
    assert lines.keys() == {"CPU", "Trainer's memory"}
    assert list(lines["CPU"]["x"]) == pytest.approx([0, 5 / 60, 5 / 60, 10, 605 / 60, 605 / 60])
    assert [value is None for value in lines["CPU"]["y"]] == [False, False, True, False, False, True]


@pytest.mark.parametrize(("last", "end", "title"), [(25, 25, "Seconds since start"), (180, 3, "Minutes since start")])
def test_the_load_of_a_short_run_is_drawn_over_seconds(last: int, end: float, title: str) -> None:
    (one, *_) = RUNS
    figure = draw("load", [one], {one.id: samples_at(range(0, last + 1, 5))})

    assert max(named(figure)["CPU"]["x"]) == end
    assert figure["layout"]["xaxis2"]["title"]["text"] == title


def test_a_long_load_curve_is_averaged_and_labelled() -> None:
    (one, *_) = RUNS
    figure = draw("load", [one], {one.id: samples_at(range(0, 5 * 1200, 5))})
    assert len(named(figure)["CPU"]["x"]) == 600 + 1
    assert "mean of 2 samples" in figure["layout"]["xaxis2"]["title"]["text"]


def samples_at(seconds: Iterable[float]) -> list[SystemSample]:
    """Of a machine without a GPU."""
    return [SystemSample(time=BEGIN + timedelta(seconds=each), cpu=0.5, memory=2**30) for each in seconds]


@pytest.mark.parametrize("kind", FigureKind)
def test_without_measurements_a_figure_says_what_it_needs(kind: str) -> None:
    with pytest.raises(CannotDraw, match=r"\w{4}"):
        draw(kind, [run("cnn", 0)])


@pytest.mark.parametrize("kind", FigureKind)
def test_plotly_can_tell_every_trace_apart(kind: str) -> None:
    """And its ids make good CSS selectors."""
    two = [each for each in RUNS if each.spec.model != "densenet"]
    data = {
        FigureKind.FOREST: evaluate(built_in(), RUNS, NETWORKS),
        FigureKind.CONFUSION_DIFFERENCE: Confusions({each.id: [[1, 0], [0, 1]] for each in two}),
        FigureKind.CLASS_ACCURACY: Classes({each.id: {1: [[1, 0], [0, 1]]} for each in two}),
        FigureKind.UPDATE_RATIO: {each.id: (LayerGradients(1, ("a",), (0.1,)),) for each in two},
        FigureKind.LOAD: {each.id: samples_at([0, 5]) for each in two},
    }
    figure = draw(kind, two, data.get(FigureKind(kind)))
    uids = [trace["uid"] for trace in figure["data"]]
    assert len(set(uids)) == len(uids)
    assert all(re.fullmatch(r"[a-z0-9-]+", uid) for uid in uids)


def test_the_page_takes_colours_dashes_and_markers_from_the_same_list() -> None:
    served = ModelCard.model_json_schema()["x-palette"]
    assert (served["hues"], served["dashes"], served["markers"]) == (HUES, DASHES, MARKERS)


def test_dash_and_marker_never_meet_twice_in_thirty_six_cells_of_a_network() -> None:
    many = styles(["cnn"] * 36, "light")
    assert len({(style.dash, style.marker) for style in many}) == 36


def test_a_network_has_one_colour_and_its_cells_differ_in_dash() -> None:
    first, second, far = styles(["cnn", "cnn", "mine"], "light")
    assert first.colour == second.colour == HUES["light"][0]
    assert (first.dash, second.dash) == DASHES[:2]
    assert far.colour != first.colour


def test_a_new_network_changes_the_colour_of_none_that_owns_one() -> None:
    owned = {key: place for place, key in enumerate(palette.NETWORKS[: len(HUES["light"])])}
    assert {key: hues_of([key])[key] for key in owned} == owned
    assert hues_of(["a_new_one", *reversed(palette.NETWORKS), "zoo"]).items() >= owned.items()


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


def test_costs_are_those_of_the_runs_own_image_size_and_unknown_ones_are_noted() -> None:
    wide = [replace(each, network=network(5_406_691, 9_000_000, side=64)) for each in RUNS if each.spec.model == "cnn"]
    unknown = [replace(each, network=None) for each in RUNS if each.spec.model == "densenet"]
    others = [each for each in RUNS if each.spec.model == "resnet18"]

    figure = draw("cost", [*wide, *unknown, *others])

    points = named(figure)
    assert list(points["Plain CNN (3 runs)"]["x"]) == [5_406_691]
    assert "DenseNet (3 runs)" not in points
    assert [note["text"] for note in figure["layout"]["annotations"]] == ["Not shown, parameters unknown: DenseNet"]


def test_unread_epochs_are_gaps_and_noted() -> None:
    one = run("cnn", 0, accuracy=[0.5])
    table = [[3, 1], [0, 4]]

    figure = draw("class-accuracy", [one], Classes({one.id: {3: table, 6: table}}, ClassNames(["cat", "dog"])))

    (heat,) = figure["data"]
    assert list(heat["x"]) == [3, 4, 5, 6]
    assert list(heat["z"][0]) == [0.75, None, None, 0.75]
    assert titles(figure) == ["2 of 6 epochs"]
