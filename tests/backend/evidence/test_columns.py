"""Measures of cells in tables."""

from dataclasses import replace

import pytest

from backend.evidence.cells import cells
from backend.evidence.columns import cards, cell_curve, cell_views, run_measures
from backend.evidence.measures import Measure
from backend.evidence.records import RunRecord
from skiplab.contract.lifecycle import Status
from skiplab.contract.metrics import Metric
from tests.backend.evidence.runs import run, series


def test_times_of_all_cells_are_restricted_to_one_budget() -> None:
    """The short run stopped after 4 epochs without reaching the target: its time is not less than the other's 6."""
    arrives = [run("cnn", seed, epochs=8, accuracy=[0.1 * epoch for epoch in range(1, 9)]) for seed in range(2)]
    stops = [run("resnet18", seed, epochs=4, accuracy=[0.1, 0.1, 0.1, 0.1]) for seed in range(2)]
    first, second = cell_views(cells(arrives + stops), {}, 0.6)
    measured = [view.summaries[Measure.EPOCHS_TO_TARGET] for view in (first, second)]
    assert [found.mean for found in measured] == pytest.approx([4, 4])
    assert [(found.reached, found.n) for found in measured] == [(0, 2), (0, 2)]


def test_what_is_taken_at_the_best_epoch_says_which_set_chose_it() -> None:
    plain = run("cnn", accuracy=[0.5, 0.6])
    split = replace(plain, series={**plain.series, Metric.VAL_ACCURACY: series(0.7, 0.6)})

    def label_of(*runs: RunRecord) -> dict[str, str]:
        return {card.key: card.label for card in cards(runs)}

    assert label_of(plain)[Measure.BEST_ACCURACY] == "best test accuracy (selected on test)"
    assert label_of(split)[Measure.GAP_AT_BEST] == "generalisation gap at the best epoch (selected on validation)"
    assert label_of(plain, split)[Measure.BEST_ACCURACY].endswith("(selected on validation or test)")
    assert label_of(split)[Measure.FINAL_ACCURACY] == label_of()[Measure.FINAL_ACCURACY] == "final test accuracy"


def test_a_cell_without_a_measure_leaves_it_out() -> None:
    tested, waiting = cell_views(cells([run("cnn", accuracy=[0.5]), run("resnet20")]), {}, 0.6)
    assert Measure.BEST_ACCURACY in tested.summaries
    assert waiting.summaries == {}


def test_a_seed_that_ran_twice_counts_once_in_its_curve() -> None:
    """The finished run counts, not an earlier failed one; for a seed without one, the newest."""
    runs = [
        run("cnn", 0, accuracy=[0.9], status=Status.FAILED),
        run("cnn", 0, accuracy=[0.5]),
        run("cnn", 0, accuracy=[0.9]),
        run("cnn", 1, accuracy=[0.9], status=Status.FAILED),
        run("cnn", 1, accuracy=[0.7], status=Status.RUNNING),
    ]
    (cell,) = cells(runs)
    found = cell_curve(0, cell, "CNN", Metric.TEST_ACCURACY)
    assert found.runs == [runs[1].id, runs[4].id]
    assert found.n == [2]
    assert found.mean == pytest.approx([0.6])


def test_values_of_runs_are_written_like_those_of_cells() -> None:
    groups = cells([run("cnn", epochs=2, accuracy=[0.5, 0.6])])
    (of_run,) = run_measures(groups, 0.6, [*Measure])
    (of_cell,) = cell_views(groups, {}, 0.6)

    assert of_run.texts[Measure.BEST_ACCURACY] == f"{of_cell.summaries[Measure.BEST_ACCURACY].text}%" == "60.00%"
    assert of_run.texts[Measure.EPOCHS_TO_TARGET] == "2 epochs"
    assert of_run.texts.keys() == {measure for measure, value in of_run.values.items() if value is not None}
