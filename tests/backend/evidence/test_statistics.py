"""Every statistic against SciPy or a published worked example."""

import math
import statistics

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from backend.evidence.censoring import TimeToTarget, restrict
from backend.evidence.effect import hedges_g
from backend.evidence.intervals import Estimate, Summary, contrast, paired, summarise
from backend.evidence.multiplicity import holm
from backend.evidence.permutation import permutation
from backend.evidence.sequential import alpha_of

# Student 1908, the sleep data: extra hours of sleep under two drugs.
FIRST_DRUG = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
SECOND_DRUG = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]

values = st.floats(-1e3, 1e3).map(lambda value: round(value, 3))
samples = st.lists(values, min_size=3, max_size=8)
# SciPy warns of cells without any spread; ours has a test of its own.
spread = samples.filter(lambda sample: max(sample) - min(sample) > 0.01)


def summary(sample: list[float]) -> Summary:
    found = summarise(sample)
    assert found is not None
    return found


def p_different(estimate: Estimate, margin: float) -> float:
    """Two-sided p that the true value is `margin`."""
    return min(1.0, 2 * min(estimate.p_above(margin), estimate.p_below(margin)))


def test_a_mean_has_the_t_interval_of_scipy() -> None:
    interval = summary(FIRST_DRUG).interval(0.05)

    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx(stats.ttest_1samp(FIRST_DRUG, 0).confidence_interval(0.95))


def test_one_value_has_no_interval() -> None:
    assert summary([0.9]).interval() is None
    assert contrast([(1, summary([0.9])), (-1, summary([0.8, 0.7]))]) is None


def test_values_that_are_no_numbers_count_as_not_measured() -> None:
    assert summarise([1.0, math.nan, 3.0, math.inf]) == Summary(2, 2.0, math.sqrt(2))
    assert summarise([math.nan]) is None


def test_two_cells_differ_as_welch_published() -> None:
    """Student's sleep data by R's documented t.test: t = -1.8608, df = 17.776, p = 0.07939, (-3.3654832, 0.2054832)."""
    estimate = contrast([(1, summary(FIRST_DRUG)), (-1, summary(SECOND_DRUG))])

    assert estimate is not None
    assert estimate.value / estimate.error == pytest.approx(-1.8608, abs=5e-5)
    assert estimate.df == pytest.approx(17.776, abs=5e-4)
    assert p_different(estimate, 0) == pytest.approx(0.07939, abs=5e-6)
    interval = estimate.interval(0.05)
    assert (interval.low, interval.high) == pytest.approx((-3.3654832, 0.2054832), abs=5e-8)


@given(spread, spread, st.floats(-5, 5))
def test_welch_is_scipy_s(first: list[float], second: list[float], margin: float) -> None:
    estimate = contrast([(1, summary(first)), (-1, summary(second))])
    assert estimate is not None
    theirs = stats.ttest_ind([value - margin for value in first], second, equal_var=False)
    assert p_different(estimate, margin) == pytest.approx(float(theirs.pvalue), rel=1e-6, abs=1e-12)


def test_pairs_differ_as_published() -> None:
    """Student's sleep data, paired: t = -4.0621, df = 9, p = 0.002833."""
    estimate = paired([first - second for first, second in zip(FIRST_DRUG, SECOND_DRUG, strict=True)])

    assert estimate is not None
    assert estimate.value / estimate.error == pytest.approx(-4.0621, abs=5e-5)
    assert p_different(estimate, 0) == pytest.approx(0.002833, abs=5e-7)


def test_a_difference_of_differences_is_a_regression_s_interaction() -> None:
    """With equal spreads and sizes Welch's contrast is the classical one: df 4 (n - 1)."""
    cells = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [2.0, 3.0, 4.0], [9.0, 10.0, 11.0]]
    estimate = contrast([(weight, summary(cell)) for weight, cell in zip((1, -1, -1, 1), cells, strict=True)])

    assert estimate is not None
    assert (estimate.value, estimate.df) == pytest.approx((4.0, 8.0))
    assert estimate.error == pytest.approx(math.sqrt(4 / 3))


@given(spread, spread, st.floats(0.1, 50))
def test_tost_is_two_of_scipy_s_one_sided_tests(first: list[float], second: list[float], margin: float) -> None:
    estimate = contrast([(1, summary(first)), (-1, summary(second))])
    assert estimate is not None
    above = stats.ttest_ind([v + margin for v in first], second, equal_var=False, alternative="greater").pvalue
    below = stats.ttest_ind([v - margin for v in first], second, equal_var=False, alternative="less").pvalue
    assert estimate.p_same(margin) == pytest.approx(max(above, below), rel=1e-6, abs=1e-12)


@pytest.mark.parametrize(("n", "power"), [(3, 0.31), (5, 0.76)])
def test_tost_has_the_power_that_c12_s_card_states(n: int, power: float) -> None:
    """sd 0.5 points, margin 1 point, no true difference."""
    random = np.random.default_rng(1)
    estimates = [
        contrast([(1, summary(list(random.normal(0, 0.5, n)))), (-1, summary(list(random.normal(0, 0.5, n))))])
        for _ in range(4000)
    ]
    supported = [estimate is not None and estimate.p_same(1) < 0.05 for estimate in estimates]
    assert statistics.fmean(supported) == pytest.approx(power, abs=0.03)


def test_hedges_g_is_the_worked_example_s() -> None:
    """Borenstein et al. 2009, chapter 4: means 103 and 100, sd 5.5 and 4.5, 50 each: g = 0.5924."""
    assert hedges_g(Summary(50, 103, 5.5), Summary(50, 100, 4.5)) == pytest.approx(0.5924, abs=5e-5)


def test_an_effect_without_spread_has_no_size() -> None:
    assert hedges_g(Summary(3, 1, 0.0), Summary(3, 2, 0.0)) is None


def test_three_seeds_each_reach_a_tenth_at_best() -> None:
    found = permutation([1, 2, 3], [7, 8, 9])
    assert found is not None
    assert (found.p, found.smallest) == (0.1, 0.1)


@settings(max_examples=20)
@given(st.lists(values, min_size=2, max_size=4), st.lists(values, min_size=2, max_size=4))
def test_the_permutation_p_is_scipy_s(first: list[float], second: list[float]) -> None:
    def distance(one: list[float], other: list[float]) -> float:
        # Rounded: sums in another order differ in their last bits, and ties must count.
        return round(abs(math.fsum(one) / len(one) - math.fsum(other) / len(other)), 7)

    theirs = stats.permutation_test((first, second), distance, alternative="greater", n_resamples=np.inf)
    ours = permutation(first, second)
    assert ours is not None
    assert ours.p == pytest.approx(float(theirs.pvalue))
    assert ours.p >= ours.smallest


def test_too_many_splits_give_no_permutation_p() -> None:
    assert permutation([0.0] * 30, [1.0] * 30) is None
    assert permutation([], [1.0]) is None


def test_analyses_spend_less_and_less_alpha() -> None:
    assert [alpha_of(look) for look in range(3)] == [0.05, 0.025, 0.0125]


def test_holm_is_the_worked_example_s() -> None:
    """Holm's procedure on 0.01, 0.04, 0.03, 0.005: adjusted 0.03, 0.06, 0.06, 0.02."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


@given(st.lists(st.floats(0, 1), max_size=12))
def test_holm_only_raises_and_keeps_the_order(p_values: list[float]) -> None:
    adjusted = holm(p_values)
    assert all(p <= raised <= 1 for p, raised in zip(p_values, adjusted, strict=True))
    ranked = [raised for _, raised in sorted(zip(p_values, adjusted, strict=True))]
    assert ranked == sorted(ranked)


def test_times_are_unrestricted_when_every_run_reached_the_target() -> None:
    times = restrict([[TimeToTarget(3.5, 10), TimeToTarget(9, 10)], [TimeToTarget(4, 20)]])
    assert (times.values, times.arrived, times.budget) == (((3.5, 9), (4,)), (2, 1), None)


def test_a_run_that_never_reached_the_target_counts_with_the_common_budget() -> None:
    cells = [[TimeToTarget(3, 10), TimeToTarget(None, 10)], [TimeToTarget(12, 20), TimeToTarget(8, 20)]]
    times = restrict(cells)
    assert (times.values, times.arrived, times.budget) == (((3, 10), (10, 8)), (1, 1), 10)


def test_a_restricted_mean_is_the_area_under_the_survival_curve() -> None:
    """Against SciPy's Kaplan-Meier estimate, whose area up to the budget is the restricted mean."""
    arrived, budget = [2.0, 5.0, 7.0], 10.0
    times = [*(TimeToTarget(time, budget) for time in arrived), TimeToTarget(None, budget)]
    survival = stats.ecdf(stats.CensoredData(uncensored=arrived, right=[budget])).sf
    edges = [0.0, *arrived, budget]
    heights = [1.0, *survival.evaluate(arrived)]
    area = sum(height * (end - begin) for height, begin, end in zip(heights, edges[:-1], edges[1:], strict=True))

    assert statistics.fmean(restrict([times]).values[0]) == pytest.approx(area)


@given(spread, spread, st.floats(0.01, 100))
def test_order_and_scale_change_no_verdict(first: list[float], second: list[float], scale: float) -> None:
    estimate = contrast([(1, summary(first)), (-1, summary(second))])
    mirrored = contrast([(-1, summary(second[::-1])), (1, summary(first[::-1]))])
    scaled = contrast([(1, summary([scale * v for v in first])), (-1, summary([scale * v for v in second]))])
    assert estimate is not None
    assert mirrored is not None
    assert scaled is not None
    assert p_different(mirrored, 0) == pytest.approx(p_different(estimate, 0), rel=1e-6, abs=1e-12)
    assert p_different(scaled, 0) == pytest.approx(p_different(estimate, 0), rel=1e-4, abs=1e-9)


def test_cells_without_spread_differ_surely_or_not_at_all() -> None:
    apart = contrast([(1, summary([1.0, 1.0, 1.0])), (-1, summary([0.0, 0.0, 0.0]))])
    equal = contrast([(1, summary([1.0, 1.0, 1.0])), (-1, summary([1.0, 1.0, 1.0]))])
    assert apart is not None
    assert equal is not None
    assert (p_different(apart, 0), p_different(equal, 0)) == (0.0, 1.0)
