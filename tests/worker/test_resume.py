"""The checkpoint from which an attempt resumes, with a real database and real files."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from backend.db import attempts, records, run_views, runs, submissions
from backend.db.database import Database
from backend.db.records import EpochRecord
from skiplab.contract.metrics import Metric
from skiplab.contract.spec import RunSpec
from tests.points import points_of
from worker.files import CannotReach, RunFiles
from worker.resume import last_state
from worker.training import state as states
from worker.training.state import TrainingState, UnreadableState


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def trained(database: Database, worker_id: int, spec: Callable[..., RunSpec], home: Path) -> tuple[int, list[str]]:
    """A run that was lost after three epochs, and its checkpoints' paths."""
    files = RunFiles(home, 1, 1)
    with database.write() as session:
        run_id = submissions.add(session, spec(epochs=5), name="a run").id
        held = attempts.claim(session, worker_id=worker_id, slot=0, device="cpu")
    assert held is not None
    assert run_id is not None
    paths = []
    for epoch in (1, 2, 3):
        facts = {"counters": {"epoch": epoch}, "threads": torch.get_num_threads(), "torch": torch.__version__}
        state = TrainingState({"model/weight": torch.full((3,), float(epoch))}, facts)
        file = files.write("checkpoint", state.save, epoch=epoch, step=epoch)
        paths.append(file.path)
        values: dict[str, float] = {Metric.TEST_ACCURACY: epoch / 10}
        with database.write() as session:
            superfluous = records.epoch(session, run_id, 1, EpochRecord(epoch, epoch, values, artifacts=[file]))
        files.remove(superfluous)
    with database.write() as session:
        attempts.lose(session, run_id, 1, reason="lease expired")
        assert attempts.claim(session, worker_id=worker_id, slot=0, device="cpu") is not None
    return run_id, paths


def epochs_kept(database: Database, run_id: int) -> list[int]:
    with database.read() as session:
        return [point.epoch for point in points_of(session, [run_id])]


def test_the_newest_checkpoint_is_taken(database: Database, trained: tuple[int, list[str]], home: Path) -> None:
    run_id, paths = trained

    state = last_state(database, RunFiles(home, run_id, 2), run_id, 2)

    assert state is not None
    assert state.counters.epoch == 3
    assert epochs_kept(database, run_id) == [1, 2, 3]
    assert not (home / "runs" / paths[0]).exists(), "only two are kept"


def test_of_a_torn_checkpoint_the_one_before_is_taken_and_its_rows_go(
    database: Database, trained: tuple[int, list[str]], home: Path
) -> None:
    run_id, paths = trained
    (home / "runs" / paths[2]).write_bytes(b"half a fi")

    state = last_state(database, RunFiles(home, run_id, 2), run_id, 2)

    assert state is not None
    assert state.counters.epoch == 2
    assert epochs_kept(database, run_id) == [1, 2]
    with database.read() as session:
        best = run_views.views(session, [row for row in [runs.get(session, run_id)] if row])[0].best
        assert best is not None
        assert (best.epoch, best.value) == (2, 0.2)


def test_without_a_readable_one_the_run_starts_anew(
    database: Database, trained: tuple[int, list[str]], home: Path
) -> None:
    run_id, paths = trained
    for path in paths[1:]:
        (home / "runs" / path).unlink()

    assert last_state(database, RunFiles(home, run_id, 2), run_id, 2) is None
    assert epochs_kept(database, run_id) == []


def test_a_whole_checkpoint_in_another_format_costs_no_epoch(
    database: Database, trained: tuple[int, list[str]], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id, _ = trained
    monkeypatch.setattr(states, "FORMAT", "skiplab-state-of-tomorrow")

    with pytest.raises(UnreadableState, match=r"another version of Skiplab wrote it\. Retry the run"):
        last_state(database, RunFiles(home, run_id, 2), run_id, 2)
    assert epochs_kept(database, run_id) == [1, 2, 3]


def test_a_folder_that_is_not_mounted_costs_no_epoch(
    database: Database, trained: tuple[int, list[str]], home: Path
) -> None:
    run_id, _ = trained
    (home / "runs").rename(home / "elsewhere")

    with pytest.raises(CannotReach, match="No such file or directory"):
        last_state(database, RunFiles(home, run_id, 2), run_id, 2)
    assert epochs_kept(database, run_id) == [1, 2, 3]

    (home / "elsewhere").rename(home / "runs")
    again = last_state(database, RunFiles(home, run_id, 2), run_id, 2)
    assert again is not None
    assert again.counters.epoch == 3


def test_another_thread_count_is_warned_of(
    database: Database, trained: tuple[int, list[str]], home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run_id, _ = trained
    threads = torch.get_num_threads()
    torch.set_num_threads(threads + 1)
    try:
        last_state(database, RunFiles(home, run_id, 2), run_id, 2)
    finally:
        torch.set_num_threads(threads)

    assert f"written with {threads} threads and is resumed with {threads + 1}" in caplog.text
