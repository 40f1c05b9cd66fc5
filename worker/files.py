"""The files of one attempt: written atomically with their hash, which is verified before reading."""

import hashlib
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Literal

from backend.db.artifacts import NewArtifact
from backend.db.tables import ArtifactTable
from skiplab.contract import places
from worker.errors import CannotTrain


class TornFile(Exception):
    """Raised when a recorded file is missing or its content has changed."""


class CannotReach(CannotTrain):
    """Raised when a checkpoint cannot be read on this host; it is not discarded, since other hosts may have it."""

    def __init__(self, path: Path, error: OSError) -> None:
        super().__init__(
            f"The checkpoint {path} cannot be read: {error.strerror or error}. If several hosts share the home folder,"
            " check that it is mounted on this one, then resume the run from that checkpoint."
        )


class CannotKeep(CannotTrain):
    """Raised when a checkpoint cannot be written, usually because the disk is full."""

    def __init__(self, path: Path, error: OSError) -> None:
        super().__init__(
            f"{path.name} could not be written to {path.parent}: {error.strerror or error}."
            " Free some space, then resume the run from its previous checkpoint."
        )


class RunFiles:
    """The folder `runs/<run>/attempt-<n>/` in the home folder, and those of earlier attempts."""

    def __init__(self, home: Path, run_id: int, attempt: int) -> None:
        self._root = places.runs(home)
        self._run = self._root / str(run_id)
        self._folder = self._run / f"attempt-{attempt}"

    def write(
        self, kind: Literal["checkpoint", "best"], save: Callable[[Path], None], *, epoch: int, step: int
    ) -> NewArtifact:
        """Write a file atomically with `save`; return its record. Raises CannotKeep."""
        path = self._folder / f"{kind}-{step}.safetensors"
        aside = path.with_suffix(".part")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            save(aside)
            artifact = NewArtifact(
                kind=kind,
                path=str(path.relative_to(self._root)),
                epoch=epoch,
                step=step,
                bytes=aside.stat().st_size,
                sha256=_sha256(aside),
            )
            aside.replace(path)
        except OSError as error:
            with suppress(OSError):
                aside.unlink(missing_ok=True)
            raise CannotKeep(path, error) from error
        return artifact

    def checked(self, artifact: ArtifactTable) -> Path:
        """Verify the hash of a file and return its path. Raises TornFile, CannotReach."""
        path = self._root / artifact.path
        try:
            found = _sha256(path)
        except OSError as error:
            if isinstance(error, FileNotFoundError) and self._run.is_dir():
                raise TornFile(f"{artifact.path} is missing") from error
            raise CannotReach(path, error) from error
        if found != artifact.sha256:
            raise TornFile(f"{artifact.path} is corrupt: its SHA-256 is {found}, expected {artifact.sha256}")
        return path

    def remove(self, paths: Iterable[str]) -> None:
        """Delete files, given relative to the folder of all runs; missing ones are ignored."""
        for path in paths:
            (self._root / path).unlink(missing_ok=True)

    def sweep(self, recorded: Collection[str]) -> None:
        """Delete files of earlier attempts that are not `recorded` in the database."""
        for path in self._run.glob("attempt-*/*"):
            if str(path.relative_to(self._root)) not in recorded:
                path.unlink(missing_ok=True)
        for folder in self._run.glob("attempt-*"):
            if folder.is_dir() and next(folder.iterdir(), None) is None:
                folder.rmdir()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
