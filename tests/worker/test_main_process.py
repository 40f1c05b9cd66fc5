"""The worker's main process: its heartbeat."""

import socket
import time
from pathlib import Path

import pytest

from backend.db import workers
from backend.db.database import Database
from tests.lab import until
from worker import main_process
from worker.main_process import MainProcess
from worker.settings import WorkerSettings


def test_each_heartbeat_reaches_the_database_and_then_the_file_that_containers_check(
    tmp_path: Path, database: Database, worker_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(main_process, "RENEW_SECONDS", 0.05)
    process = MainProcess(WorkerSettings(home=tmp_path, database_url=database.url))
    process._worker_id = worker_id
    sign = tmp_path / "workers" / socket.gethostname()
    assert not sign.exists()

    process.start_beating()
    deadline = time.monotonic() + 20
    while not sign.exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)

    with database.read() as session:
        (worker,) = workers.online(session)
        assert worker.beat >= 1
    process.leave()


def test_a_worker_whose_database_was_upgraded_says_why_it_claims_nothing(
    tmp_path: Path,
    database: Database,
    worker_id: int,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(main_process, "RENEW_SECONDS", 0.05)
    with database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    process = MainProcess(WorkerSettings(home=tmp_path, database_url=database.url))
    process._worker_id = worker_id

    process.start_beating()
    until(lambda: [each for each in caplog.messages if "claims nothing" in each], bool, 20)
    process.leave()

    (message,) = [each for each in caplog.messages if "claims nothing" in each]
    assert "it was written by a later version. Upgrade Skiplab" in message


def test_an_empty_setting_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKIPLAB_SLOTS", "")
    assert WorkerSettings.load().slots is None
