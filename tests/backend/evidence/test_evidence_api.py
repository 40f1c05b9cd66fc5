"""Evidence over HTTP, on a real database."""

import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from backend.db import attempts, catalog, experiments, records, runs
from backend.db.attempts import Claim
from backend.db.database import Database
from backend.db.records import EpochRecord
from backend.evidence.measures import Measure
from skiplab.contract.catalog import DatasetCard
from skiplab.contract.metrics import Metric
from tests.backend.evidence.claims import GOOD
from tests.backend.evidence.runs import blocks, network


@pytest.fixture
def finished(database: Database, queued: Callable[..., int], claim: Callable[[], Claim]) -> Callable[..., int]:
    """A finished run with the test accuracies given."""

    def train(accuracy: Sequence[float], **fields: object) -> int:
        run_id = queued(epochs=len(accuracy), **fields)
        held = claim()
        for epoch, seen in enumerate(accuracy, start=1):
            values: dict[str, float] = {
                Metric.TEST_ACCURACY: seen,
                Metric.EPOCH_SECONDS: 2.0,
                Metric.IMAGES_PER_SECOND: 50.0,
            }
            with database.write() as session:
                record = EpochRecord(epoch=epoch, step=10 * epoch, values=values, layers=blocks(epoch))
                records.epoch(session, run_id, held.attempt, record)
        with database.write() as session:
            records.network(session, run_id, held.attempt, network(62_006, 1_303_440))
            attempts.finish(session, run_id, held.attempt)
        return run_id

    return train


@pytest.fixture
def two_cells(database: Database, finished: Callable[..., int]) -> list[int]:
    """Three seeds of resnet18 near 0.8 and three of cnn near 0.5."""
    digits = DatasetCard(key="digits", label="Digits", available=True, source="a test", train_images=1437)
    with database.write() as session:
        catalog.announce_datasets(session, [digits])
    good = [finished([0.3, 0.79 + 0.01 * seed], model="resnet18", seed=seed) for seed in range(3)]
    poor = [finished([0.2, 0.49 + 0.01 * seed], model="cnn", seed=seed) for seed in range(3)]
    return good + poor


def joined(run_ids: Sequence[int]) -> str:
    return ",".join(map(str, run_ids))


def claims_of(answer: dict[str, Any], key: str = "report") -> dict[str, dict[str, Any]]:
    (found,) = [each for each in answer["sets"] if each["key"] == key]
    return {claim["id"]: claim for claim in found["claims"]}


def test_the_claims_are_listed(api: TestClient) -> None:
    answer = api.get("/api/v1/claims").json()
    assert [each["key"] for each in answer["items"]] == ["report"]
    assert {"C1", "C12"} <= {claim["id"] for claim in answer["items"][0]["claims"]}
    assert answer["problems"] == []


def test_a_user_s_claims_are_judged_too_and_a_broken_file_is_reported(
    api: TestClient, tmp_path: Path, two_cells: list[int]
) -> None:
    (tmp_path / "claims").mkdir()
    (tmp_path / "claims" / "mine.toml").write_text(GOOD)
    (tmp_path / "claims" / "broken.toml").write_text("?")
    answer = api.get("/api/v1/evidence", params={"runs": joined(two_cells)}).json()
    assert claims_of(answer, "mine")["M1"]["verdict"] == "refuted"
    assert answer["problems"][0].startswith("broken.toml")


def test_runs_are_judged(api: TestClient, two_cells: list[int]) -> None:
    response = api.get("/api/v1/evidence", params={"runs": joined(two_cells)})
    answer = response.json()
    claim = claims_of(answer)["C5"]
    assert claim["verdict"] == "supported"
    assert claim["judgements"][0]["runs"] == two_cells
    assert int(response.headers["Skiplab-Event-Id"]) > 0


def test_an_experiment_is_judged_on_its_runs_alone(api: TestClient, database: Database, two_cells: list[int]) -> None:
    with database.write() as session:
        experiment_id = experiments.add(session, "mine").id
        for run_id in two_cells[:4]:
            row = runs.get(session, run_id)
            assert row is not None
            row.experiment_id = experiment_id
            session.add(row)
    answer = api.get("/api/v1/evidence", params={"experiment": experiment_id}).json()
    assert [each["run"] for each in answer["runs"]] == two_cells[:4]
    assert claims_of(answer)["C5"]["verdict"] == "inconclusive"


def test_measures_of_runs_and_cells_come_along(api: TestClient, two_cells: list[int]) -> None:
    answer = api.get("/api/v1/evidence", params={"runs": joined(two_cells), "target": 0.5}).json()
    assert [cell["seeds"] for cell in answer["cells"]] == [[0, 1, 2], [0, 1, 2]]
    best = answer["cells"][0]["summaries"]["best_accuracy"]
    assert (best["n"], best["mean"]) == (3, pytest.approx(0.8))
    reached = answer["cells"][1]["summaries"]["epochs_to_target"]
    assert (reached["n"], reached["reached"]) == (3, 2)
    first = answer["runs"][0]["values"]
    assert first["seconds_to_target"] == pytest.approx(2 + 2 * 0.2 / 0.49)
    assert first["images_to_target"] == pytest.approx(1437 * (1 + 0.2 / 0.49))
    assert {each["key"] for each in answer["measures"]} == set(first)


def test_measures_are_answered_without_verdicts(api: TestClient, two_cells: list[int]) -> None:
    params: dict[str, str | float] = {"runs": joined(two_cells), "target": 0.5}
    whole = api.get("/api/v1/evidence", params=params).json()
    answer = api.get("/api/v1/evidence/measures", params=params)
    assert answer.json() == {name: whole[name] for name in ("measures", "target", "cells", "runs")}
    assert int(answer.headers["Skiplab-Event-Id"]) > 0


def test_measures_are_exported_with_the_spec(api: TestClient, two_cells: list[int]) -> None:
    answer = api.get("/api/v1/evidence/measures.csv", params={"runs": joined(two_cells), "target": 0.5})
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(answer.text.splitlines()))
    assert [int(row["run"]) for row in rows] == two_cells
    assert (rows[0]["model"], rows[0]["seed"], rows[0]["milestones"]) == ("resnet18", "0", "0.5 0.75")
    assert float(rows[0]["best_accuracy"]) == pytest.approx(0.79)
    assert rows[3]["epochs_to_target"] == ""
    assert set(Measure) <= set(rows[0])


def test_a_name_that_looks_like_a_formula_is_exported_as_text(api: TestClient, queued: Callable[..., int]) -> None:
    run_id = queued()
    assert api.patch(f"/api/v1/runs/{run_id}", json={"name": "=1+1"}).status_code == 200
    (row,) = csv.DictReader(api.get("/api/v1/evidence/measures.csv", params={"runs": run_id}).text.splitlines())
    assert row["name"] == "'=1+1"


def test_a_verdict_names_the_figures_that_show_it_and_they_can_be_drawn(api: TestClient, two_cells: list[int]) -> None:
    judged = [
        judgement
        for claim in claims_of(api.get("/api/v1/evidence", params={"runs": joined(two_cells)}).json()).values()
        for judgement in claim["judgements"]
    ]
    links = {
        (link["kind"], *sorted(link["options"].items())): judgement
        for judgement in judged
        for link in judgement["figures"]
    }
    assert {kind for kind, *_ in links} == {"cost", "curves"}
    for (kind, *options), judgement in links.items():
        params = {"runs": joined(judgement["runs"]), **dict(options)}
        assert api.get(f"/api/v1/figures/{kind}", params=params).status_code == 200, (kind, options)


def test_curves_are_summarised_over_the_seeds(api: TestClient, two_cells: list[int]) -> None:
    good, poor = api.get("/api/v1/evidence/curves", params={"runs": joined(two_cells)}).json()["series"]
    assert (good["label"], good["epoch"], good["n"]) == ("resnet18", [1, 2], [3, 3])
    assert good["mean"] == pytest.approx([0.3, 0.8])
    assert good["low"][1] < 0.8 < good["high"][1]
    assert poor["runs"] == two_cells[3:]


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({}, 422),
        ({"runs": "1", "experiment": 1}, 422),
        ({"runs": "one"}, 422),
        ({"runs": "99"}, 404),
        ({"experiment": 99}, 404),
        ({"runs": "", "claims": "nobody"}, 404),
        ({"runs": "", "target": 1.5}, 422),
    ],
)
def test_unknown_ids_are_reported(api: TestClient, params: dict[str, Any], status: int) -> None:
    answer = api.get("/api/v1/evidence", params=params)
    assert answer.status_code == status
    assert answer.json()["detail"]


def test_without_runs_every_claim_is_untested(api: TestClient) -> None:
    answer = api.get("/api/v1/evidence", params={"runs": ""}).json()
    assert {claim["verdict"] for claim in claims_of(answer).values()} == {"untested"}


def test_what_is_offered_to_settle_a_claim_can_be_launched(api: TestClient, two_cells: list[int]) -> None:
    answer = api.get("/api/v1/evidence", params={"runs": joined(two_cells[:4])}).json()
    missing = claims_of(answer)["C5"]["missing"]
    (launch,) = [each for each in missing["launches"] if each["vary"]["model"] == ["cnn"]]
    body = {field: launch[field] for field in ("name", "vary", "spec")}
    response = api.post("/api/v1/experiments", json=body)
    assert response.status_code == 201, response.text
    assert len(response.json()["runs"]) == launch["runs"]


def test_environments_of_attempts_are_compared(database: Database, two_cells: list[int], api: TestClient) -> None:
    for place, run_id in enumerate(two_cells):
        with database.write() as session:
            row = runs.get(session, run_id)
            assert row is not None
            row.environment = {"threads": 1 + place % 2, "packages": {"torch": "2.14"}, "commit": None}
            session.add(row)
    answer = api.get("/api/v1/evidence", params={"runs": joined(two_cells)}).json()
    findings = claims_of(answer)["C5"]["judgements"][0]["findings"]
    assert ("different threads: 1, 2", "times", []) in [(each["text"], each["bars"], each["runs"]) for each in findings]


def test_gradients_over_depth_come_from_the_blocks(api: TestClient, two_cells: list[int]) -> None:
    answer = api.get("/api/v1/evidence", params={"runs": joined(two_cells)}).json()
    assert answer["runs"][0]["values"]["gradient_ratio"] == pytest.approx(0.5)


def test_unselected_seeds_are_reported(api: TestClient, two_cells: list[int]) -> None:
    answer = api.get("/api/v1/evidence", params={"runs": joined(two_cells[:-2])}).json()
    findings = claims_of(answer)["C5"]["judgements"][0]["findings"]
    (left_out,) = [each for each in findings if "were not selected" in each["text"]]
    assert (left_out["bars"], left_out["runs"]) == ("nothing", two_cells[-2:])
    assert left_out["sentence"].endswith(f"(runs {two_cells[-2]}, {two_cells[-1]})")


def into_experiment(database: Database, run_ids: Sequence[int]) -> None:
    with database.write() as session:
        experiment_id = experiments.add(session, "planned together").id
        for run_id in run_ids:
            row = runs.get(session, run_id)
            assert row is not None
            row.experiment_id = experiment_id
            session.add(row)


def test_runs_that_were_planned_together_are_judged_together_however_they_are_asked_for(
    api: TestClient, database: Database, two_cells: list[int], queued: Callable[..., int]
) -> None:
    """Selecting three finished seeds before the fourth ends, or after it failed, selects by outcome."""
    fourth = queued(model="cnn", epochs=2, seed=3)
    asked = {"runs": joined(two_cells)}
    assert claims_of(api.get("/api/v1/evidence", params=asked).json())["C5"]["verdict"] == "supported"
    into_experiment(database, [*two_cells, fourth])
    for status, text in (("queued", "not finished yet"), ("cancelled", "failed or cancelled")):
        assert api.get(f"/api/v1/runs/{fourth}").json()["status"] == status
        claim = claims_of(api.get("/api/v1/evidence", params=asked).json())["C5"]
        assert claim["verdict"] == "inconclusive"
        (finding,) = [each for each in claim["judgements"][0]["findings"] if text in each["text"]]
        assert (finding["bars"], finding["runs"]) == ("measurements", [fourth])
        api.post(f"/api/v1/runs/{fourth}/cancel")


def test_seeds_that_came_after_a_verdict_are_another_analysis_however_they_are_asked_for(
    api: TestClient, database: Database, finished: Callable[..., int], two_cells: list[int]
) -> None:
    """Selecting only the new runs does not make the first ones unseen."""
    heights = {"resnet18": 0.8, "cnn": 0.5}
    added = [finished([0.3, high], model=model, seed=seed) for model, high in heights.items() for seed in (3, 4, 5)]
    into_experiment(database, [*two_cells, *added])
    with database.write() as session:
        together = [row for run_id in added if (row := runs.get(session, run_id)) is not None]
        for row in together:
            row.created_at = together[0].created_at
            session.add(row)
    every: list[dict[str, Any]] = [{"experiment": 1}, {"runs": joined([*two_cells, *added])}, {"runs": joined(added)}]
    for asked in every:
        judgement = claims_of(api.get("/api/v1/evidence", params=asked).json())["C5"]["judgements"][0]
        assert (judgement["look"], judgement["level"]) == (1, 0.025), asked


def test_a_seed_that_failed_and_was_trained_again_bars_nothing(
    api: TestClient, database: Database, two_cells: list[int], queued: Callable[..., int]
) -> None:
    given_up = queued(model="cnn", epochs=2, seed=1)
    api.post(f"/api/v1/runs/{given_up}/cancel")
    into_experiment(database, [*two_cells, given_up])
    answer = api.get("/api/v1/evidence", params={"runs": joined(two_cells)}).json()
    assert claims_of(answer)["C5"]["verdict"] == "supported"
