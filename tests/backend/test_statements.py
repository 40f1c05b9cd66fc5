"""How many statements an answer takes does not depend on how many rows it has."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, event

from backend.db import attempts, experiments, records, submissions, workers
from backend.db.attempts import Claim
from backend.db.database import Database
from backend.db.records import EpochRecord
from backend.db.submissions import Submission
from backend.main import create_app
from backend.settings import Settings
from skiplab.contract.metrics import Metric
from skiplab.contract.spec import RunSpec
from skiplab.contract.worker import Device
from tests.backend.conftest import CountingNotifier

ROWS = 3


@pytest.fixture
def quiet_api(database: Database, tmp_path: Path) -> TestClient:
    """Without the application's loops, whose statements would be counted too: its lifespan is not begun."""
    app = create_app(Settings(home=tmp_path, database_url=database.url), CountingNotifier())
    app.state.database = database
    return TestClient(app, base_url="http://127.0.0.1")


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    statements: list[str] = []

    def add(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", add)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", add)


class Filled:
    """A lab with more of everything at each `fill`: experiments of finished, running and queued runs, and workers."""

    def __init__(self, database: Database, spec: Callable[..., RunSpec]) -> None:
        self._database, self._spec, self._seed = database, spec, 0
        self.runs: list[int] = []

    def fill(self) -> None:
        for _ in range(ROWS):
            self._add_experiment()

    def _add_experiment(self) -> None:
        self._seed += 1
        with self._database.write() as session:
            worker_id = workers.register(
                session, name=f"gpu-{self._seed}", devices=[Device(kind="cpu", name="CPU", index=n) for n in range(3)]
            )
            # All in the first one as well, so that a single experiment grows too.
            own = experiments.add(session, f"experiment {self._seed}").id
            specs = [self._spec(model=model, seed=self._seed) for model in ("cnn", "resnet18")]
            made = submissions.add_all(session, [Submission(each, "a run", experiment_id=1) for each in specs])
            made += submissions.add_all(session, [Submission(each, "a run", experiment_id=own) for each in specs])
            self.runs += [row.id for row in made if row.id is not None]
        for slot in range(2):
            with self._database.write() as session:
                claim = attempts.claim(session, worker_id=worker_id, slot=slot, device="cpu")
                assert claim is not None
                self._measure(session, claim)
                if slot == 0:
                    attempts.finish(session, claim.run_id, claim.attempt)

    def _measure(self, session: Any, claim: Claim) -> None:
        values: dict[str, float] = {Metric.TRAIN_LOSS: 1.0, Metric.TEST_ACCURACY: 0.5, Metric.EPOCH_SECONDS: 1.0}
        records.epoch(
            session, claim.run_id, claim.attempt, EpochRecord(epoch=1, step=10, values=values, confusion=[[1]])
        )


@pytest.mark.parametrize(
    "path",
    [
        "/runs",
        "/runs?sort=-best&status=queued&status=running",
        "/queue",
        "/experiments",
        "/experiments/1",
        "/metrics?runs={runs}",
        "/metrics/keys?runs={runs}",
        "/evidence?experiment=1",
        "/evidence?runs={runs}",
        "/evidence/measures?runs={runs}",
        "/figures/class-accuracy?runs={runs}",
        "/figures/confusion-difference?runs={runs}",
        "/figures/curves?runs={runs}&key=train/loss",
        "/report.md?experiment=1",
        "/errands",
        "/workers",
    ],
)
def test_twice_as_many_rows_take_no_more_statements(
    quiet_api: TestClient, database: Database, worker_id: int, spec: Callable[..., RunSpec], path: str
) -> None:
    assert worker_id
    lab = Filled(database, spec)

    def ask() -> int:
        with counted(database.engine) as statements:
            answer = quiet_api.get(f"/api/v1{path.format(runs=','.join(map(str, lab.runs)))}")
        assert answer.status_code == 200, answer.text
        return len(statements)

    lab.fill()
    once = ask()
    lab.fill()

    assert ask() <= once
