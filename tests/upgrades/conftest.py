"""Homes of earlier versions, from tests/fixtures/labs; `scripts/lab_fixture.py` creates one."""

import json
import shutil
import sys
import tarfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
from fastapi.testclient import TestClient

from backend.db import attempts, workers
from backend.db.attempts import Claim
from backend.db.database import Database
from backend.db.migration import migrate
from backend.main import create_app
from backend.settings import Settings
from skiplab.contract.jobs import RENEW_SECONDS
from skiplab.contract.worker import Device
from tests.backend.conftest import CountingNotifier
from worker import trainer
from worker.messages import Assignment, Outcome

LABS = sorted((Path(__file__).parent.parent / "fixtures" / "labs").glob("*.tar.gz"))


class OldLab:
    """A home of an earlier version, and the responses of that version."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.file = home / "skiplab.db"
        kept = json.loads((home / "answers.json").read_text())
        self.answers: dict[str, Any] = kept["answers"]
        self.ids: dict[str, int] = kept["runs"]
        self.experiment: int = kept["experiment"]
        self.token: str = kept["token"]
        self.cpu: str = kept["cpu"]

    @property
    def url(self) -> str:
        return f"sqlite:///{self.file}"


class UpgradedLab(OldLab):
    """The same under this version."""

    def __init__(self, home: Path, database: Database, api: TestClient) -> None:
        super().__init__(home)
        self.database, self._api = database, api

    def get(self, path: str) -> Any:
        answer = self._api.get(f"/api/v1{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        answer = self._api.post(f"/api/v1{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def train_next(self) -> tuple[int, Outcome]:
        """Train the first queued run, as a slot of a worker does."""
        for name in [name for name in sys.modules if name.startswith("skiplab_plugin_")]:
            del sys.modules[name]  # as in a new process
        with self.database.write() as session:
            worker_id = workers.register(session, name="here", devices=[Device(kind="cpu", name="CPU", index=0)])
            claim = attempts.claim(session, worker_id=worker_id, slot=0, device="cpu")
        assert claim is not None
        assignment = Assignment(
            run_id=claim.run_id,
            attempt=claim.attempt,
            spec=claim.spec,
            device="cpu",
            home=self.home,
            database=self.url,
        )
        with _lease_renewed(self.database, claim):
            outcome = trainer.attempt(assignment, trainer.Stop())
        with self.database.write() as session:
            if outcome.ending == "finished":
                attempts.finish(session, claim.run_id, claim.attempt)
            else:
                attempts.fail(session, claim.run_id, claim.attempt, reason=outcome.reason or outcome.ending)
        return claim.run_id, outcome

    def values(self, run_id: int) -> dict[tuple[str, int], float | None]:
        """Metrics by key and step, without machine-dependent ones (speed and memory)."""
        units = {each["key"]: each["unit"] for each in self.get("/quantities")["items"]}
        return {
            (series["key"], step): value
            for series in self.get(f"/runs/{run_id}/metrics")["series"]
            if units.get(series["key"]) not in {"seconds", "images per second", "bytes"}
            for step, value in zip(series["step"], series["value"], strict=True)
        }


@contextmanager
def _lease_renewed(database: Database, claim: Claim) -> Iterator[None]:
    """Renew the lease as a slot does: on a busy machine the training check may take longer than the lease."""
    ended = threading.Event()

    def renew() -> None:
        while not ended.wait(RENEW_SECONDS):
            with database.write() as session:
                attempts.renew(session, claim.run_id, claim.attempt)

    thread = threading.Thread(target=renew)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@pytest.fixture(scope="session", params=LABS, ids=lambda file: file.name.removesuffix(".tar.gz"))
def unpacked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("old") / "home"
    with tarfile.open(request.param) as archive:
        archive.extractall(home, filter="data")
    return home


@pytest.fixture
def old_lab(unpacked: Path, tmp_path: Path) -> OldLab:
    """The home, unchanged."""
    shutil.copytree(unpacked, tmp_path / "home")
    return OldLab(tmp_path / "home")


@pytest.fixture(scope="session")
def migrated_home(unpacked: Path) -> Path:
    """Upgraded once for all tests that use it."""
    home = unpacked.with_name("migrated")
    shutil.copytree(unpacked, home)
    with closing(Database(f"sqlite:///{home / 'skiplab.db'}")) as database:
        migrate(database)
    return home


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Threads that the fixtures were trained with, on which the last bits of sums depend."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def lab(migrated_home: Path, tmp_path: Path) -> Iterator[UpgradedLab]:
    home = tmp_path / "home"
    shutil.copytree(migrated_home, home)
    url = f"sqlite:///{home / 'skiplab.db'}"
    app = create_app(Settings(home=home, database_url=url), CountingNotifier())
    with closing(Database(url)) as database, TestClient(app, base_url="http://127.0.0.1") as api:
        yield UpgradedLab(home, database, api)
