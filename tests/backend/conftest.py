"""The web application in this process, with a notifier that only counts its messages."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from backend.auth import service
from backend.db import attempts, submissions
from backend.db.attempts import Claim
from backend.db.database import Database
from backend.main import create_app
from backend.settings import Settings
from skiplab.contract.access import Scope
from skiplab.contract.sign_in import NewToken
from skiplab.contract.spec import RunSpec


class CountingNotifier:
    """Stands in for the broker at the edge of the process."""

    def __init__(self) -> None:
        self.runs: list[int] = []
        self.errands: list[int] = []
        self.up = True

    def notify_run(self, run_id: int) -> bool:
        self.runs.append(run_id)
        return self.up

    def notify_errand(self, errand_id: int) -> bool:
        self.errands.append(errand_id)
        return self.up

    def answers(self) -> bool:
        return self.up

    def close(self) -> None:
        pass


class Clock:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def notifier() -> CountingNotifier:
    return CountingNotifier()


@pytest.fixture
def api(database: Database, notifier: CountingNotifier, tmp_path: Path) -> Iterator[TestClient]:
    """On the same file as `database`."""
    app = create_app(Settings(home=tmp_path, database_url=database.url), notifier)
    with TestClient(app, base_url="http://127.0.0.1") as client:
        yield client


@pytest.fixture
def guarded(database: Database, notifier: CountingNotifier, tmp_path: Path) -> Iterator[TestClient]:
    """On the same file as `database`, asking for a token."""
    app = create_app(Settings(home=tmp_path, database_url=database.url, host="0.0.0.0"), notifier)
    with TestClient(app, base_url="http://lab.example") as client:
        yield client


@pytest.fixture
def token(database: Database) -> Callable[..., str]:
    """Make a token."""

    def make(scope: Scope = "write", name: str = "a test") -> str:
        return service.make(database, NewToken(name=name, scope=scope)).token

    return make


@pytest.fixture
def queued(database: Database, spec: Callable[..., RunSpec]) -> Callable[..., int]:
    """Queue a run and give its id."""

    def add(**fields: object) -> int:
        with database.write() as session:
            return submissions.add(session, spec(**fields), name="a run").id or 0

    return add


@pytest.fixture
def claim(database: Database, worker_id: int) -> Callable[[], Claim | None]:
    """Claim the first waiting run, as a worker would."""

    def take() -> Claim | None:
        with database.write() as session:
            return attempts.claim(session, worker_id=worker_id, slot=0, device="cpu")

    return take
