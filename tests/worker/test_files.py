"""The files of an attempt: written atomically, and verified before they are read."""

import hashlib
import resource
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from backend.db.artifacts import NewArtifact
from backend.db.tables import ArtifactTable
from worker.files import CannotKeep, RunFiles, TornFile
from worker.training.state import TrainingState


def write(files: RunFiles, content: bytes = b"weights", step: int = 7) -> NewArtifact:
    def save(path: Path) -> None:
        path.write_bytes(content)

    return files.write("checkpoint", save, epoch=1, step=step)


def recorded(file: NewArtifact) -> ArtifactTable:
    return ArtifactTable(run_id=1, attempt=1, **vars(file))


def test_a_file_is_recorded_with_its_place_size_and_hash(tmp_path: Path) -> None:
    files = RunFiles(tmp_path, 3, 2)

    file = write(files)

    assert file.path == "3/attempt-2/checkpoint-7.safetensors"
    assert (file.bytes, file.sha256) == (7, hashlib.sha256(b"weights").hexdigest())
    assert files.checked(recorded(file)).read_bytes() == b"weights"


@pytest.mark.parametrize("harm", ["cut short", "one bit", "gone"])
def test_a_torn_file_is_noticed(tmp_path: Path, harm: str) -> None:
    files = RunFiles(tmp_path, 3, 1)
    file = write(files)
    path = tmp_path / "runs" / file.path
    match harm:
        case "cut short":
            path.write_bytes(b"weigh")
        case "one bit":
            path.write_bytes(b"veights")
        case "gone":
            path.unlink()

    with pytest.raises(TornFile, match=r"3/attempt-1/checkpoint-7\.safetensors"):
        files.checked(recorded(file))


def test_what_no_row_speaks_of_is_swept_with_the_folders_that_become_empty(tmp_path: Path) -> None:
    kept = write(RunFiles(tmp_path, 3, 2))
    write(RunFiles(tmp_path, 3, 1))
    (tmp_path / "runs/3/attempt-2/best-9.part").write_bytes(b"half")
    other = write(RunFiles(tmp_path, 4, 1))

    RunFiles(tmp_path, 3, 3).sweep({kept.path})

    left = sorted(str(path.relative_to(tmp_path / "runs")) for path in tmp_path.rglob("*.*") if path.is_file())
    assert left == [kept.path, other.path]
    assert not (tmp_path / "runs/3/attempt-1").exists()


@pytest.fixture
def little_room() -> Iterator[None]:
    """No file of this process may grow beyond 64 kB, as on a full disk."""
    heard = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, heard)


@pytest.mark.usefixtures("little_room")
def test_a_full_disk_is_reported_and_keeps_the_previous_checkpoint(tmp_path: Path) -> None:
    files = RunFiles(tmp_path, 3, 1)
    before = write(files, step=1)
    state = TrainingState({"model/weight": torch.zeros(100_000)}, {"counters": {}})

    with pytest.raises(CannotKeep, match=r"checkpoint-2\.safetensors could not be written .*File too large"):
        files.write("checkpoint", state.save, epoch=2, step=2)

    assert files.checked(recorded(before)).read_bytes() == b"weights"
    assert list((tmp_path / "runs/3/attempt-1").iterdir()) == [tmp_path / "runs" / before.path]
