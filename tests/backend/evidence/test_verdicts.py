"""What a claim's verdict is, what it rests on, and what it is held back by."""

import math
import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from backend.contract.lifecycle import Status
from backend.evidence.answer import ClaimEvidence, evidence
from backend.evidence.claim import ClaimSet, Expect, built_in
from backend.evidence.judgement import Verdict
from backend.evidence.measures import Measure
from backend.evidence.records import LayerGradients, NetworkFacts, RunRecord, Series
from tests.backend.evidence.claims import one_claim
from tests.backend.evidence.runs import run, series

NETWORKS = {
    key: NetworkFacts(key, key, parameters, flops)
    for key, parameters, flops in (
        ("cnn", 62_006, 1_303_440),
        ("resnet18", 11_173_962, 1_110_845_440),
        ("densenet", 983_754, 43_808_608),
        ("se_resnet18_single", 11_206_730, 1_110_910_976),
    )
}

GOOD = [0.80, 0.81, 0.79, 0.80, 0.82]
POOR = [0.70, 0.71, 0.69, 0.72, 0.70]


def cell(model: str, values: Sequence[float], **fields: Any) -> list[RunRecord]:
    return [run(model, seed, accuracy=[0.1, value], **fields) for seed, value in enumerate(values)]


def judged(claims: ClaimSet, runs: Sequence[RunRecord]) -> ClaimEvidence:
    (found,) = evidence([claims], runs, NETWORKS)
    return found.claims[0]


def report(runs: Sequence[RunRecord]) -> dict[str, ClaimEvidence]:
    (found,) = evidence(built_in(), runs, NETWORKS)
    return {claim.id: claim for claim in found.claims}


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
    """Of every kind of claim: 95 % at the first look, and p below the level where the interval clears the margin."""
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


# -- Fairness


@pytest.mark.parametrize("status", [Status.QUEUED, Status.RUNNING, Status.PAUSED])
def test_there_is_no_verdict_before_all_planned_runs_have_finished(status: Status) -> None:
    runs = cell("resnet18", GOOD) + cell("cnn", POOR) + [run("cnn", 7, status=status)]
    found = judged(one_claim(), runs)
    assert found.verdict == Verdict.INCONCLUSIVE
    assert found.judgements[0].findings[0].runs == [runs[-1].id]
    assert "not finished" in found.why


@pytest.mark.parametrize("status", [Status.FAILED, Status.CANCELLED])
def test_a_failed_run_is_not_simply_left_out(status: Status) -> None:
    runs = cell("resnet18", GOOD) + cell("cnn", POOR) + [run("cnn", 7, status=status)]
    assert judged(one_claim(), runs).verdict == Verdict.INCONCLUSIVE
    assert judged(one_claim(), [*runs, run("cnn", 7, accuracy=[0.7])]).verdict == Verdict.SUPPORTED


@pytest.mark.parametrize(
    ("fields", "verdict"),
    [
        ({"learning_rate": 0.01}, Verdict.SUPPORTED),
        ({"epochs": 20}, Verdict.INCONCLUSIVE),
        ({"train_limit": 5000}, Verdict.INCONCLUSIVE),
        ({"val_fraction": 0.1}, Verdict.INCONCLUSIVE),
    ],
)
def test_fields_that_differ_are_named_and_data_and_budget_bar_the_verdict(
    fields: dict[str, object], verdict: Verdict
) -> None:
    found = judged(one_claim(), cell("resnet18", GOOD, **fields) + cell("cnn", POOR))
    assert found.verdict == verdict
    assert found.judgements[0].findings != []


def test_cells_of_one_recipe_are_preferred_to_mixed_ones() -> None:
    runs = cell("resnet18", GOOD, epochs=20) + cell("resnet18", GOOD) + cell("cnn", POOR)
    alike, mixed = judged(one_claim(), runs).judgements
    assert (alike.mixed, alike.runs) == (False, [each.id for each in runs[5:]])
    assert (mixed.mixed, mixed.runs) == (True, [each.id for each in runs[:5] + runs[10:]])


def test_a_run_of_another_recipe_takes_no_verdict_away() -> None:
    """It makes a comparison of equal recipes, but one seed cannot speak for the claim."""
    mixed = cell("resnet18", GOOD, learning_rate=0.01) + cell("cnn", POOR)
    stray = [run("resnet18", 0, accuracy=[0.1], id=0)]
    before, after = judged(one_claim(), mixed), judged(one_claim(), stray + mixed)
    assert (before.verdict, after.verdict) == (Verdict.SUPPORTED, Verdict.SUPPORTED)
    assert after.judgements[0] == before.judgements[0]
    assert [each.mixed for each in after.judgements] == [True, False]


def test_of_several_recipes_the_one_planned_with_most_seeds_speaks_not_the_oldest() -> None:
    older = cell("resnet18", POOR[:4], learning_rate=0.01) + cell("cnn", GOOD[:4], learning_rate=0.01)
    runs = cell("resnet18", GOOD) + cell("cnn", POOR)
    found = judged(one_claim(), older + runs)
    assert found.verdict == Verdict.SUPPORTED
    assert [judgement.verdict for judgement in found.judgements[:2]] == [Verdict.SUPPORTED, Verdict.REFUTED]


def test_what_becomes_of_its_runs_does_not_choose_the_comparison_that_speaks() -> None:
    """The fifth seed failed: the verdict waits for it, and does not go to a recipe where all went well."""
    runs = [*cell("resnet18", GOOD[:4]), run("resnet18", 4, status=Status.FAILED), *cell("cnn", POOR)]
    others = cell("resnet18", GOOD[:4], learning_rate=0.01) + cell("cnn", POOR[:4], learning_rate=0.01)
    found = judged(one_claim(), others + runs)
    assert found.judgements[0].runs == [each.id for each in runs]
    assert found.verdict == Verdict.INCONCLUSIVE


def test_strangers_crowd_no_mixed_comparison_out() -> None:
    strangers = [run("resnet18", 0, accuracy=[0.1], learning_rate=rate / 100, id=-rate) for rate in range(20, 40)]
    runs = cell("resnet18", GOOD, learning_rate=0.01) + cell("cnn", POOR)
    found = judged(one_claim(), strangers + runs)
    assert found.judgements[0].runs == [each.id for each in runs]
    assert len(found.judgements) == 12


def test_other_hardware_bars_claims_of_time_only() -> None:
    def runs(measured: str) -> list[RunRecord]:
        return [
            run(model, seed, accuracy=[0.1, best], seconds=[pace + seed, pace + seed], hardware=machine)
            for model, best, pace, machine in (("resnet18", 0.8, 100, measured), ("cnn", 0.7, 10, "a GPU"))
            for seed in (0, 1, 2)
        ]

    assert judged(one_claim("seconds_per_epoch"), runs("a GPU")).verdict == Verdict.SUPPORTED
    assert judged(one_claim("seconds_per_epoch"), runs("a CPU")).verdict == Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("beside", "verdict"),
    [
        (1, Verdict.SUPPORTED),
        (0.95, Verdict.SUPPORTED),
        (0.2, Verdict.INCONCLUSIVE),
        (0, Verdict.INCONCLUSIVE),
    ],
)
def test_unequal_load_bars_claims_of_time(beside: float, verdict: Verdict) -> None:
    """The other cell's runs had one neighbour all along; a neighbour for a moment is not the same load."""
    runs = [
        run(model, seed, seconds=[pace + seed], beside=load)
        for model, pace, load in (("resnet18", 100, beside), ("cnn", 10, 1))
        for seed in (0, 1, 2)
    ]
    found = judged(one_claim("seconds_per_epoch"), runs)
    assert found.verdict == verdict
    assert any(f"first {beside:.2f}, second 1.00" in finding.text for finding in found.judgements[0].findings)


def test_a_best_epoch_chosen_on_the_test_set_is_said() -> None:
    found = judged(one_claim(), cell("resnet18", GOOD) + cell("cnn", POOR))
    assert any("test set itself" in finding.text for finding in found.judgements[0].findings)


# -- Times to a target


def climbing(model: str, epochs: Sequence[float]) -> list[RunRecord]:
    """Runs whose accuracy crosses 0.5 at the epochs given; beyond 9 it never does."""
    return [
        run(model, seed, accuracy=[max(0.0, min(1.0, 0.5 + 0.1 * (epoch - at))) for epoch in range(1, 10)])
        for seed, at in enumerate(epochs)
    ]


def test_times_are_compared_whole_where_every_run_got_there() -> None:
    found = judged(
        one_claim("epochs_to_target", "less", target=0.5),
        climbing("resnet18", [2.0, 2.5, 3.0]) + climbing("cnn", [6.0, 6.5, 7.0]),
    )
    (part,) = found.judgements[0].parts
    assert (found.verdict, part.budget) == (Verdict.SUPPORTED, None)
    assert part.effect == pytest.approx(-4)


def test_a_run_that_never_got_there_counts_with_the_budget() -> None:
    runs = climbing("resnet18", [2.0, 2.5, 3.0]) + climbing("cnn", [8.0, 8.5, 20])
    (part,) = judged(one_claim("epochs_to_target", "less", target=0.5), runs).judgements[0].parts
    assert part.budget == 9
    assert [each.reached for each in part.roles] == [3, 2]
    assert part.roles[1].values == pytest.approx([8.0, 8.5, 9.0])
    assert "2 of 3 cnn" in part.why


def test_a_target_that_nobody_reached_says_nothing() -> None:
    runs = climbing("resnet18", [20, 20, 20]) + climbing("cnn", [20, 20, 20])
    found = judged(one_claim("epochs_to_target", "same", target=0.5, margin=1), runs)
    assert (found.verdict, found.why) == (Verdict.INCONCLUSIVE, "No run got to the target.")


def test_times_to_a_target_that_the_asker_chose_are_shown_and_decide_nothing() -> None:
    """Somewhere between two curves there is a target at which one was faster."""
    runs = climbing("resnet18", [2.0, 2.5, 3.0]) + climbing("cnn", [6.0, 6.5, 7.0])
    claims = one_claim("epochs_to_target", "less", target=0.5)

    def asked(target: float | None) -> ClaimEvidence:
        return evidence([claims], runs, NETWORKS, target)[0].claims[0]

    assert (asked(None).verdict, asked(0.5).verdict) == (Verdict.SUPPORTED, Verdict.SUPPORTED)
    found = asked(0.4)
    (part,) = found.judgements[0].parts
    assert found.verdict == Verdict.INCONCLUSIVE
    assert (part.target, part.effect) == (0.4, pytest.approx(-4))
    assert "taken to 40 % because that was asked for; the claim itself says 50 %" in found.why
    assert found.missing is not None
    assert found.missing.launches == []


def test_an_asked_target_leaves_claims_without_times_alone() -> None:
    runs = cell("resnet18", GOOD) + cell("cnn", POOR)
    (found,) = evidence([one_claim()], runs, NETWORKS, 0.4)
    assert found.claims[0] == judged(one_claim(), runs)


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
def test_of_a_paired_claim_only_seeds_that_both_cells_have_are_witnesses(others: list[int], says: str | None) -> None:
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
    assert (plain.effect, residual.effect) == (pytest.approx(0.5), pytest.approx(-0.1))
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
    return {"train_eval/accuracy": seen, "train_eval/loss": seen, "time/epoch": seen}


def test_a_fact_refutes_whatever_else_a_claim_says() -> None:
    runs = cell("resnet18", GOOD[:3]) + cell("cnn", GOOD[:3])
    claims = several(["best_accuracy", "final_accuracy", "parameters"])
    (claim,) = claims.claims
    fewer = claim.parts[2].model_copy(update={"expect": Expect.LESS})
    claims = claims.model_copy(update={"claims": [claim.model_copy(update={"parts": [*claim.parts[:2], fewer]})]})
    found = judged(claims, runs)
    assert (found.verdict, found.judgements[0].p) == (Verdict.REFUTED, 0)
    assert "a fact" in found.why


# -- Looks, sets, and what must not matter


def test_seeds_added_after_a_verdict_are_a_new_look_at_half_the_level() -> None:
    first = cell("resnet18", GOOD[:3]) + cell("cnn", POOR[:3])
    later = [run(m, s, accuracy=[v], launch=1) for m, v in (("resnet18", 0.8), ("cnn", 0.7)) for s in (3, 4)]
    assert judged(one_claim(), first).judgements[0].look == 0
    (judgement,) = judged(one_claim(), first + later).judgements
    assert (judgement.look, judgement.level) == (1, 0.025)
    assert judgement.parts[0].covers == 0.975
    assert "level is lower" in judgement.why


def test_seeds_added_before_any_verdict_could_stand_are_no_new_look() -> None:
    first = cell("resnet18", GOOD[:2]) + cell("cnn", POOR[:2])
    later = [run(m, s, accuracy=[v], launch=1) for m, v in (("resnet18", 0.8), ("cnn", 0.7)) for s in (3, 4)]
    assert judged(one_claim(), first + later).judgements[0].look == 0


def test_seeds_that_make_the_first_pairs_are_no_new_look() -> None:
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


# -- What is missing


def test_an_untested_claim_offers_the_launch_that_would_test_it() -> None:
    found = judged(one_claim(), cell("resnet18", GOOD, epochs=7, dataset="digits"))
    assert found.missing is not None
    (launch,) = found.missing.launches
    assert launch.vary == {"model": ["cnn"], "seed": [0, 1, 2, 3, 4]}
    assert launch.spec == {"dataset": "digits", "epochs": 7}
    assert launch.runs == 5


def test_seeds_that_a_cell_lacks_are_offered_with_their_time() -> None:
    runs = [run(m, seed, accuracy=[0.5], seconds=[10, 10], epochs=2) for m in ("resnet18", "cnn") for seed in (0, 2)]
    found = judged(one_claim(), runs)
    assert found.missing is not None
    (launch,) = found.missing.launches
    assert launch.vary == {"model": ["resnet18", "cnn"], "seed": [1, 3, 4]}
    assert launch.seconds == 2 * 3 * 20


def test_a_paired_claim_is_offered_seeds_that_make_pairs() -> None:
    runs = [run("cnn", seed, accuracy=[0.5], augment="crop_flip") for seed in (0, 1, 2)]
    runs += [run("cnn", seed, accuracy=[0.4], augment="none") for seed in (2, 3)]
    missing = judged(one_claim(paired=True), runs).missing
    assert missing is not None
    offered = {launch.spec.get("augment", "crop_flip"): launch.vary["seed"] for launch in missing.launches}
    assert offered == {"crop_flip": [3, 4], "none": [0, 1, 4]}


def test_the_other_half_of_a_paired_claim_is_offered_the_seeds_that_have_run() -> None:
    missing = judged(one_claim(paired=True), [run("cnn", seed, accuracy=[0.5]) for seed in (5, 6, 7)]).missing
    assert missing is not None
    offered = {launch.spec.get("augment", "crop_flip"): launch.vary["seed"] for launch in missing.launches}
    assert offered == {"crop_flip": [0, 1], "none": [0, 1, 5, 6, 7]}


def test_times_of_two_machines_are_offered_no_seeds() -> None:
    """They bar the verdict however many there are; a claim of accuracy has no such bar."""
    runs = [
        run(model, seed, accuracy=[0.5], seconds=[10, 10], hardware=machine)
        for model, machine in (("resnet18", "one"), ("cnn", "two"))
        for seed in range(3)
    ]
    missing = judged(one_claim("seconds_per_epoch", "less"), runs).missing
    assert missing is not None
    assert (missing.launches, missing.why) == ([], "times taken on equal terms: different hardware: one, two")
    of_accuracy = judged(one_claim(), runs).missing
    assert of_accuracy is not None
    assert of_accuracy.launches


@pytest.mark.parametrize("silent", [{0, 1, 2}, {1}])
def test_what_finished_runs_have_not_kept_is_told_and_no_launch_is_offered(silent: set[int]) -> None:
    """Telemetry without layers is no other recipe: those runs keep speaking for their seeds, and bar the verdict."""
    fading = (LayerGradients(1, ("a", "b"), (0.1, 0.2)),)
    deep = [replace(run("resnet18", seed, accuracy=[0.5]), layers=fading) for seed in range(3)]
    flat = [run("cnn", seed, accuracy=[0.5], id=1010 + seed) for seed in range(3)]
    flat = [each if each.spec.seed in silent else replace(each, layers=fading) for each in flat]
    found = judged(one_claim("gradient_slope"), deep + flat)
    assert found.verdict in (Verdict.UNTESTED, Verdict.INCONCLUSIVE)
    assert found.missing is not None
    assert found.missing.launches == []
    named = "runs 1010, 1011, 1012" if len(silent) > 1 else "run 1011"
    assert f"mean of the epochs of {named}, finished without it" in found.missing.why


def test_a_settled_claim_misses_nothing_and_a_waiting_one_no_launch() -> None:
    runs = cell("resnet18", GOOD) + cell("cnn", POOR)
    assert judged(one_claim(), runs).missing is None
    waiting = judged(one_claim(), [*runs, run("cnn", 8, status=Status.QUEUED)]).missing
    assert waiting is not None
    assert waiting.launches == []


def test_what_a_network_sets_itself_is_told_where_cells_are_filled_and_left_to_it_where_none_has_run() -> None:
    networks = {key: replace(facts, sets=("learning_rate",)) for key, facts in NETWORKS.items()}

    def offered(runs: Sequence[RunRecord]) -> dict[str, object]:
        missing = evidence([one_claim()], runs, networks)[0].claims[0].missing
        assert missing is not None
        (launch,) = missing.launches
        return launch.spec

    assert offered(cell("resnet18", GOOD[:2]) + cell("cnn", POOR[:2])) == {"dataset": "cifar10", "learning_rate": 0.1}
    assert offered(cell("vgg", GOOD, learning_rate=0.3)) == {"dataset": "cifar10"}


def test_mixed_recipes_are_offered_under_one() -> None:
    found = judged(one_claim(), cell("resnet18", GOOD, epochs=20) + cell("cnn", POOR))
    assert found.missing is not None
    (launch,) = found.missing.launches
    assert (launch.vary["model"], launch.spec["epochs"]) == (["cnn"], 20)
