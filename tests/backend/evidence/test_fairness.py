"""Confounders are reported, and some of them bar the verdict."""

from dataclasses import replace
from typing import Any, get_args

import pytest
from pydantic import Field, ValidationError

from backend.evidence.cells import cells
from backend.evidence.fairness import findings
from backend.evidence.match import matches
from backend.evidence.records import RunRecord
from skiplab.contract.evidence import Bars, Verdict
from skiplab.contract.fields import about_fields
from skiplab.contract.lifecycle import Status
from skiplab.contract.spec import ABOUT, RunSpec
from tests.backend.evidence.cells import GOOD, POOR, cell, judged
from tests.backend.evidence.claims import one_claim
from tests.backend.evidence.runs import run


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
        ({"weights": "published"}, Verdict.INCONCLUSIVE),
        ({"train_eval_limit": 100}, Verdict.SUPPORTED),
    ],
)
def test_fields_that_differ_are_named_and_data_and_budget_bar_the_verdict(
    fields: dict[str, object], verdict: Verdict
) -> None:
    found = judged(one_claim(), cell("resnet18", GOOD, **fields) + cell("cnn", POOR))
    assert found.verdict == verdict
    assert found.judgements[0].findings != []


def test_a_field_that_does_not_say_what_it_is_for_cannot_be_added() -> None:
    class WithAnother(RunSpec):
        lookahead: int = Field(0, title="Lookahead")

    with pytest.raises(ValidationError, match="use"):
        about_fields(WithAnother)


def test_cells_of_one_recipe_are_preferred_to_mixed_ones() -> None:
    runs = cell("resnet18", GOOD, epochs=20) + cell("resnet18", GOOD) + cell("cnn", POOR)
    alike, mixed = judged(one_claim(), runs).judgements
    assert (alike.mixed, alike.runs) == (False, [each.id for each in runs[5:]])
    assert (mixed.mixed, mixed.runs) == (True, [each.id for each in runs[:5] + runs[10:]])


def test_a_run_of_another_recipe_takes_no_verdict_away() -> None:
    """It allows a comparison of equal recipes, but a single seed cannot decide the claim."""
    mixed = cell("resnet18", GOOD, learning_rate=0.01) + cell("cnn", POOR)
    stray = [run("resnet18", 0, accuracy=[0.1], id=0)]
    before, after = judged(one_claim(), mixed), judged(one_claim(), stray + mixed)
    assert (before.verdict, after.verdict) == (Verdict.SUPPORTED, Verdict.SUPPORTED)
    assert after.judgements[0] == before.judgements[0]
    assert [each.mixed for each in after.judgements] == [True, False]


def test_of_several_recipes_the_one_with_most_planned_seeds_decides_not_the_oldest() -> None:
    older = cell("resnet18", POOR[:4], learning_rate=0.01) + cell("cnn", GOOD[:4], learning_rate=0.01)
    runs = cell("resnet18", GOOD) + cell("cnn", POOR)
    found = judged(one_claim(), older + runs)
    assert found.verdict == Verdict.SUPPORTED
    assert [judgement.verdict for judgement in found.judgements[:2]] == [Verdict.SUPPORTED, Verdict.REFUTED]


def test_outcomes_do_not_affect_which_comparison_decides() -> None:
    """The fifth seed failed: the verdict waits for it, and does not go to a recipe where all went well."""
    runs = [*cell("resnet18", GOOD[:4]), run("resnet18", 4, status=Status.FAILED), *cell("cnn", POOR)]
    others = cell("resnet18", GOOD[:4], learning_rate=0.01) + cell("cnn", POOR[:4], learning_rate=0.01)
    found = judged(one_claim(), others + runs)
    assert found.judgements[0].runs == [each.id for each in runs]
    assert found.verdict == Verdict.INCONCLUSIVE


def test_unrelated_cells_displace_no_mixed_comparison() -> None:
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
    """The other cell's runs shared the machine all the time; a short overlap is not the same load."""
    runs = [
        run(model, seed, seconds=[pace + seed], beside=load)
        for model, pace, load in (("resnet18", 100, beside), ("cnn", 10, 1))
        for seed in (0, 1, 2)
    ]
    found = judged(one_claim("seconds_per_epoch"), runs)
    assert found.verdict == verdict
    assert any(f"first {beside:.2f}, second 1.00" in finding.text for finding in found.judgements[0].findings)


def test_a_best_epoch_selected_on_the_test_set_is_reported() -> None:
    found = judged(one_claim(), cell("resnet18", GOOD) + cell("cnn", POOR))
    assert any("selected on the test set" in finding.text for finding in found.judgements[0].findings)


def with_code(runs: list[RunRecord], code: dict[str, str], **fields: Any) -> list[RunRecord]:
    return [replace(each, code=code, **fields) for each in runs]


def told_of_code(runs: list[RunRecord]) -> list[tuple[str, list[int]]]:
    (judgement,) = judged(one_claim(), runs).judgements
    return [(finding.text, finding.runs) for finding in judgement.findings if "code" in finding.text]


def test_runs_of_one_cell_under_two_versions_of_a_plugin_are_named() -> None:
    mine, plain = cell("resnet18", GOOD), cell("cnn", POOR)
    edited = with_code(mine[:1], {"mine.py": "b", "timm": "1.0"})
    runs = [*edited, *with_code(mine[1:], {"mine.py": "a", "timm": "1.1"}), *plain]

    assert told_of_code(runs) == [
        ("ran with a different version of the code: mine.py differs from that of the other runs", [mine[0].id]),
        ("ran with a different version of the code: timm differs from that of the other runs", [mine[0].id]),
    ]


def test_two_networks_of_two_files_are_no_two_versions_of_one() -> None:
    ours = with_code(cell("resnet18", GOOD), {"ours.py": "a", "_both.py": "c"})
    theirs = with_code(cell("cnn", POOR), {"theirs.py": "b", "_both.py": "c"})
    assert told_of_code(ours + theirs) == []


def test_a_run_whose_code_changed_while_it_was_paused_is_named() -> None:
    runs = with_code(cell("resnet18", GOOD), {"mine.py": "b"}) + cell("cnn", POOR)
    runs[1] = replace(runs[1], edited=("mine.py",))

    assert told_of_code(runs) == [
        ("had their code changed while paused (mine.py): their epochs come from two versions", [runs[1].id])
    ]


def another(field: str, value: object) -> object:
    """Any other value of the field."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, str):
        choices = get_args(RunSpec.model_fields[field].annotation)
        return next((choice for choice in choices if choice != value), f"another-{value}")
    return () if value else 1


@pytest.mark.parametrize("field", [field for field in RunSpec.model_fields if field != "model"])
def test_every_field_of_the_spec_parts_cells_and_bars_what_its_use_says(field: str) -> None:
    """Every field declares its use, from which fairness derives what a difference bars."""
    first, other = cell("resnet18", GOOD), cell("cnn", GOOD)
    changed = {field: another(field, getattr(other[0].spec, field))}
    pairs = [*first, *(replace(each, spec=each.spec.model_copy(update=changed)) for each in other)]
    use = ABOUT[field].use
    if use in ("seed", "logging"):
        assert not any(match.differing for match in matches(one_claim().claims[0], cells(pairs)))
        return
    if field == "dataset":
        assert matches(one_claim().claims[0], cells(pairs)) == []
        return
    (match,) = matches(one_claim().claims[0], cells(pairs))
    label = RunSpec.model_fields[field].title or field
    (finding,) = [each for each in findings(match, one_claim(), one_claim().claims[0]) if label in each.text]
    clocked = Bars.TIMES if ABOUT[field].clocked else Bars.NOTHING
    assert finding.bars == (Bars.MEASUREMENTS if use in ("data", "budget") else clocked)


def test_a_subset_of_the_data_is_named_with_the_images_that_it_was_taken_of() -> None:
    limits: dict[str, object] = {"train_limit": 5000, "test_limit": 1000}
    found = judged(one_claim(), cell("resnet18", GOOD, **limits) + cell("cnn", POOR, **limits))
    texts = [finding.text for finding in found.judgements[0].findings]
    assert "on a subset of the data: 5,000 training images and 1,000 test images" in texts
