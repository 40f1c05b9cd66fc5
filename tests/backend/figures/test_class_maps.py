"""Figures of classes: how well each is recognised, and where the confusions of two networks differ."""

from dataclasses import replace

import numpy as np
import pytest

from backend.figures.class_accuracy import Classes
from backend.figures.class_names import ClassNames
from backend.figures.confusion_difference import Confusions
from tests.backend.figures.drawings import RUNS, draw, titles


@pytest.mark.parametrize("kind", ["confusion-difference", "class-accuracy"])
def test_a_seed_that_ran_twice_is_counted_once_among_classes(kind: str) -> None:
    two = [each for each in RUNS if each.spec.model != "densenet"]
    repeated = [replace(each, id=each.id + 1000) for each in two if each.spec.seed == 2]
    every = [*two, *repeated]
    tables = {each.id: [[each.spec.seed, 2], [1, 1 + place]] for place, each in enumerate(every)}
    data = {
        "confusion-difference": Confusions(tables),
        "class-accuracy": Classes({id: {1: table} for id, table in tables.items()}),
    }[kind]
    assert draw(kind, every, data) == draw(kind, two, data)


def test_confusions_of_two_networks_are_subtracted_class_by_class() -> None:
    runs = [each for each in RUNS if each.spec.model != "densenet"]
    sure, unsure = [[10, 0], [0, 20]], [[5, 5], [5, 15]]
    confusions = {each.id: sure if each.spec.model == "cnn" else unsure for each in runs}
    figure = draw("confusion-difference", runs, Confusions(confusions, ClassNames(["cat", "dog"])))
    (heat,) = figure["data"]
    assert heat["z"] == [[50, -50], [-25, 25]]  # percentage points
    assert list(heat["x"]) == ["cat", "dog"]
    assert (heat["zmin"], heat["zmax"]) == (-50, 50)


def test_classes_are_mapped_by_the_share_that_is_recognised() -> None:
    two = [each for each in RUNS if each.spec.model == "cnn"][:2]
    tables = [[[3, 1, 0], [0, 2, 2], [0, 0, 0]], [[4, 0, 0], [0, 4, 0], [0, 0, 0]]]
    histories = {each.id: {1: table, 2: table} for each, table in zip(two, tables, strict=True)}
    figure = draw("class-accuracy", two, Classes(histories, ClassNames(["cat", "dog", "never tested"])))
    (heat,) = figure["data"]
    assert list(heat["x"]) == [1, 2]
    assert list(heat["y"]) == ["cat", "dog", "never tested"]
    assert [list(row) for row in heat["z"]] == [[0.875, 0.875], [0.75, 0.75], [None, None]]
    assert titles(figure) == ["(mean of 2 seeds)"]


def test_maps_of_data_with_other_classes_have_rows_of_their_own() -> None:
    cnn, other = (each for each in RUNS if each.spec.seed == 0 and each.spec.model in ("cnn", "resnet18"))
    histories = {cnn.id: {1: [[1, 0], [0, 1]]}, other.id: {1: [[2, 0, 0], [1, 1, 0], [0, 0, 4]]}}
    names = {cnn.id: ["cat", "dog"], other.id: ["cat", "dog", "cow"]}

    figure = draw("class-accuracy", [cnn, other], Classes(histories, ClassNames(of_run=names)), most=2)

    two, three = figure["data"]
    assert (list(two["y"]), two["yaxis"]) == (["cat", "dog"], "y")
    assert (list(three["y"]), three["yaxis"]) == (["cat", "dog"], "y2")
    assert [list(row) for row in three["z"]] == [[1], [0.5]]
    assert "matches" not in figure["layout"]["yaxis2"]
    assert ["2 of 3 classes" in title.replace("<br>", " ") for title in titles(figure)] == [False, True]


@pytest.mark.parametrize("kind", ["class-accuracy", "confusion-difference"])
def test_names_that_were_guessed_wrongly_are_not_put_beside_the_classes(kind: str) -> None:
    cnn, other = (each for each in RUNS if each.spec.seed == 0 and each.spec.model in ("cnn", "resnet18"))
    tables = {each.id: [[1, 0, 0], [0, 1, 0], [0, 0, 1]] for each in (cnn, other)}
    histories = {run_id: {1: table} for run_id, table in tables.items()}

    names = ClassNames(["cat", "dog"])
    data = {"class-accuracy": Classes(histories, names), "confusion-difference": Confusions(tables, names)}[kind]

    figure = draw(kind, [cnn, other], data)

    assert list(figure["data"][0]["y"]) == ["0", "1", "2"]


def test_of_a_thousand_classes_the_figures_draw_those_that_err_most() -> None:
    cnn, other = (each for each in RUNS if each.spec.seed == 0 and each.spec.model in ("cnn", "resnet18"))
    names = [f"a class whose name is rather long, number {place}" for place in range(1000)]
    right = np.eye(1000, dtype=int) * 5
    wrong = right.copy()
    wrong[700, 700], wrong[700, 20] = 1, 4
    tables = {cnn.id: wrong.tolist(), other.id: right.tolist()}

    difference = draw("confusion-difference", [cnn, other], Confusions(tables, ClassNames(names)), most=10)
    (heat,) = difference["data"]
    assert {names[700], names[20]} <= set(heat["y"])
    assert (len(heat["x"]), np.array(heat["z"]).shape) == (10, (10, 10))
    assert "10 of 1000 classes: those that differ most" in difference["layout"]["title"]["text"]
    assert all(len(text) <= 24 for text in difference["layout"]["xaxis"]["ticktext"])

    recalls = draw("class-accuracy", [cnn], Classes({cnn.id: {1: tables[cnn.id]}}, ClassNames(names)), most=30)
    assert (names[700] in recalls["data"][0]["y"], len(recalls["data"][0]["y"])) == (True, 30)
    assert titles(recalls) == ["30 of 1000 classes: lowest recall"]
    assert recalls["layout"]["height"] > 30 * 12


def test_classes_of_one_name_keep_rows_of_their_own() -> None:
    (one, *_) = RUNS
    figure = draw("class-accuracy", [one], Classes({one.id: {1: [[1, 0], [0, 1]]}}, ClassNames(["crane", "crane"])))
    assert list(figure["data"][0]["y"]) == ["crane", "crane (2)"]
