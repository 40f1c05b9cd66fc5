"""Sequential analyses, sets of claims, and invariances."""

import random

import pytest

from skiplab.contract.evidence import Verdict
from skiplab.contract.lifecycle import Status
from tests.backend.evidence.cells import GOOD, POOR, cell, judged, report
from tests.backend.evidence.claims import one_claim
from tests.backend.evidence.runs import run


def test_seeds_added_after_a_verdict_are_another_analysis_at_half_the_level() -> None:
    first = cell("resnet18", GOOD[:3]) + cell("cnn", POOR[:3])
    later = [run(m, s, accuracy=[v], launch=1) for m, v in (("resnet18", 0.8), ("cnn", 0.7)) for s in (3, 4)]
    assert judged(one_claim(), first).judgements[0].look == 0
    (judgement,) = judged(one_claim(), first + later).judgements
    assert (judgement.look, judgement.level) == (1, 0.025)
    assert judgement.parts[0].covers == 0.975
    assert "alpha is lower" in judgement.why


def test_seeds_added_before_any_verdict_could_stand_are_no_other_analysis() -> None:
    first = cell("resnet18", GOOD[:2]) + cell("cnn", POOR[:2])
    later = [run(m, s, accuracy=[v], launch=1) for m, v in (("resnet18", 0.8), ("cnn", 0.7)) for s in (3, 4)]
    assert judged(one_claim(), first + later).judgements[0].look == 0


def test_seeds_that_make_the_first_pairs_are_no_other_analysis() -> None:
    """Three seeds in each cell, but two in common: no verdict could be seen before."""
    first = [run("cnn", seed, accuracy=[0.5], augment="crop_flip") for seed in (0, 1, 2)]
    first += [run("cnn", seed, accuracy=[0.4], augment="none") for seed in (1, 2, 3)]
    later = [run("cnn", 3, accuracy=[0.5], augment="crop_flip", launch=1)]
    assert judged(one_claim(paired=True), first + later).judgements[0].look == 0


def test_a_set_adjusts_for_all_its_claims_tested_or_not() -> None:
    runs = cell("densenet", [0.775, 0.770, 0.780]) + cell("resnet18", [0.795, 0.785, 0.800])
    judgement = report(runs)["C6"].judgements[0]
    assert judgement.verdict == Verdict.SUPPORTED
    assert judgement.p is not None
    assert judgement.adjusted_p == pytest.approx(11 * judgement.p)  # C7, a fact, goes before it
    assert judgement.adjusted_verdict == Verdict.INCONCLUSIVE


def test_unrelated_runs_change_no_verdict() -> None:
    runs = cell("resnet18", GOOD) + cell("cnn", POOR) + cell("densenet", [0.7, 0.8, 0.75])
    others = (
        cell("vgg", [0.5, 0.6])
        + cell("resnet18", POOR, learning_rate=0.3)
        + cell("cnn", GOOD, dataset="digits")
        + cell("resnet18", POOR, dataset="digits", status=Status.RUNNING)
    )
    alone, together = report(runs), report(runs + others)
    for id in ("C5", "C6", "C8"):
        before = alone[id].judgements[0]
        after = together[id].judgements[0]
        assert after.model_dump(exclude={"adjusted_p"}) == before.model_dump(exclude={"adjusted_p"})
        assert together[id].verdict == alone[id].verdict


def test_the_order_of_the_runs_changes_nothing() -> None:
    runs = cell("resnet18", GOOD) + cell("cnn", POOR) + cell("cnn", GOOD, learning_rate=0.3)
    shuffled = random.Random(3).sample(runs, len(runs))
    assert report(shuffled) == report(runs)
