"""Invariants of verdicts and measures: order, scale, gaps, ties, censoring, unrelated runs."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from backend.evidence.censoring import TimeToTarget, restrict
from backend.evidence.claim import ClaimSet
from backend.evidence.evaluate import evaluate
from backend.evidence.judgement import Judgement
from backend.evidence.measures import Measure, time_to_target, value
from backend.evidence.permutation import permutation
from backend.evidence.records import RunRecord
from skiplab.contract.evidence import Verdict
from skiplab.contract.lifecycle import Status
from tests.backend.evidence.claims import one_claim
from tests.backend.evidence.runs import run

# In steps that floats hold exactly: scaled by a power of two nothing is rounded, so that not even a tie moves.
accuracies = st.integers(0, 1024).map(lambda step: step / 2048)
cells = st.lists(accuracies, min_size=1, max_size=6)
times = st.one_of(st.none(), st.integers(1, 40).map(float)).map(lambda at: TimeToTarget(at, 40.0))

few = settings(max_examples=60)

numbers = count(1)


def cell(model: str, values: Sequence[float | None], **fields: Any) -> list[RunRecord]:
    return [run(model, seed, accuracy=[0.0, found], **fields) for seed, found in enumerate(values)]


def judged(claims: ClaimSet, runs: Sequence[RunRecord]) -> Judgement:
    return evaluate([claims], runs, {})[0].claims[0].judgements[0]


OTHER_SIDE = {"greater": "less", "less": "greater", "same": "same"}


@few
@given(cells, cells, st.sampled_from(["greater", "less", "same"]), st.randoms(use_true_random=False))
def test_neither_the_order_of_runs_nor_that_of_roles_changes_a_verdict(
    first: list[float], second: list[float], expect: str, random: Random
) -> None:
    runs = cell("resnet18", first) + cell("cnn", second)
    claims = one_claim("final_accuracy", expect, margin=0.01)
    straight = judged(claims, runs)
    shuffled = list(runs)
    random.shuffle(shuffled)
    assert judged(claims, shuffled) == straight
    swapped = one_claim("final_accuracy", OTHER_SIDE[expect], margin=0.01)
    mirrored = cell("cnn", first) + cell("resnet18", second)
    assert judged(swapped, mirrored).verdict == straight.verdict


@few
@given(cells, cells, st.sampled_from(["greater", "same"]))
def test_a_change_of_unit_changes_no_verdict(first: list[float], second: list[float], expect: str) -> None:
    whole = judged(one_claim("final_accuracy", expect, margin=1 / 64), cell("resnet18", first) + cell("cnn", second))
    runs = cell("resnet18", [v / 4 for v in first]) + cell("cnn", [v / 4 for v in second])
    quarter = judged(one_claim("final_accuracy", expect, margin=1 / 256), runs)
    assert quarter.verdict == whole.verdict
    assert quarter.p == pytest.approx(whole.p) if whole.p is not None else quarter.p is None


strangers = st.builds(
    lambda model, dataset, rate, status, found, older: run(
        model,
        0,
        accuracy=[found],
        dataset=dataset,
        learning_rate=rate,
        status=status,
        id=-next(numbers) if older else None,
    ),
    st.sampled_from(["cnn", "resnet18", "vgg"]),
    st.sampled_from(["cifar10", "digits"]),
    st.sampled_from([0.03, 0.3]),
    st.sampled_from([Status.FINISHED, Status.RUNNING, Status.FAILED]),
    accuracies,
    st.booleans(),
)


@few
@given(cells, cells, st.sampled_from([{}, {"learning_rate": 0.01}, {"epochs": 20}]), st.lists(strangers, max_size=6))
def test_unrelated_runs_change_no_verdict_of_generated_cells(
    first: list[float], second: list[float], recipe: dict[str, object], others: list[RunRecord]
) -> None:
    """Runs of other networks, recipes and data, finished or not, with smaller ids and larger ones; the claim's own
    cells are of one recipe or of two. The claim has no second comparison."""
    runs = cell("resnet18", first, **recipe) + cell("cnn", second)
    claims = one_claim("final_accuracy")
    before = evaluate([claims], runs, {})[0].claims[0]
    after = evaluate([claims], runs + others, {})[0].claims[0]
    own = [unadjusted(each) for each in after.judgements if each.runs == before.judgements[0].runs]
    assert own == [unadjusted(before.judgements[0])]
    if min(len(first), len(second)) >= 3:
        assert (after.verdict, unadjusted(after.judgements[0])) == (before.verdict, own[0])
    else:
        assert {before.verdict, after.verdict} <= {Verdict.INCONCLUSIVE, Verdict.UNTESTED}


def unadjusted(judgement: Judgement) -> dict[str, object]:
    return judgement.model_dump(exclude={"adjusted_p", "adjusted_verdict"})


@given(st.lists(accuracies, min_size=1, max_size=8), st.data())
def test_missing_and_nan_epochs_count_as_not_measured(seen: list[float], data: st.DataObject) -> None:
    """NaN, infinity and missing values are equivalent at any position."""
    holes = data.draw(st.lists(st.sampled_from([None, math.nan, math.inf]), min_size=len(seen), max_size=len(seen)))
    with_holes = [value for pair in zip(seen, holes, strict=True) for value in pair]
    without = [value for found in seen for value in (found, None)]
    first, second = run("cnn", accuracy=with_holes), run("cnn", accuracy=without)
    for measure in (Measure.BEST_ACCURACY, Measure.FINAL_ACCURACY, Measure.ACCURACY_AREA, Measure.STABILITY):
        assert value(first, measure) == value(second, measure)
    assert time_to_target(first, Measure.EPOCHS_TO_TARGET, 0.25) == time_to_target(
        second, Measure.EPOCHS_TO_TARGET, 0.25
    )


@given(cells.filter(lambda each: len(each) >= 3), st.integers(0, 5))
def test_a_run_without_the_measure_is_never_left_out_silently(found: list[float], place: int) -> None:
    """A diverged run would be missing from the mean: no verdict, with the reason."""
    runs = cell("resnet18", found) + cell("cnn", [v / 2 for v in found])
    lost = place % len(found)
    runs[lost] = replace(runs[lost], series={})
    judgement = judged(one_claim("final_accuracy"), runs)
    assert judgement.verdict == Verdict.INCONCLUSIVE
    assert f"of {len(found)} runs" in judgement.why


@settings(max_examples=30)
@given(st.lists(st.integers(0, 2), min_size=2, max_size=4), st.lists(st.integers(0, 2), min_size=2, max_size=4))
def test_ties_count_in_the_permutation_test(first: list[int], second: list[int]) -> None:
    """Few different values, so that many splits tie with the one seen."""
    theirs = stats.permutation_test(
        (first, second),
        lambda one, other: round(abs(statistics.fmean(one) - statistics.fmean(other)), 9),
        alternative="greater",
        n_resamples=math.inf,
    )
    ours = permutation(first, second)
    assert ours is not None
    assert ours.p == pytest.approx(float(theirs.pvalue))


@given(st.lists(st.lists(times, min_size=1, max_size=5), min_size=1, max_size=3))
def test_censored_times_keep_every_run_and_stay_within_the_budget(groups: list[list[TimeToTarget]]) -> None:
    found = restrict(groups)
    assert [len(each) for each in found.values] == [len(each) for each in groups]
    assert list(found.arrived) == [sum(time.reached is not None for time in group) for group in groups]
    if found.budget is not None:
        assert max(max(each) for each in found.values) <= found.budget


@given(st.lists(times, min_size=1, max_size=6), st.integers(1, 40))
def test_later_arrivals_never_make_a_mean_shorter(group: list[TimeToTarget], later: int) -> None:
    delayed = [replace(t, reached=None if t.reached is None else min(40.0, t.reached + later)) for t in group]
    before, after = restrict([group]), restrict([delayed])
    assert statistics.fmean(after.values[0]) >= statistics.fmean(before.values[0])
