"""Times to a target, of runs that reached it and of runs that did not."""

from collections.abc import Sequence

import pytest

from backend.evidence.evaluate import ClaimEvidence, evaluate
from backend.evidence.records import RunRecord
from skiplab.contract.evidence import Verdict
from tests.backend.evidence.cells import GOOD, NETWORKS, POOR, cell, judged
from tests.backend.evidence.claims import one_claim
from tests.backend.evidence.runs import run


def climbing(model: str, epochs: Sequence[float]) -> list[RunRecord]:
    """Runs whose accuracy crosses 0.5 at the epochs given; beyond 9 it never does."""
    return [
        run(model, seed, accuracy=[max(0.0, min(1.0, 0.5 + 0.1 * (epoch - at))) for epoch in range(1, 10)])
        for seed, at in enumerate(epochs)
    ]


def test_times_are_unrestricted_if_every_run_reached_the_target() -> None:
    found = judged(
        one_claim("epochs_to_target", "less", target=0.5),
        climbing("resnet18", [2.0, 2.5, 3.0]) + climbing("cnn", [6.0, 6.5, 7.0]),
    )
    (part,) = found.judgements[0].parts
    assert (found.verdict, part.budget) == (Verdict.SUPPORTED, None)
    assert part.effect == pytest.approx(-4)


def test_a_run_that_never_reached_the_target_counts_with_the_budget() -> None:
    runs = climbing("resnet18", [2.0, 2.5, 3.0]) + climbing("cnn", [8.0, 8.5, 20])
    (part,) = judged(one_claim("epochs_to_target", "less", target=0.5), runs).judgements[0].parts
    assert part.budget == 9
    assert [each.reached for each in part.roles] == [3, 2]
    assert part.roles[1].values == pytest.approx([8.0, 8.5, 9.0])
    assert "2 of 3 cnn" in part.why


def test_a_target_that_no_run_reached_gives_no_verdict() -> None:
    runs = climbing("resnet18", [20, 20, 20]) + climbing("cnn", [20, 20, 20])
    found = judged(one_claim("epochs_to_target", "same", target=0.5, margin=1), runs)
    assert (found.verdict, found.why) == (Verdict.INCONCLUSIVE, "No run reached the target.")


def test_times_to_a_target_that_the_asker_chose_are_shown_and_decide_nothing() -> None:
    """Somewhere between two curves there is a target at which one was faster."""
    runs = climbing("resnet18", [2.0, 2.5, 3.0]) + climbing("cnn", [6.0, 6.5, 7.0])
    claims = one_claim("epochs_to_target", "less", target=0.5)

    def asked(target: float | None) -> ClaimEvidence:
        return evaluate([claims], runs, NETWORKS, target)[0].claims[0]

    assert (asked(None).verdict, asked(0.5).verdict) == (Verdict.SUPPORTED, Verdict.SUPPORTED)
    found = asked(0.4)
    (part,) = found.judgements[0].parts
    assert found.verdict == Verdict.INCONCLUSIVE
    assert part.target == 0.4
    assert part.effect == pytest.approx(-4)
    assert "Target accuracy set to 40%; the claim's own is 50%" in found.why
    assert found.missing is not None
    assert found.missing.launches == []


def test_an_asked_target_leaves_claims_without_times_alone() -> None:
    runs = cell("resnet18", GOOD) + cell("cnn", POOR)
    (found,) = evaluate([one_claim()], runs, NETWORKS, 0.4)
    assert found.claims[0] == judged(one_claim(), runs)
