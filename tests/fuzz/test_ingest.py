"""A run that clients log, under random orders of batches, repetitions, resumptions, silences and ends, compared with a
small reference model."""

import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from backend.db.database import Database
from backend.main import create_app
from backend.reconciler import Reconciler
from backend.settings import Settings
from skiplab.contract.ingest_limits import LOST_CONTACT_SECONDS
from tests.backend.conftest import Clock, CountingNotifier
from tests.backend.ingest.client import RUNS, LoggingClient
from tests.fuzz.test_openapi import EXAMPLES

ENDS = ("finished", "failed", "cancelled")


class LoggedRuns(RuleBasedStateMachine):
    @initialize()
    def start(self) -> None:
        self.stack = ExitStack()
        home = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        given = Settings(home=home, database_url=f"sqlite:///{home / 'skiplab.db'}")
        app = create_app(given, CountingNotifier())
        self.api = self.stack.enter_context(TestClient(app, base_url="http://127.0.0.1"))
        self.clock, database = Clock(), Database(given.database)
        self.stack.callback(database.close)
        self.reconciler = Reconciler(database, CountingNotifier(), clock=self.clock)
        self.clients = [LoggingClient.start(self.api, external_id="mine")]
        self.status, self.stop, self.silent = "running", False, 0.0
        self.stored: dict[int, float] = {}
        self.reconciler.step()

    def teardown(self) -> None:
        if hasattr(self, "stack"):
            self.stack.close()

    @property
    def holder(self) -> LoggingClient:
        return self.clients[-1]

    @rule(back=st.integers(0, 2), steps=st.lists(st.integers(0, 20), min_size=1, max_size=4))
    def send(self, back: int, steps: list[int]) -> None:
        """Send a batch, from this holder or an earlier one."""
        client = self.clients[max(0, len(self.clients) - 1 - back)]
        value = float(client.holder * 1000 + client.seq)
        answer = client.send(series={"loss": {"step": steps, "value": [value] * len(steps)}})
        if self._takes(client):
            assert answer.json() == {"seq": client.seq, "stop": "cancelled" if self.stop else None}
            self.stored |= dict.fromkeys(steps, value)
            self.silent = 0.0
        else:
            client.seq -= 1
            assert answer.json()["type"] == "holder_lost"

    @rule(back=st.integers(0, 2), ago=st.integers(0, 2))
    def repeat(self, back: int, ago: int) -> None:
        """Send a batch that was stored before once more, with other content: it must change nothing."""
        client = self.clients[max(0, len(self.clients) - 1 - back)]
        seq = client.seq - ago
        if seq < 1:
            return
        answer = client.post("points", seq=seq, series={"loss": {"step": [0], "value": [-1.0]}})
        if client is self.holder:
            assert answer.json()["seq"] == client.seq
            self.silent = 0.0
        else:
            assert answer.json()["type"] == "holder_lost"

    @rule()
    def beat(self) -> None:
        answer = self.holder.beat()
        assert answer.status_code == (200 if self.status == "running" else 409)
        self.silent = 0.0

    @rule()
    def resume(self) -> None:
        client = LoggingClient.start(self.api, external_id="mine", resume="must")
        assert client.holder == self.holder.holder + 1
        self.clients.append(client)
        self.status, self.stop, self.silent = "running", False, 0.0

    @rule(status=st.sampled_from(ENDS), back=st.integers(0, 1))
    def finish(self, status: str, back: int) -> None:
        client = self.clients[max(0, len(self.clients) - 1 - back)]
        answer = client.finish(status)
        if self._takes(client):
            self.status, self.stop = status, False
        assert answer.status_code == (200 if client is self.holder and self.status == status else 409)

    @rule()
    def cancel(self) -> None:
        answer = self.api.post(f"{RUNS}/{self.holder.run_id}/cancel")
        assert answer.status_code == (202 if self.status == "running" else 409)
        if self.status != "running":
            return
        self.stop = True
        self._end_if_nobody_is_there()

    @rule(seconds=st.integers(1, 40))
    def wait(self, seconds: int) -> None:
        # What was called since the last step counts from now on.
        self.reconciler.step()
        for _ in range(seconds):
            self.clock.now += 1
            self.reconciler.step()
        self.silent += seconds
        if self.status == "running":
            self._end_if_nobody_is_there()

    @invariant()
    def it_is_as_expected(self) -> None:
        if not hasattr(self, "clients"):
            return
        run = self.holder.run()
        assert (run["status"], run["attempt"]) == (self.status, self.holder.holder)
        assert run["stop_requested"] == self.stop
        assert (run["lost_contact"] is not None) == (self.status == "running" and self._is_lost)
        series = self.holder.series().get("loss", {"step": [], "value": []})
        assert dict(zip(series["step"], series["value"], strict=True)) == self.stored

    def _takes(self, client: LoggingClient) -> bool:
        return client is self.holder and self.status == "running"

    @property
    def _is_lost(self) -> bool:
        return self.silent > LOST_CONTACT_SECONDS

    def _end_if_nobody_is_there(self) -> None:
        if self.stop and self._is_lost:
            self.status, self.stop = "cancelled", False


LoggedRuns.TestCase.settings = settings(
    max_examples=int(EXAMPLES) // 2, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
TestLoggedRuns = pytest.mark.timeout(72 * int(EXAMPLES))(LoggedRuns.TestCase)
