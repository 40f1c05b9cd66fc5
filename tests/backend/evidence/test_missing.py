"""What is missing for a verdict, and the launches that would produce it."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from backend.evidence.evaluate import evaluate
from backend.evidence.records import LayerGradients, RunRecord
from skiplab.contract.evidence import Verdict
from skiplab.contract.lifecycle import Status
from tests.backend.evidence.cells import GOOD, NETWORKS, POOR, cell, judged
from tests.backend.evidence.claims import one_claim
from tests.backend.evidence.runs import run


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
    assert missing.why == "no runs of cnn with augment none with these settings"
    offered = {launch.spec.get("augment", "crop_flip"): launch.vary["seed"] for launch in missing.launches}
    assert offered == {"crop_flip": [0, 1], "none": [0, 1, 5, 6, 7]}


def test_times_of_two_machines_are_offered_no_seeds() -> None:
    """They bar verdicts on times whatever their number, but not verdicts on accuracy."""
    runs = [
        run(model, seed, accuracy=[0.5], seconds=[10, 10], hardware=machine)
        for model, machine in (("resnet18", "one"), ("cnn", "two"))
        for seed in range(3)
    ]
    missing = judged(one_claim("seconds_per_epoch", "less"), runs).missing
    assert missing is not None
    assert (missing.launches, missing.why) == (
        [],
        "times measured under equal conditions: different hardware: one, two",
    )
    of_accuracy = judged(one_claim(), runs).missing
    assert of_accuracy is not None
    assert of_accuracy.launches


@pytest.mark.parametrize("silent", [{0, 1, 2}, {1}])
def test_measures_that_finished_runs_lack_are_reported_without_a_launch(silent: set[int]) -> None:
    """Telemetry without layers is not another recipe: those runs still represent their seeds, and bar the verdict."""
    fading = (LayerGradients(1, ("a", "b"), (0.1, 0.2)),)
    deep = [replace(run("resnet18", seed, accuracy=[0.5]), layers=fading) for seed in range(3)]
    flat = [run("cnn", seed, accuracy=[0.5], id=1010 + seed) for seed in range(3)]
    flat = [each if each.spec.seed in silent else replace(each, layers=fading) for each in flat]
    found = judged(one_claim("gradient_slope"), deep + flat)
    assert found.verdict in (Verdict.UNTESTED, Verdict.INCONCLUSIVE)
    assert found.missing is not None
    assert found.missing.launches == []
    named = "runs 1010, 1011, 1012" if len(silent) > 1 else "run 1011"
    assert f"mean over epochs of {named}, finished without it" in found.missing.why


def test_a_settled_claim_misses_nothing_and_a_waiting_one_no_launch() -> None:
    runs = cell("resnet18", GOOD) + cell("cnn", POOR)
    assert judged(one_claim(), runs).missing is None
    waiting = judged(one_claim(), [*runs, run("cnn", 8, status=Status.QUEUED)]).missing
    assert waiting is not None
    assert waiting.launches == []


def test_a_networks_own_defaults_are_sent_only_where_existing_runs_differ() -> None:
    networks = {key: replace(facts, sets=("learning_rate",)) for key, facts in NETWORKS.items()}

    def offered(runs: Sequence[RunRecord]) -> dict[str, object]:
        missing = evaluate([one_claim()], runs, networks)[0].claims[0].missing
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
