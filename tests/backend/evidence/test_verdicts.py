"""Verdicts of claims, and their basis."""

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest

from backend.evidence.claim import ClaimSet
from backend.evidence.measures import Measure
from backend.evidence.records import Series
from skiplab.contract.evidence import Expect, Verdict
from skiplab.contract.lifecycle import Status
from tests.backend.evidence.cells import GOOD, NETWORKS, POOR, cell, judged, report
from tests.backend.evidence.claims import one_claim
from tests.backend.evidence.runs import run, series

# -- The four verdicts


def test_a_clear_difference_supports_or_refutes() -> None:
    runs = cell("resnet18", GOOD) + cell("cnn", POOR)
    assert judged(one_claim(), runs).verdict == Verdict.SUPPORTED
    assert judged(one_claim(expect="less"), runs).verdict == Verdict.REFUTED


def test_an_interval_across_the_line_is_inconclusive() -> None:
    found = judged(one_claim(), cell("resnet18", [0.7, 0.8, 0.9]) + cell("cnn", [0.65, 0.8, 0.85]))
    (part,) = found.judgements[0].parts
    assert found.verdict == Verdict.INCONCLUSIVE
    assert part.low is not None
    assert part.high is not None
    assert part.low < 0 < part.high


def test_without_runs_a_claim_is_untested() -> None:
    assert judged(one_claim(), []).verdict == Verdict.UNTESTED
    assert judged(one_claim(), cell("resnet18", GOOD)).verdict == Verdict.UNTESTED


def test_a_margin_must_be_cleared_by_the_whole_interval() -> None:
    runs = cell("resnet18", GOOD) + cell("cnn", POOR)
    assert judged(one_claim(margin=0.05), runs).verdict == Verdict.SUPPORTED
    assert judged(one_claim(margin=0.1), runs).verdict == Verdict.INCONCLUSIVE
    assert judged(one_claim(margin=0.2), runs).verdict == Verdict.REFUTED


def test_about_the_same_is_supported_inside_and_refuted_outside_the_margin() -> None:
    near = cell("resnet18", GOOD) + cell("cnn", [value + 0.001 for value in GOOD])
    far = cell("resnet18", GOOD) + cell("cnn", POOR)
    same = one_claim(expect="same", margin=0.02)
    assert judged(same, near).verdict == Verdict.SUPPORTED
    assert judged(same, far).verdict == Verdict.REFUTED
    assert judged(one_claim(expect="same", margin=0.001), near).verdict == Verdict.INCONCLUSIVE


@pytest.mark.parametrize("expect", ["greater", "less", "same"])
def test_a_verdict_is_where_its_interval_lies(expect: str) -> None:
    """For every kind of claim: 95% at the first analysis, and p below the level if the interval clears the margin."""
    for apart in (-0.03, -0.012, -0.008, 0.0, 0.008, 0.012, 0.03):
        runs = cell("resnet18", [value + apart for value in GOOD]) + cell("cnn", GOOD)
        (judgement,) = judged(one_claim(expect=expect, margin=0.01), runs).judgements
        (part,) = judgement.parts
        assert part.low is not None
        assert part.high is not None
        claimed = {"greater": (0.01, math.inf), "less": (-math.inf, -0.01), "same": (-0.01, 0.01)}[expect]
        assert part.covers == 0.95
        assert (judgement.verdict == Verdict.SUPPORTED) == (claimed[0] < part.low and part.high < claimed[1])
        assert (judgement.verdict == Verdict.REFUTED) == (part.high < claimed[0] or claimed[1] < part.low)
        assert (judgement.verdict != Verdict.INCONCLUSIVE) == (judgement.p is not None and judgement.p < 0.05)


def test_a_verdict_shows_what_it_rests_on() -> None:
    runs = cell("resnet18", GOOD[:3]) + cell("cnn", POOR[:3])
    (judgement,) = judged(one_claim(), runs).judgements
    (part,) = judgement.parts
    assert judgement.runs == [each.id for each in runs]
    assert [(each.role, each.n) for each in part.roles] == [("first", 3), ("second", 3)]
    assert part.effect == pytest.approx(0.1)
    assert part.hedges_g is not None
    assert part.hedges_g > 5
    assert (part.permutation_p, part.permutation_smallest) == (0.1, 0.1)
    assert judgement.verdict == Verdict.SUPPORTED


# -- Too little to go by


def test_one_run_each_has_no_interval() -> None:
    found = judged(one_claim(), cell("resnet18", [0.9]) + cell("cnn", [0.1]))
    assert (found.verdict, found.why) == (Verdict.INCONCLUSIVE, "One run each: no interval.")
    assert found.judgements[0].parts[0].low is None


def test_two_seeds_are_never_significant() -> None:
    found = judged(one_claim(), cell("resnet18", [0.9, 0.9001]) + cell("cnn", [0.1, 0.1001]))
    assert found.verdict == Verdict.INCONCLUSIVE
    assert "at least 3" in found.why


def test_the_same_seed_three_times_is_one_seed() -> None:
    repeated = [run("resnet18", 0, accuracy=[0.9]) for _ in range(3)]
    found = judged(one_claim(), repeated + cell("cnn", POOR))
    assert found.verdict == Verdict.INCONCLUSIVE
    assert any("repeat a seed" in finding.text for finding in found.judgements[0].findings)


def test_facts_need_no_seeds_but_a_run_of_each_network() -> None:
    one_each = [run(model, status=Status.QUEUED) for model in NETWORKS]
    claims = report(one_each)
    assert claims["C7"].verdict == Verdict.SUPPORTED
    assert claims["C11"].verdict == Verdict.REFUTED
    assert claims["C5"].verdict == Verdict.UNTESTED
    assert report(one_each[:2])["C7"].verdict == Verdict.UNTESTED


def test_a_measure_that_some_runs_lack_gives_no_verdict() -> None:
    runs = cell("resnet18", GOOD) + cell("cnn", [*POOR[:4], float("nan")])[:4] + [run("cnn", 9)]
    found = judged(one_claim(), runs)
    assert found.verdict == Verdict.INCONCLUSIVE
    assert "Only 4 of 5" in found.why


# -- Pairs, and differences of differences


def test_pairing_is_by_seed_and_only_where_the_claim_says_so() -> None:
    """The seeds spread widely, the recipe adds one point to each."""
    spread = [0.3, 0.5, 0.7, 0.9]
    runs = cell("cnn", [value + 0.01 + 0.001 * place for place, value in enumerate(spread)], augment="crop_flip")
    runs += cell("cnn", spread, augment="none")
    claims = one_claim(paired=True)
    assert judged(claims, runs).verdict == Verdict.SUPPORTED
    unpaired = claims.model_copy(update={"claims": [claims.claims[0].model_copy(update={"paired": False})]})
    assert judged(unpaired, runs).verdict == Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("others", "says"),
    [
        ([0, 1, 2, 3, 4], None),
        ([3, 4, 5, 6, 7], "2 pairs: at least 3"),
        ([4, 5, 6, 7, 8], "1 pair: no interval"),
        ([5, 6, 7, 8, 9], "No pairs"),
    ],
)
def test_only_shared_seeds_count_for_a_paired_claim(others: list[int], says: str | None) -> None:
    runs = cell("cnn", GOOD, augment="crop_flip")
    runs += [run("cnn", seed, accuracy=[0.1, 0.5], augment="none") for seed in others]
    found = judged(one_claim(paired=True), runs)
    assert found.judgements[0].parts[0].pairs == len({0, 1, 2, 3, 4} & set(others))
    assert found.verdict == (Verdict.SUPPORTED if says is None else Verdict.INCONCLUSIVE)
    assert says is None or says in found.why


def test_degradation_is_a_difference_of_differences() -> None:
    losses = {"plain56": 1.5, "plain20": 1.0, "resnet56": 0.9, "resnet20": 1.0}
    runs = [run(m, seed, loss=[2, loss + 0.01 * seed]) for m, loss in losses.items() for seed in range(3)]
    claim = report(runs)["C2"]
    main, plain, residual = claim.judgements[0].parts
    assert main.effect == pytest.approx(0.6)
    assert (plain.effect, residual.effect) == pytest.approx((0.5, -0.1))
    assert claim.verdict == Verdict.SUPPORTED
    assert (plain.decides, residual.decides) == (False, False)


def test_a_claim_of_several_parts_needs_all_of_them() -> None:
    runs = [
        run(m, seed, accuracy=[0.1, best + 0.001 * seed], train=[0.1, trained + 0.002 * seed])
        for m, best, trained in (("densenet", 0.7, 0.72), ("resnet18", 0.7, 0.95))
        for seed in range(3)
    ]
    assert report(runs)["C8"].verdict == Verdict.SUPPORTED
    # C9 asks for times that these runs do not have, and epochs to a target.
    assert report(runs)["C9"].verdict == Verdict.UNTESTED


def several(measures: Sequence[str]) -> ClaimSet:
    """The first is better in all of them."""
    (claim,) = (one := one_claim()).claims
    parts = [claim.parts[0].model_copy(update={"measure": Measure(measure)}) for measure in measures]
    return one.model_copy(update={"claims": [claim.model_copy(update={"parts": parts})]})


def test_one_part_of_several_refutes_only_beyond_what_so_many_would_by_chance() -> None:
    """p is 0.03 in the one measure: enough alone, and not as one of four."""
    worse = cell("resnet18", [0.70, 0.71, 0.72]) + cell("cnn", [0.725, 0.735, 0.745])
    alone = judged(one_claim(), worse)
    assert alone.verdict == Verdict.REFUTED
    assert alone.judgements[0].p == pytest.approx(0.0376, abs=0.0005)

    # The others were not measured well enough to say anything.
    others = [replace(each, series={**each.series, **noise(place)}) for place, each in enumerate(worse)]
    found = judged(several(["best_accuracy", "gap_at_end", "train_eval_loss", "seconds_per_epoch"]), others)
    assert found.judgements[0].parts[0].verdict == Verdict.REFUTED
    assert found.verdict == Verdict.INCONCLUSIVE
    assert found.why.startswith("One of 4 parts speaks against it")


def noise(place: int) -> dict[str, Series]:
    """The same in both cells."""
    seen = series(0.5 + 0.1 * (place % 3))
    return {"gap": seen, "train_eval/loss": seen, "time/epoch": seen}


def test_a_fact_refutes_whatever_else_a_claim_says() -> None:
    runs = cell("resnet18", GOOD[:3]) + cell("cnn", GOOD[:3])
    claims = several(["best_accuracy", "final_accuracy", "parameters"])
    (claim,) = claims.claims
    fewer = claim.parts[2].model_copy(update={"expect": Expect.LESS})
    claims = claims.model_copy(update={"claims": [claim.model_copy(update={"parts": [*claim.parts[:2], fewer]})]})
    found = judged(claims, runs)
    assert (found.verdict, found.judgements[0].p) == (Verdict.REFUTED, 0)
    assert "a fact" in found.why
