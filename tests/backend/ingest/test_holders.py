"""Who holds a run: a resumed one has a new holder, and a run that was cancelled or has ended has none."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from backend.db.database import Database
from backend.main import create_app
from backend.reconciler import Reconciler
from backend.settings import Settings
from skiplab.contract.ingest_limits import LOST_CONTACT_SECONDS
from tests.backend.conftest import Clock, CountingNotifier
from tests.backend.ingest.client import RUNS, LoggingClient, begin
from tests.databases import BOTH, BOTH_IN_TIME

Wait = Callable[[float], None]


@pytest.fixture
def wait(database: Database, clock: Clock) -> Wait:
    """Let time pass for the reconciler."""
    reconciler = Reconciler(database, CountingNotifier(), clock=clock)

    def seconds(count: float) -> None:
        reconciler.step()
        for _ in range(round(count)):
            clock.now += 1
            reconciler.step()

    return seconds


@BOTH
def test_a_resumed_run_goes_on_under_a_new_holder_and_the_old_one_is_fenced(api: TestClient) -> None:
    old = LoggingClient.start(api, external_id="mine")
    old.log(7, loss=0.5)

    answer = begin(api, external_id="mine", resume="allow")
    assert answer.status_code == 200
    assert {key: answer.json()[key] for key in ("holder", "seq", "last_step")} == {
        "holder": 2,
        "seq": 0,
        "last_step": 7,
    }
    new = LoggingClient(api, answer.json())
    assert new.run_id == old.run_id

    assert new.log(8, loss=0.25).json()["seq"] == 1
    for refused in (old.log(9, loss=9.0), old.beat(), old.finish()):
        assert (refused.status_code, refused.json()["type"]) == (409, "holder_lost")
    assert new.series()["loss"]["step"] == [7, 8]


@BOTH_IN_TIME
@pytest.mark.parametrize("status", ["finished", "failed", "cancelled"])
def test_a_run_that_has_ended_can_be_resumed(api: TestClient, status: str) -> None:
    client = LoggingClient.start(api, external_id="mine")
    assert client.finish(status, reason="because").json()["reason"] == "because"

    resumed = LoggingClient.start(api, external_id="mine", resume="must")

    run = resumed.run()
    assert (run["status"], run["reason"], run["finished_at"]) == ("running", None, None)
    assert resumed.finish().json()["status"] == "finished"


def test_an_id_that_is_taken_or_unknown_is_refused_by_name(api: TestClient) -> None:
    missing = begin(api, external_id="mine", resume="must")
    assert (missing.status_code, missing.json()["type"]) == (404, "nothing_to_resume")
    assert begin(api, resume="must").status_code == 422
    assert begin(api, external_id="mine", resume="allow").status_code == 201
    taken = begin(api, external_id="mine")
    assert (taken.status_code, taken.json()["type"]) == (409, "run_exists")


@BOTH_IN_TIME
def test_the_client_learns_of_a_cancel_and_ends_its_run(api: TestClient) -> None:
    client = LoggingClient.start(api)
    assert client.beat().json()["stop"] is None

    cancelled = api.post(f"{RUNS}/{client.run_id}/cancel").json()

    assert (cancelled["status"], cancelled["stop_as"]) == ("running", "cancelled")
    assert client.log(1, loss=0.5).json()["stop"] == "cancelled"
    assert client.finish("cancelled").json()["status"] == "cancelled"
    assert client.log(2, loss=0.5).json()["type"] == "holder_lost"


def test_a_finish_that_is_repeated_changes_nothing(api: TestClient) -> None:
    client = LoggingClient.start(api)
    first = client.finish("failed", reason="KeyboardInterrupt").json()
    assert client.finish("failed", reason="again").json() == first
    assert client.finish("finished").status_code == 409


@BOTH_IN_TIME
def test_a_silent_client_is_shown_until_it_calls_again(api: TestClient, wait: Wait) -> None:
    client = LoggingClient.start(api)
    wait(LOST_CONTACT_SECONDS - 5)
    client.beat()
    wait(LOST_CONTACT_SECONDS - 5)
    assert client.run()["lost_contact"] is None

    wait(10)

    run = client.run()
    assert (run["status"], run["lost_contact"] is not None) == ("running", True)
    wait(100)
    assert client.run()["lost_contact"] == run["lost_contact"]
    client.log(1, loss=0.5)
    assert client.run()["lost_contact"] is None


def test_one_that_ended_loses_no_contact(api: TestClient, wait: Wait) -> None:
    client = LoggingClient.start(api)
    client.finish()
    wait(LOST_CONTACT_SECONDS + 5)
    assert client.run()["lost_contact"] is None


@BOTH_IN_TIME
def test_a_silent_run_is_cancelled_at_once_and_its_client_finds_it_ended(api: TestClient, wait: Wait) -> None:
    client = LoggingClient.start(api)
    wait(LOST_CONTACT_SECONDS + 5)

    cancelled = api.post(f"{RUNS}/{client.run_id}/cancel").json()

    assert (cancelled["status"], cancelled["reason"]) == ("cancelled", "cancelled after its client lost contact")
    assert client.log(1, loss=0.5).json()["type"] == "holder_lost"
    assert api.delete(f"{RUNS}/{client.run_id}").status_code == 204
    assert client.beat().status_code == 404


def test_one_that_was_cancelled_and_falls_silent_has_ended(api: TestClient, wait: Wait) -> None:
    client = LoggingClient.start(api)
    api.post(f"{RUNS}/{client.run_id}/cancel")
    wait(LOST_CONTACT_SECONDS + 5)
    assert client.run()["status"] == "cancelled"


def test_it_is_never_queued_and_no_worker_takes_it(api: TestClient, wait: Wait) -> None:
    client = LoggingClient.start(api)
    wait(LOST_CONTACT_SECONDS * 4)
    assert client.run()["status"] == "running"
    client.finish("failed")
    for action in ("resume", "retry", "pause"):
        assert api.post(f"{RUNS}/{client.run_id}/{action}").status_code == 409
    assert api.get("/api/v1/queue").json()["items"] == []


@pytest.fixture
def narrow(database: Database, tmp_path: Path) -> Iterator[TestClient]:
    """A lab with room for two open runs of a token."""
    app = create_app(Settings(home=tmp_path, database_url=database.url, max_open_runs=2), CountingNotifier())
    with TestClient(app, base_url="http://127.0.0.1") as client:
        yield client


def test_a_token_has_so_many_runs_open_and_no_more(narrow: TestClient) -> None:
    first = LoggingClient.start(narrow, external_id="first")
    LoggingClient.start(narrow)

    refused = begin(narrow)

    assert (refused.status_code, refused.json()["type"]) == (429, "too_many_open_runs")
    assert "SKIPLAB_MAX_OPEN_RUNS" in refused.json()["detail"]
    # Taking over one that is open needs no room.
    LoggingClient.start(narrow, external_id="first", resume="must").finish()
    assert first.run()["status"] == "finished"
    assert begin(narrow).status_code == 201


def test_a_read_only_token_logs_nothing(guarded: TestClient, token: Callable[..., str]) -> None:
    writing = {"Authorization": f"Bearer {token()}"}
    reading = {"Authorization": f"Bearer {token('read', 'reader')}"}
    held = guarded.post(RUNS, json={"kind": "external"}, headers=writing).json()
    body = {"holder": held["holder"]}
    points, finish = (f"{RUNS}/{held['run']['id']}/{path}" for path in ("points", "finish"))

    assert guarded.post(RUNS, json={"kind": "external"}, headers=reading).status_code == 403
    for path in (points, finish):
        assert guarded.post(path, json=body, headers=reading).status_code == 403
        assert guarded.post(path, json=body).status_code == 401
    assert guarded.post(points, json=body, headers=writing).status_code == 200
