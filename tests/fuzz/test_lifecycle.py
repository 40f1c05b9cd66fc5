"""The life of runs, driven by any order of what people and workers do, against a model that is a few lines long.

People speak over HTTP; a worker's part is played on the database, as its slot and its reporter would.
"""

import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, precondition, rule

from backend.contract.catalog import DatasetCard, ModelCard
from backend.contract.lifecycle import ENDED, MAX_CRASHES, MAX_LOST_WORKERS, Status
from backend.contract.worker import Device
from backend.db import attempts, catalog, workers
from backend.db.attempts import Fenced
from backend.db.database import Database
from backend.main import create_app
from backend.settings import Settings
from tests.backend.conftest import CountingQueue
from tests.fuzz.test_openapi import EXAMPLES


@dataclass
class Expected:
    """What a run should be."""

    status: Status = Status.QUEUED
    attempt: int = 0
    stopping: bool = False
    crashes: int = 0
    lost: int = 0
    former: list[int] = field(default_factory=list)

    def settle(self, status: Status) -> None:
        self.status, self.stopping = status, False

    def give_up(self, *, too_often: bool) -> None:
        """An attempt was lost: a cancel that was asked for holds, else the run waits again, or has failed."""
        lost = Status.FAILED if too_often and not self.stopping else Status.QUEUED
        self.settle(Status.CANCELLED if self.stopping else lost)


class Lives(RuleBasedStateMachine):
    runs = Bundle("runs")

    @initialize()
    def start(self) -> None:
        self.stack = ExitStack()
        home = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        given = Settings(home=home, database_url=f"sqlite:///{home / 'skiplab.db'}")
        app = create_app(given, CountingQueue())
        self.client = self.stack.enter_context(TestClient(app, base_url="http://127.0.0.1/api/v1"))
        self.database = Database(given.database)
        self.stack.callback(self.database.close)
        with self.database.write() as session:
            models = [ModelCard(key="cnn", label="CNN", parameters=1, flops=1, structure="Net()")]
            catalog.announce(session, models, [DatasetCard(key="digits", label="Digits", available=True, source="-")])
            self.worker = workers.register(
                session, name="gpu-1", devices=[Device(kind="cpu", name="a test's CPU", index=0)]
            )
        self.model: dict[int, Expected] = {}

    def teardown(self) -> None:
        if hasattr(self, "stack"):
            self.stack.close()

    @rule(target=runs, number=st.integers(1, 3))
    def submit(self, number: int) -> object:
        ids = []
        for _ in range(number):
            answer = self.client.post("/runs", json={"model": "cnn", "dataset": "digits"})
            assert answer.status_code == 201
            ids.append(answer.json()["id"])
            self.model[ids[-1]] = Expected()
        return multiple(*ids)

    @rule()
    def claim(self) -> None:
        waiting = self.of(Status.QUEUED)
        with self.database.write() as session:
            claim = attempts.claim(session, worker_id=self.worker, slot=0, device="cpu")
        assert (claim.run_id if claim else None) == (waiting[0] if waiting else None)
        if claim:
            run = self.model[claim.run_id]
            run.former.append(run.attempt)
            run.status, run.attempt = Status.RUNNING, run.attempt + 1
            assert claim.attempt == run.attempt

    @rule(run_id=runs)
    def cancel(self, run_id: int) -> None:
        answer, run = self.client.post(f"/runs/{run_id}/cancel"), self.model[run_id]
        if run.status in ENDED:
            assert answer.status_code == 409
            assert str(run.status) in answer.json()["detail"]
            return
        assert answer.status_code == 202
        if run.status == Status.RUNNING:
            run.stopping = True
        else:
            run.settle(Status.CANCELLED)

    @precondition(lambda self: self.of(Status.RUNNING))
    @rule(data=st.data(), how=st.sampled_from(["finish", "fail", "hand back", "crash", "lose"]))
    def end_an_attempt(self, data: st.DataObject, how: str) -> None:
        run_id = data.draw(st.sampled_from(self.of(Status.RUNNING)))
        run = self.model[run_id]
        with self.database.write() as session:
            match how:
                case "finish":
                    attempts.finish(session, run_id, run.attempt)
                    run.settle(Status.FINISHED)
                case "fail":
                    attempts.fail(session, run_id, run.attempt, reason="a test says so")
                    run.settle(Status.FAILED)
                case "hand back":
                    attempts.hand_back(session, run_id, run.attempt, reason="stopped")
                    run.give_up(too_often=False)
                case "crash":
                    attempts.crash(session, run_id, run.attempt, reason="crashed")
                    run.crashes += 1
                    run.give_up(too_often=run.crashes >= MAX_CRASHES)
                case "lose":
                    attempts.lose(session, run_id, run.attempt, reason="lost")
                    run.lost += 1
                    run.give_up(too_often=run.lost >= MAX_LOST_WORKERS)

    @rule(run_id=runs, data=st.data())
    def a_former_attempt_wakes_up(self, run_id: int, data: st.DataObject) -> None:
        run = self.model[run_id]
        held = {run.attempt} if run.status == Status.RUNNING else set()
        attempt = data.draw(st.sampled_from([*run.former, run.attempt]))
        if attempt in held:
            return
        try:
            with self.database.write() as session:
                attempts.finish(session, run_id, attempt)
        except Fenced:
            return
        raise AssertionError(f"attempt {attempt} of run {run_id} was let in; it is {run}")

    @invariant()
    def every_run_is_shown_as_it_is(self) -> None:
        if not hasattr(self, "model"):
            return
        page = self.client.get("/runs", params={"sort": "id"}).json()
        shown = {run["id"]: (run["status"], run["attempt"], run["stop_requested"]) for run in page["items"]}
        assert shown == {id: (run.status, run.attempt, run.stopping) for id, run in self.model.items()}
        places = {run["queue_position"]: run["id"] for run in page["items"] if run["queue_position"]}
        assert places == dict(enumerate(self.of(Status.QUEUED), start=1))

    def of(self, status: Status) -> list[int]:
        return [id for id, run in sorted(self.model.items()) if run.status == status]


Lives.TestCase.settings = settings(
    max_examples=int(EXAMPLES), stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
TestLives = pytest.mark.timeout(1800)(Lives.TestCase)
