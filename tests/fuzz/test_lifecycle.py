"""The lifecycle of runs under random orders of user and worker actions, compared with a small reference model.

Users act over HTTP; the worker's side acts on the database, as its slot and reporter do.
"""

import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)

from backend.db import attempts, catalog, workers
from backend.db.attempts import Fenced
from backend.db.database import Database
from backend.main import create_app
from backend.settings import Settings
from skiplab.contract.catalog import DatasetCard, ModelDetails
from skiplab.contract.lifecycle import ENDED, MAX_CRASHES, MAX_LOST_WORKERS, Priority, Status, may_move
from skiplab.contract.worker import Device
from tests.backend.conftest import CountingNotifier
from tests.fuzz.test_openapi import EXAMPLES


@dataclass
class Expected:
    """The expected state of a run."""

    status: Status = Status.QUEUED
    attempt: int = 0
    stop_as: Status | None = None
    crashes: int = 0
    lost: int = 0
    former: list[int] = field(default_factory=list)
    archived: bool = False
    priority: Priority = Priority.NORMAL
    position: int = 0

    def settle(self, status: Status) -> None:
        self.status, self.stop_as = status, None

    def stop(self, wanted: Status) -> None:
        """Immediate for a queued run; requested for a running one."""
        if self.status == Status.RUNNING:
            self.stop_as = wanted
        else:
            self.settle(wanted)

    def queue_again(self) -> None:
        self.settle(Status.QUEUED)
        self.crashes = self.lost = 0


class Lives(RuleBasedStateMachine):
    runs = Bundle("runs")

    @initialize()
    def start(self) -> None:
        self.stack = ExitStack()
        home = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        given = Settings(home=home, database_url=f"sqlite:///{home / 'skiplab.db'}")
        app = create_app(given, CountingNotifier())
        self.client = self.stack.enter_context(TestClient(app, base_url="http://127.0.0.1/api/v1"))
        self.database = Database(given.database)
        self.stack.callback(self.database.close)
        with self.database.write() as session:
            models = [ModelDetails(key="cnn", label="CNN", parameters=1, flops=1, structure="Net()")]
            catalog.announce(session, models, [DatasetCard(key="digits", label="Digits", available=True, source="-")])
            self.worker = workers.register(
                session, name="gpu-1", devices=[Device(kind="cpu", name="a test's CPU", index=0)]
            )
        self.model: dict[int, Expected] = {}
        self.deleted: dict[int, Expected] = {}

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
            assert ids[-1] not in self.deleted
            self.model[ids[-1]] = Expected()
        return multiple(*ids)

    @rule()
    def claim(self) -> None:
        waiting = self.queue()
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
        run = self.model[run_id]
        if self.answers(run_id, "cancel", fits=run.status not in ENDED):
            run.stop(Status.CANCELLED)

    @rule(run_id=runs)
    def pause(self, run_id: int) -> None:
        run = self.model[run_id]
        fits = run.status in (Status.QUEUED, Status.RUNNING) and run.stop_as != Status.CANCELLED
        if self.answers(run_id, "pause", fits=fits):
            run.stop(Status.PAUSED)

    @rule(run_id=runs, how=st.sampled_from(["resume", "retry"]))
    def queue_again(self, run_id: int, how: str) -> None:
        run = self.model[run_id]
        if self.answers(run_id, how, fits=run.status in (Status.PAUSED, Status.FAILED, Status.CANCELLED)):
            run.queue_again()

    @rule(target=runs, run_id=consumes(runs))
    def delete(self, run_id: int) -> object:
        """Return it if refused, so that the run can be drawn again."""
        running = self.model[run_id].status == Status.RUNNING
        assert self.client.delete(f"/runs/{run_id}").status_code == (409 if running else 204)
        if running:
            return run_id
        self.deleted[run_id] = self.model.pop(run_id)
        return multiple()

    @rule(run_id=runs, archived=st.booleans())
    def archive(self, run_id: int, archived: bool) -> None:
        assert self.client.patch(f"/runs/{run_id}", json={"archived": archived}).status_code == 200
        self.model[run_id].archived = archived

    @rule(run_id=runs, priority=st.sampled_from(Priority))
    def give_priority(self, run_id: int, priority: Priority) -> None:
        assert self.client.patch(f"/runs/{run_id}", json={"priority": priority}).status_code == 200
        self.model[run_id].priority = priority

    @rule(run_id=runs, to=st.sampled_from(["front", "back"]))
    def move_to_an_end(self, run_id: int, to: str) -> None:
        others = [id for id in self.queue() if id != run_id]
        if self.answers(run_id, "move", {"to": to}, fits=self.model[run_id].status == Status.QUEUED):
            if to == "front":
                self.put_first(run_id, others)
            else:
                self.put_in_order([*others, run_id], moved=run_id)

    @rule(run_id=runs, before=runs)
    def move_before(self, run_id: int, before: int) -> None:
        queue = self.queue()
        fits = run_id in queue and before in queue and run_id != before
        if self.answers(run_id, "move", {"before": before}, fits=fits):
            others = [id for id in queue if id != run_id]
            place = others.index(before)
            self.put_in_order([*others[:place], run_id, *others[place:]], moved=run_id)

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
                    attempts.fail(session, run_id, run.attempt, reason="a test's reason")
                    run.settle(Status.FAILED)
                case "hand back":
                    attempts.hand_back(session, run_id, run.attempt, reason="stopped")
                    self.give_up(run_id, too_often=False)
                case "crash":
                    attempts.crash(session, run_id, run.attempt, reason="crashed")
                    run.crashes += 1
                    self.give_up(run_id, too_often=run.crashes >= MAX_CRASHES)
                case "lose":
                    attempts.lose(session, run_id, run.attempt, reason="lost")
                    run.lost += 1
                    self.give_up(run_id, too_often=run.lost >= MAX_LOST_WORKERS)

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

    @precondition(lambda self: self.deleted)
    @rule(data=st.data())
    def an_attempt_of_a_deleted_run_wakes_up(self, data: st.DataObject) -> None:
        run_id = data.draw(st.sampled_from(sorted(self.deleted)))
        with pytest.raises(Fenced), self.database.write() as session:
            attempts.finish(session, run_id, self.deleted[run_id].attempt)

    @rule(run_id=runs)
    def read_the_story(self, run_id: int) -> None:
        items = self.client.get(f"/runs/{run_id}/history").json()["items"]
        statuses = [Status(item["status"]) for item in items]
        assert (statuses[0], statuses[-1]) == (Status.QUEUED, self.model[run_id].status)
        assert all(may_move(before, after) for before, after in pairwise(statuses)), statuses
        assert all(item["cause"] for item in items)

    @invariant()
    def every_run_is_shown_as_it_is(self) -> None:
        if not hasattr(self, "model"):
            return
        page = self.client.get("/runs", params={"sort": "id", "archived": "all", "limit": 1000}).json()
        shown = {
            run["id"]: (run["status"], run["attempt"], run["stop_as"], run["archived"], run["priority"])
            for run in page["items"]
        }
        assert shown == {
            id: (run.status, run.attempt, run.stop_as, run.archived, run.priority) for id, run in self.model.items()
        }
        places = {run["queue_position"]: run["id"] for run in page["items"] if run["queue_position"]}
        assert places == dict(enumerate(self.queue(), start=1))

    def of(self, status: Status) -> list[int]:
        return [id for id, run in sorted(self.model.items()) if run.status == status]

    def queue(self) -> list[int]:
        def order(id: int) -> tuple[int, int, int]:
            return -self.model[id].priority.rank, self.model[id].position, id

        return sorted(self.of(Status.QUEUED), key=order)

    def give_up(self, run_id: int, *, too_often: bool) -> None:
        """An attempt was lost: a stop that was asked for holds, else the run has failed, or waits again: before all
        that are as urgent."""
        run = self.model[run_id]
        equals = [self.model[id].position for id in self.queue() if self.model[id].priority == run.priority]
        run.settle(run.stop_as or (Status.FAILED if too_often else Status.QUEUED))
        queue = self.queue()
        ahead = queue[: queue.index(run_id)] if run_id in queue else []
        if any(self.model[id].priority == run.priority for id in ahead):
            run.position = min(equals) - 1

    def put_first(self, moved: int, others: list[int]) -> None:
        """It gets the priority of the first run and goes before it; the others are unchanged."""
        if others and self.queue()[0] != moved:
            first = self.model[others[0]]
            self.model[moved].priority, self.model[moved].position = first.priority, first.position - 1

    def put_in_order(self, ids: list[int], *, moved: int) -> None:
        """Places before all that come later; the moved one is as urgent as its neighbour. One alone stays as it is."""
        if len(ids) == 1:
            return
        for position, id in enumerate(ids, start=-len(ids)):
            self.model[id].position = position
        place = ids.index(moved)
        neighbours = [*ids[place + 1 : place + 2], *ids[max(place - 1, 0) : place]]
        if neighbours:
            self.model[moved].priority = self.model[neighbours[0]].priority

    def answers(self, run_id: int, what: str, body: object = None, *, fits: bool) -> bool:
        """Request it; return whether it was done, which must be so exactly if it `fits` the run's state."""
        answer = self.client.post(f"/runs/{run_id}/{what}", json=body)
        assert answer.status_code in ((200, 202) if fits else (409,)), answer.text
        return fits


Lives.TestCase.settings = settings(
    max_examples=int(EXAMPLES), stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
TestLives = pytest.mark.timeout(72 * int(EXAMPLES))(Lives.TestCase)
