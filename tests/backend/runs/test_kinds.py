"""A run of another kind among lab runs: lists and backups include it; what needs a spec skips it."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from backend.db import metrics, run_views, submissions
from backend.db.attempts import Claim
from backend.db.database import Database
from backend.db.metrics import Point
from backend.db.tables import RunTable, utc_now
from backend.ops.backup import back_up
from backend.ops.restore import restore
from backend.reconciler import Reconciler
from skiplab.contract.config import RunKind
from skiplab.contract.jobs import LEASE_SECONDS
from skiplab.contract.lifecycle import Status
from tests.backend.conftest import Clock, CountingNotifier
from tests.databases import BOTH

Queue = Callable[..., int]
CONFIG = {"lr": 0.1, "arch": {"name": "unet", "depth": [1, 2]}}


@pytest.fixture
def external(database: Database) -> Callable[..., int]:
    """Store a run that a client logs; return its id."""

    def store(*, kind: RunKind = RunKind.EXTERNAL, status: Status = Status.RUNNING) -> int:
        row = RunTable(name="no-bn", kind=kind, config=CONFIG, status=status, tags=["mine"])
        with database.write() as session:
            submissions.store(session, [row], cause="logged by a client")
            assert row.id is not None
            metrics.store(session, [Point.of(row.id, "val/iou", 10, 1, utc_now(), 0.5)])
            return row.id

    return store


@BOTH
def test_it_is_answered_with_its_config_and_null_where_its_kind_has_nothing(
    api: TestClient, queued: Queue, external: Callable[..., int]
) -> None:
    lab_run, own = queued(), external()

    listed = {run["id"]: run for run in api.get("/api/v1/runs").json()["items"]}

    run = api.get(f"/api/v1/runs/{own}").json()
    assert listed[own] == run
    assert (run["kind"], run["config"]) == ("external", CONFIG)
    assert [run[field] for field in ("spec", "spec_problem", "epochs", "progress", "best", "network", "data")] == [
        None
    ] * 7
    assert (listed[lab_run]["kind"], listed[lab_run]["config"]) == ("lab", None)
    assert listed[lab_run]["progress"] == 0


@BOTH
def test_it_can_be_filtered_and_sorted(api: TestClient, queued: Queue, external: Callable[..., int]) -> None:
    lab_runs, own = [queued(), queued(model="resnet18")], external()

    def ids(**query: Any) -> list[int]:
        return [run["id"] for run in api.get("/api/v1/runs", params=query).json()["items"]]

    assert ids(kind="external") == ids(tag="mine") == ids(q="NO-bn") == ids(status="running") == [own]
    assert ids(kind=["lab", "imported"]) == ids(dataset="digits") == lab_runs[::-1]
    # Without a network it comes last in either direction.
    assert ids(sort="model") == [*lab_runs, own]
    assert ids(sort="-model") == [*lab_runs[::-1], own]
    for sort in ("id", "name", "status", "model", "best"):
        for direction in ("", "-"):
            assert ids(sort=direction + sort, limit=2) == ids(sort=direction + sort)[:2]
            assert _paged(api, direction + sort) == ids(sort=direction + sort)


def _paged(api: TestClient, sort: str) -> list[int]:
    """All runs, in pages of one."""
    found: list[int] = []
    cursor: int | None = None
    while True:
        query: dict[str, Any] = {"sort": sort, "limit": 1} | ({} if cursor is None else {"cursor": cursor})
        page = api.get("/api/v1/runs", params=query).json()
        found += [run["id"] for run in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            return found


def test_its_values_are_answered_and_what_needs_a_spec_leaves_it_out(
    api: TestClient, queued: Queue, external: Callable[..., int], worker_id: int
) -> None:
    lab_run, own = queued(), external()
    assert worker_id

    (series,) = api.get("/api/v1/metrics", params={"runs": f"{lab_run},{own}"}).json()["series"]
    evidence = api.get("/api/v1/evidence", params={"runs": f"{lab_run},{own}"}).json()

    assert (series["run"], series["key"], series["value"]) == (own, "val/iou", [0.5])
    assert [run["run"] for run in evidence["runs"]] == [lab_run]
    assert any(f"run {own} is left out" in problem for problem in evidence["problems"])
    assert api.get("/api/v1/evidence", params={"runs": str(own)}).json()["runs"] == []
    csv = api.get("/api/v1/evidence/measures.csv", params={"runs": f"{lab_run},{own}"})
    assert csv.status_code == 200
    launch = {"spec": {"model": "cnn", "dataset": "digits"}}
    assert api.post("/api/v1/estimate", json=launch).status_code == 200
    for path in ("environment", "history", "logs", "layers", "artifacts", "metrics"):
        assert api.get(f"/api/v1/runs/{own}/{path}").status_code == 200, path


def test_figures_of_it_alone_or_with_a_lab_run_do_not_fail(
    api: TestClient, queued: Queue, external: Callable[..., int]
) -> None:
    lab_run, own = queued(), external()

    for kind in [each["kind"] for each in api.get("/api/v1/figures").json()["items"]]:
        for runs in (str(own), f"{lab_run},{own}"):
            assert api.get(f"/api/v1/figures/{kind}", params={"runs": runs}).status_code < 500, (kind, runs)


def test_the_queue_and_its_workers_leave_it_alone(
    api: TestClient, database: Database, queued: Queue, external: Callable[..., int], claim: Callable[[], Claim | None]
) -> None:
    own, lab_run = external(), queued()

    assert api.get("/api/v1/queue").json()["items"] == [lab_run]
    claimed = claim()
    assert claimed is not None
    assert claimed.run_id == lab_run
    assert claim() is None
    # No worker holds it, and so none can lose it.
    clock = Clock()
    reconciler = Reconciler(database, CountingNotifier(), clock=clock)
    for _ in range(20):
        reconciler.step()
        clock.now += LEASE_SECONDS / 6
    assert api.get(f"/api/v1/runs/{own}").json()["status"] == "running"
    assert api.get(f"/api/v1/runs/{lab_run}").json()["status"] == "queued"


@pytest.mark.parametrize("kind", [RunKind.SCRIPT, RunKind.EXTERNAL])
def test_one_in_the_queue_that_nothing_here_can_train_fails_by_name_and_the_next_is_taken(
    api: TestClient, queued: Queue, external: Callable[..., int], claim: Callable[[], Claim | None], kind: RunKind
) -> None:
    own, lab_run = external(status=Status.QUEUED, kind=kind), queued()

    claimed = claim()

    assert claimed is not None
    assert claimed.run_id == lab_run
    failed = api.get(f"/api/v1/runs/{own}").json()
    assert (failed["status"], failed["reason"]) == ("failed", f"no worker of this version trains runs of kind {kind}")


def test_its_life_is_its_client_s(api: TestClient, external: Callable[..., int]) -> None:
    own = external()

    assert api.post(f"/api/v1/runs/{own}/pause").status_code == 409
    assert api.post(f"/api/v1/runs/{own}/cancel").json()["stop_as"] == "cancelled"
    assert api.patch(f"/api/v1/runs/{own}", json={"note": "a note"}).json()["note"] == "a note"
    over = external(status=Status.FAILED)
    for action in ("resume", "retry"):
        answer = api.post(f"/api/v1/runs/{over}/{action}")
        assert answer.status_code == 409
        assert "kind external" in answer.json()["detail"]
    assert api.delete(f"/api/v1/runs/{over}").status_code == 204


def test_a_backup_holds_it(database: Database, external: Callable[..., int], tmp_path: Path) -> None:
    own, file, home = external(), tmp_path / "backup.zip", tmp_path / "restored"
    back_up(database, tmp_path, file)
    home.mkdir()

    with closing(Database(f"sqlite:///{home / 'skiplab.db'}")) as other:
        restore(file, other, home)
        with other.read() as session:
            run = run_views.view(session, session.get_one(RunTable, own))

    assert (run.kind, run.config) == (RunKind.EXTERNAL, CONFIG)
