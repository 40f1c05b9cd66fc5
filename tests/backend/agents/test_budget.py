"""A token of scope `agent`: what it may do, and that its budget cannot be exceeded."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from backend.auth import service
from backend.db import agent_runs, catalog, metrics
from backend.db.attempts import Claim
from backend.db.database import Database
from backend.db.metrics import Point
from backend.db.tables import RunTable, TransitionTable, utc_now
from skiplab.contract.access import Limits
from skiplab.contract.catalog import DatasetCard, ModelDetails
from skiplab.contract.metrics import Metric
from skiplab.contract.sign_in import NewToken

HOUR = 3600

RUNS = "/api/v1/runs"
EXPERIMENTS = "/api/v1/experiments"

HALF_AN_HOUR = {"model": "cnn", "dataset": "digits", "epochs": 180, "train_eval_limit": 0, "test_limit": 300}
"""At 100 images a second: 900 training images and a third of 300 test images take 10 s."""


@pytest.fixture
def offered(database: Database, worker_id: int) -> int:
    with database.write() as session:
        images = {"train_images": 900, "test_images": 300}
        catalog.announce(
            session,
            [ModelDetails(key=key, label=key) for key in ("cnn", "unknown")],
            [DatasetCard(key="digits", label="Digits", available=True, source="a package", **images)],
        )
    return worker_id


@pytest.fixture
def timed(database: Database, offered: int, queued: Callable[..., int]) -> int:
    """An earlier run of cnn, by a person; `offered` is a worker."""
    run_id = queued(model="cnn")
    with database.write() as session:
        session.get_one(RunTable, run_id).epoch = offered and 1
        metrics.store(session, [Point.of(run_id, Metric.IMAGES_PER_SECOND, 1, 1, utc_now(), 100.0)])
    return run_id


@pytest.fixture
def agent(guarded: TestClient, database: Database) -> TestClient:
    """The lab as an agent sees it that may queue five runs and take two hours."""
    made = service.make(database, NewToken(name="night", scope="agent", budget=Limits(runs=5, device_hours=2)))
    guarded.headers["Authorization"] = f"Bearer {made.token}"
    return guarded


def budget(agent: TestClient) -> tuple[int, float]:
    """Return what is used."""
    left = agent.get("/api/v1/budget").json()["budget"]
    return left["used_runs"], round(left["used_device_hours"], 3)


@pytest.mark.usefixtures("timed")
def test_runs_and_hours_count_when_they_are_queued(agent: TestClient) -> None:
    assert budget(agent) == (0, 0.0)
    assert agent.post(RUNS, json=HALF_AN_HOUR).status_code == 201
    more = {"name": "seeds", "spec": HALF_AN_HOUR, "vary": {"seed": [1, 2]}}
    assert agent.post(EXPERIMENTS, json=more).status_code == 201
    assert budget(agent) == (3, 1.5)


@pytest.mark.usefixtures("timed")
def test_more_hours_than_are_left_are_refused_and_nothing_is_queued(agent: TestClient) -> None:
    agent.post(RUNS, json=HALF_AN_HOUR)
    answer = agent.post(EXPERIMENTS, json={"name": "x", "spec": HALF_AN_HOUR, "vary": {"seed": [1, 2, 3, 4]}})
    assert (answer.status_code, answer.json()["type"]) == (403, "over-budget")
    for told in ("2 device hours", "0.5 are used", "about 2 were asked for"):
        assert told in answer.json()["detail"]
    assert budget(agent) == (1, 0.5)


@pytest.mark.usefixtures("timed")
def test_more_runs_than_are_left_are_refused(agent: TestClient) -> None:
    short = {**HALF_AN_HOUR, "epochs": 1}
    answer = agent.post(EXPERIMENTS, json={"name": "x", "spec": short, "vary": {"seed": [*range(6)]}})
    assert answer.status_code == 403
    assert "budget is 5 runs: 0 are used, 6 were asked for" in answer.json()["detail"]


@pytest.mark.usefixtures("timed")
def test_launches_at_the_same_time_share_one_budget(agent: TestClient) -> None:
    def launch(number: int) -> int:
        body = {"name": f"{number}", "spec": {**HALF_AN_HOUR, "epochs": 1}, "vary": {"seed": [number, 100 + number]}}
        return agent.post(EXPERIMENTS, json=body).status_code

    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(launch, range(8)))
    assert codes.count(201) == 2
    assert budget(agent)[0] == 4


@pytest.mark.usefixtures("offered")
def test_runs_of_unknown_length_are_queued_one_at_a_time(agent: TestClient) -> None:
    unknown = {**HALF_AN_HOUR, "model": "unknown"}
    both = agent.post(EXPERIMENTS, json={"name": "x", "spec": unknown, "vary": {"seed": [0, 1]}})
    assert both.status_code == 403
    assert "Queue one of them, and wait for it" in both.json()["detail"]
    first = agent.post(RUNS, json=unknown)
    assert first.status_code == 201
    assert f"Run {first.json()['id']} is such a run" in agent.post(RUNS, json=unknown).json()["detail"]


@pytest.mark.usefixtures("timed")
def test_an_ended_run_counts_for_the_time_it_took(
    agent: TestClient, database: Database, claim: Callable[[], Claim | None]
) -> None:
    run_id = agent.post(RUNS, json=HALF_AN_HOUR).json()["id"]
    claim()  # the earlier run of a person
    assert claim() is not None
    with database.write() as session:
        started = session.exec(
            select(TransitionTable).where(TransitionTable.run_id == run_id, TransitionTable.status == "running")
        ).one()
        started.time -= timedelta(seconds=HOUR)
    with database.read() as session:
        (held,) = agent_runs.of_token(session, session.get_one(RunTable, run_id).agent or 0)
    assert held.device_seconds == pytest.approx(HOUR, abs=60)
    assert budget(agent)[1] == pytest.approx(1.0, abs=0.02), "it took longer than the half hour that was estimated"


def test_an_agent_deletes_stops_and_makes_nothing(agent: TestClient, timed: int) -> None:
    refused = [
        agent.delete(f"{RUNS}/{timed}"),
        agent.post(f"{RUNS}/bulk", json={"action": "delete", "runs": [timed]}),
        agent.post(f"{RUNS}/{timed}/cancel"),
        agent.post(f"{RUNS}/{timed}/retry"),
        agent.post(f"{EXPERIMENTS}/1/cancel"),
        agent.delete("/api/v1/datasets/digits?version=1"),
        agent.post("/api/v1/tokens", json={"name": "mine", "scope": "write"}),
        agent.post("/api/v1/workers/1/drain"),
        agent.post(RUNS, json={"kind": "external", "name": "x"}),
    ]
    assert {answer.status_code for answer in refused} == {403}
    assert agent.get(f"{RUNS}/{timed}").json()["status"] == "queued"


def test_an_agent_notes_on_its_own_runs_only(agent: TestClient, timed: int) -> None:
    own = agent.post(RUNS, json=HALF_AN_HOUR).json()["id"]
    assert agent.patch(f"{RUNS}/{own}", json={"note": "tests R1"}).json()["note"] == "tests R1"
    assert agent.patch(f"{RUNS}/{own}", json={"archived": True}).status_code == 403
    assert agent.patch(f"{RUNS}/{own}", json={"priority": "high"}).status_code == 403
    assert agent.patch(f"{RUNS}/{timed}", json={"note": "mine now"}).status_code == 403


def test_a_token_of_scope_agent_has_a_budget_and_others_have_none(api: TestClient) -> None:
    limits = {"runs": 3, "device_hours": 0.5}
    for body in ({"scope": "agent"}, {"scope": "write", "budget": limits}):
        answer = api.post("/api/v1/tokens", json={"name": "x", **body})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "budget")
    made = api.post("/api/v1/tokens", json={"name": "x", "scope": "agent", "budget": limits})
    assert made.status_code == 201
    used = {"used_runs": 0, "used_device_hours": 0.0}
    bearer = {"Authorization": f"Bearer {made.json()['token']}"}
    assert api.get("/api/v1/budget", headers=bearer).json() == {"budget": {**limits, **used}}, "also without sign-in"
    assert api.get("/api/v1/budget").json() == {"budget": None}
