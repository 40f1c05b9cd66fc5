"""Measures of one run, and of one cell."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from backend.evidence.cells import cells, curve
from backend.evidence.censoring import TimeToTarget
from backend.evidence.derived import best_epoch, gradient_ratio
from backend.evidence.measures import Measure, time_to_target, value
from backend.evidence.records import LayerGradients, RunRecord, Series
from skiplab.contract.evidence import Kind
from skiplab.contract.lifecycle import Status
from tests.backend.evidence.runs import run, series

accuracies = st.lists(st.one_of(st.none(), st.floats(0, 1), st.just(math.nan)), max_size=12)


def test_best_and_final_accuracy_are_the_highest_and_the_last() -> None:
    trained = run("cnn", accuracy=[0.3, 0.6, 0.5])
    assert value(trained, Measure.BEST_ACCURACY) == 0.6
    assert value(trained, Measure.FINAL_ACCURACY) == 0.5


def test_the_best_epoch_is_chosen_by_validation_where_there_is_one() -> None:
    trained = run("cnn", accuracy=[0.3, 0.6, 0.5])
    chosen = replace(trained, series={**trained.series, "val/accuracy": series(0.2, 0.3, 0.4)})
    assert best_epoch(chosen) == 3
    assert value(chosen, Measure.BEST_ACCURACY) == 0.5


def test_the_gap_is_taken_at_the_best_and_at_the_last_epoch() -> None:
    trained = run("cnn", accuracy=[0.3, 0.6, 0.5], train=[0.4, 0.8, 0.9])
    assert value(trained, Measure.GAP_AT_BEST) == pytest.approx(0.2)
    assert value(trained, Measure.GAP_AT_END) == pytest.approx(0.4)


def test_the_area_is_the_mean_height_and_bridges_missing_epochs() -> None:
    assert value(run("cnn", accuracy=[0.0, 1.0]), Measure.ACCURACY_AREA) == pytest.approx(0.5)
    assert value(run("cnn", accuracy=[0.0, None, 1.0, 1.0]), Measure.ACCURACY_AREA) == pytest.approx(2 / 3)


def test_stability_is_the_spread_of_the_last_five_epochs() -> None:
    trained = run("cnn", accuracy=[0.0, 0.5, 0.6, 0.5, 0.6, 0.5])
    assert value(trained, Measure.STABILITY) == pytest.approx(0.0547723)
    assert value(run("cnn", accuracy=[0.5] * 4), Measure.STABILITY) is None


def test_times_to_a_target_are_interpolated() -> None:
    trained = run("cnn", accuracy=[0.2, 0.4, 0.8], seconds=[10, 20, 40])
    assert time_to_target(trained, Measure.EPOCHS_TO_TARGET, 0.6) == TimeToTarget(2.5, 3)
    assert time_to_target(trained, Measure.SECONDS_TO_TARGET, 0.6) == TimeToTarget(10 + 20 + 20, 70)
    assert time_to_target(trained, Measure.IMAGES_TO_TARGET, 0.6) == TimeToTarget(2500, 3000)


def test_a_target_that_was_never_reached_has_no_time_but_a_budget() -> None:
    trained = run("cnn", accuracy=[0.2, 0.4], seconds=[10, 20])
    assert time_to_target(trained, Measure.SECONDS_TO_TARGET, 0.6) == TimeToTarget(None, 30)


def test_a_target_reached_by_the_first_measurement_counts_from_there() -> None:
    assert time_to_target(run("cnn", accuracy=[0.9]), Measure.EPOCHS_TO_TARGET, 0.6) == TimeToTarget(1, 1)


def test_a_gradient_that_halves_at_each_block_has_that_slope() -> None:
    """Known by construction, and the slope is scipy's regression."""
    gradients = (0.125, 0.25, 0.5, 1.0)
    layers = tuple(LayerGradients(epoch, ("a", "b", "c", "d"), gradients) for epoch in (0, 1, 2))
    trained = replace(run("plain20"), layers=layers)
    regression = stats.linregress(range(4), [math.log(each) for each in gradients])
    assert value(trained, Measure.GRADIENT_RATIO) == 0.125
    assert value(trained, Measure.GRADIENT_SLOPE) == pytest.approx(regression.slope)
    assert value(trained, Measure.GRADIENT_SLOPE_AT_START) == pytest.approx(math.log(2))
    assert gradient_ratio(LayerGradients(1, ("a",), (1.0,))) is None


@given(accuracies)
def test_what_is_missing_or_no_number_never_breaks_a_measure(accuracy: list[float | None]) -> None:
    trained = run("cnn", accuracy=accuracy, train=accuracy[1:], seconds=[1.0] * len(accuracy))
    for measure in Measure:
        if measure.kind == Kind.VALUE:
            found = value(trained, measure)
            assert found is None or math.isfinite(found)
        elif measure.kind == Kind.TIME:
            time = time_to_target(trained, measure, 0.5)
            assert time is None or time.reached is None or 0 <= time.reached <= time.budget


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12), st.floats(0, 1), st.floats(0, 1))
def test_a_higher_target_is_never_reached_sooner(accuracy: list[float], one: float, other: float) -> None:
    trained = run("cnn", accuracy=accuracy)
    low, high = (time_to_target(trained, Measure.EPOCHS_TO_TARGET, each) for each in sorted((one, other)))
    assert low is not None
    assert high is not None
    assert high.reached is None or (low.reached is not None and low.reached <= high.reached + 1e-9)


def test_runs_with_equal_specs_but_the_seed_form_a_cell() -> None:
    runs = [run("cnn", 0), run("cnn", 1), run("cnn", 0, learning_rate=0.01), run("resnet20", 0)]
    assert [[each.id for each in cell.runs] for cell in cells(runs)] == [
        [runs[0].id, runs[1].id],
        [runs[2].id],
        [runs[3].id],
    ]


def test_logging_fields_do_not_split_cells() -> None:
    assert len(cells([run("cnn", 0, telemetry=[]), run("cnn", 1)])) == 1


def test_a_repeated_seed_is_not_an_independent_sample() -> None:
    first, again, other = run("cnn", 0, accuracy=[0.4]), run("cnn", 0, accuracy=[0.9]), run("cnn", 1, accuracy=[0.5])
    (cell,) = cells([again, other, first])
    assert [each.id for each in cell.seeds.values()] == [first.id, other.id]
    assert [each.id for each in cell.repeated] == [again.id]


def test_a_failed_run_is_lost_until_its_seed_has_finished() -> None:
    failed = run("cnn", 0, status=Status.FAILED)
    assert [each.id for each in cells([failed])[0].lost] == [failed.id]
    assert cells([failed, run("cnn", 0)])[0].lost == ()


def test_a_curve_summarises_each_epoch_over_the_runs_that_have_it() -> None:
    runs = [run("cnn", seed, accuracy=[0.1 * seed, 0.5] if seed else [0.0]) for seed in (0, 1, 2)]
    first, second = curve(runs, "test/accuracy")

    assert (first.epoch, first.summary.n, second.summary.n) == (1, 3, 2)
    expected = stats.ttest_1samp([0.0, 0.1, 0.2], 0).confidence_interval(0.95)
    assert first.interval is not None
    assert (first.interval.low, first.interval.high) == pytest.approx(expected)


def test_a_series_knows_only_finite_values() -> None:
    assert Series.of({2: 1.0, 1: math.nan, 3: None}) == Series((2,), (1.0,))


def test_a_run_without_metrics_is_harmless() -> None:
    bare: RunRecord = run("cnn")
    assert best_epoch(bare) is None
    assert time_to_target(bare, Measure.EPOCHS_TO_TARGET, 0.5) is None
