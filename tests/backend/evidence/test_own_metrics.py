"""A plugin's metric is a measure and a figure like the lab's own, as long as runs have its values."""

import csv
import pickle
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from backend.db import attempts, quantities, records
from backend.db.attempts import Claim
from backend.db.database import Database
from backend.db.records import EpochRecord
from backend.evidence.final_value import FinalValue
from skiplab.contract.metrics import Metric
from skiplab.contract.quantities import Quantity
from tests.backend.evidence.claims import GOOD

F1 = Quantity(
    key="test/f1", title="F1 (test)", unit="fraction", better="higher", part="test", lowest=None, plugin="mine.py"
)

OF_F1 = GOOD.replace('"best_accuracy"', '"test/f1"').replace('"same"', '"greater"')

Ask = Callable[..., Any]


@pytest.fixture
def trained(database: Database, queued: Callable[..., int], claim: Callable[[], Claim]) -> str:
    """Three finished seeds of two networks, equal in accuracy; the F1 of `cnn` is higher. As the parameter `runs`."""
    with database.write() as session:
        quantities.announce(session, [F1])
    ids = []
    for model, f1 in (("cnn", 0.8), ("resnet18", 0.4)):
        for seed in range(3):
            run_id = queued(model=model, seed=seed)
            held = claim()
            for epoch in (1, 2):
                values: dict[str, float] = {
                    Metric.TEST_ACCURACY: 0.5 + 0.01 * seed,
                    Metric.TEST_TOP5: 0.9,
                    F1.key: f1 * epoch / 2 + 0.01 * seed,
                }
                with database.write() as session:
                    records.epoch(session, run_id, held.attempt, EpochRecord(epoch=epoch, step=epoch, values=values))
            with database.write() as session:
                attempts.finish(session, run_id, held.attempt)
            ids.append(run_id)
    return ",".join(map(str, ids))


@pytest.fixture
def ask(api: TestClient, trained: str) -> Ask:
    """What an address says of these runs."""

    def answer(path: str, **options: str) -> Any:
        return api.get(f"/api/v1/{path}", params={"runs": trained, **options})

    return answer


def written(home: Path, text: str) -> None:
    (home / "claims").mkdir(exist_ok=True)
    (home / "claims" / "mine.toml").write_text(text)


def judged(answer: dict[str, Any]) -> dict[str, Any]:
    (mine,) = [each for each in answer["sets"] if each["key"] == "mine"]
    found: dict[str, Any] = mine["claims"][0]
    return found


def test_a_claim_names_the_metric_by_its_key_and_is_judged_on_the_last_epoch(ask: Ask, tmp_path: Path) -> None:
    written(tmp_path, OF_F1)

    claim = judged(ask("evidence").json())

    assert claim["verdict"] == "supported"
    judgement = claim["judgements"][0]
    (part,) = judgement["parts"]
    assert (part["measure"], part["label"], part["unit"]) == ("test/f1", "final F1 (test)", "%")
    assert part["effect"] == pytest.approx(0.4)
    assert judgement["figures"] == [{"kind": "curves", "options": {"key": "test/f1"}}]


def test_a_claim_may_name_any_of_the_labs_own_quantities_too(ask: Ask, tmp_path: Path) -> None:
    written(tmp_path, GOOD.replace('"best_accuracy"', '"test/top5"'))

    (part,) = judged(ask("evidence").json())["judgements"][0]["parts"]

    assert [each["values"] for each in part["roles"]] == [[0.9] * 3] * 2


def test_a_claim_on_a_metric_that_is_not_there_is_refused_with_those_that_are(
    api: TestClient, ask: Ask, tmp_path: Path
) -> None:
    written(tmp_path, OF_F1.replace("test/f1", "test/f2"))

    for answer in (ask("evidence"), api.get("/api/v1/claims")):
        (problem,) = answer.json()["problems"]
        assert problem.startswith("mine.toml: claims.0.parts.0.measure: 'test/f2' is neither a measure (parameters, ")
        assert problem.endswith(", test/f1)")


def test_a_claims_file_is_read_again_once_its_metric_is_on_offer(
    api: TestClient, database: Database, tmp_path: Path
) -> None:
    written(tmp_path, OF_F1)
    assert len(api.get("/api/v1/claims").json()["problems"]) == 1

    with database.write() as session:
        quantities.announce(session, [F1])

    claims = api.get("/api/v1/claims").json()
    assert claims["problems"] == []
    assert claims["items"][-1]["claims"][0]["parts"][0]["measure"] == "test/f1"


def test_the_verdict_is_drawn_beside_the_others_and_reported(ask: Ask, tmp_path: Path) -> None:
    written(tmp_path, OF_F1)

    drawn = ask("figures/forest", claims="mine").json()

    labels = [label for trace in drawn["data"] for label in trace["y"]]
    assert labels == ["M1 final F1 (test) (cnn / resnet18)"]
    assert "final F1 (test)" in ask("report.md").text


def test_its_final_value_is_a_measure_of_runs_and_cells_and_a_column_of_the_table(ask: Ask) -> None:
    answer = ask("evidence/measures").json()

    assert answer["measures"][-1]["key"] == "test/f1"
    assert answer["measures"][-1]["better"] == "higher"
    assert answer["runs"][0]["values"]["test/f1"] == pytest.approx(0.8)
    assert answer["cells"][0]["summaries"]["test/f1"]["n"] == 3
    rows = list(csv.DictReader(ask("evidence/measures.csv").text.splitlines()))
    assert [float(row["test/f1"]) for row in rows] == pytest.approx([0.8, 0.81, 0.82, 0.4, 0.41, 0.42])


def test_it_is_drawn_over_epochs_under_its_title_in_percent(ask: Ask) -> None:
    figure = ask("figures/curves", key="test/f1").json()

    assert figure["title"] == "Metric over epochs: F1 (test)"
    assert figure["layout"]["yaxis"]["title"] == {"text": "F1 (test)"}
    assert figure["layout"]["yaxis"]["tickformat"] == "~%"
    assert {trace["name"] for trace in figure["data"] if "name" in trace} == {"cnn (3 runs)", "resnet18 (3 runs)"}
    curves = ask("evidence/curves", key="test/f1").json()["series"]
    assert [each["mean"] for each in curves] == [pytest.approx([0.41, 0.81]), pytest.approx([0.21, 0.41])]


def test_every_quantity_that_a_figure_offers_is_read(ask: Ask) -> None:
    assert ask("figures/curves", key="test/top5").status_code == 200
    assert len(ask("evidence/curves", key="test/top5").json()["series"]) == 2


def test_a_final_value_can_be_copied_and_pickled() -> None:
    value = FinalValue(F1)
    for copy in (deepcopy(value), pickle.loads(pickle.dumps(value))):
        assert (copy, copy.label) == ("test/f1", "final F1 (test)")


@pytest.mark.usefixtures("trained")
def test_the_figure_of_a_curve_offers_it(api: TestClient) -> None:
    (curves,) = [each for each in api.get("/api/v1/figures").json()["items"] if each["kind"] == "curves"]

    assert curves["options"][0]["choices"][-1] == {"value": "test/f1", "title": "F1 (test)"}


@pytest.mark.parametrize("path", ["figures/curves", "figures/gap", "evidence/curves"])
def test_a_key_of_no_quantity_is_refused_with_those_there_are(ask: Ask, path: str) -> None:
    response = ask(path, key="test/f2")

    assert response.status_code == 422
    assert response.json()["detail"].startswith("key: unknown quantity 'test/f2'; available: train/loss, ")
    (error,) = response.json()["errors"]
    assert (error["field"], error["value"], error["allowed"][-1]) == ("key", "test/f2", "test/f1")


def test_what_runs_have_of_a_plugin_that_has_gone_is_judged_and_drawn(
    ask: Ask, database: Database, tmp_path: Path
) -> None:
    written(tmp_path, OF_F1)
    with database.write() as session:
        quantities.announce(session, [])

    assert judged(ask("evidence").json())["verdict"] == "supported"
    assert ask("figures/curves", key="test/f1").json()["layout"]["yaxis"]["tickformat"] == "~%"
