"""The files of one attempt: written aside, renamed, hashed; checked before they are read."""

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
    """A recorded file is missing, or is not what was written."""


class CannotReach(CannotTrain):
    """The checkpoints are there for all that is known, but not for this worker: nothing of them is given up."""

    def __init__(self, path: Path, error: OSError) -> None:
        super().__init__(
            f"The checkpoint {path} cannot be read: {error.strerror or error}. Where hosts share the lab's folder, see"
            " that this one has it, then resume the run: it goes on from there."
        )


class CannotKeep(CannotTrain):
    """A full disk, most likely."""

    def __init__(self, path: Path, error: OSError) -> None:
        super().__init__(
            f"{path.name} could not be written to {path.parent}: {error.strerror or error}."
            " Make room there, then resume the run: it goes on from the checkpoint before."
        )


class RunFiles:
    """`runs/<run>/attempt-<n>/` in the lab's home, and beside it the folders of earlier attempts."""

    def __init__(self, home: Path, run_id: int, attempt: int) -> None:
        self._root = places.runs(home)
        self._run = self._root / str(run_id)
        self._folder = self._run / f"attempt-{attempt}"

    def write(
        self, kind: Literal["checkpoint", "best"], save: Callable[[Path], None], *, epoch: int, step: int
    ) -> NewArtifact:
        """Have `save` write the file; under its own name it is whole."""
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
        """The file's path, once its content is seen to be what was recorded. Raises TornFile, CannotReach."""
        path = self._root / artifact.path
        try:
            found = _sha256(path)
        except OSError as error:
            if isinstance(error, FileNotFoundError) and self._run.is_dir():
                raise TornFile(f"{artifact.path} is gone") from error
            raise CannotReach(path, error) from error
        if found != artifact.sha256:
            raise TornFile(f"{artifact.path} is not what was written: its SHA-256 is {found}, not {artifact.sha256}")
        return path

    def remove(self, paths: Iterable[str]) -> None:
        for path in paths:
            (self._root / path).unlink(missing_ok=True)

    def sweep(self, recorded: Collection[str]) -> None:
        """Remove what earlier attempts left and the database does not know."""
        for path in self._run.glob("attempt-*/*"):
            if str(path.relative_to(self._root)) not in recorded:
                path.unlink(missing_ok=True)
        for folder in self._run.glob("attempt-*"):
            if folder.is_dir() and next(folder.iterdir(), None) is None:
                folder.rmdir()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
