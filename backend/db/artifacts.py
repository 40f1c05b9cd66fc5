"""Queries on artifacts, the files of runs. A file is valid once its row is committed."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func
from sqlmodel import Session, col, select

from backend.db.tables import ArtifactTable
from skiplab.contract.telemetry import ArtifactKind

KEPT = {"checkpoint": 2, "best": 1}
"""How many of each kind are kept; two checkpoints, so that a corrupt one has a predecessor. Of other kinds all are."""


@dataclass(frozen=True)
class NewArtifact:
    kind: ArtifactKind
    path: str  # relative to `runs/` in SKIPLAB_HOME
    epoch: int  # number of finished epochs
    step: int
    bytes: int
    sha256: str


def add(session: Session, run_id: int, attempt: int, file: NewArtifact) -> list[str]:
    """Record a file and drop the rows of older ones of its kind beyond the retained number.

    Returns the paths of the dropped files, to be deleted after the commit.
    """
    # A file overwritten under its path has one row, with its new hash.
    session.execute(
        delete(ArtifactTable).where(col(ArtifactTable.run_id) == run_id, col(ArtifactTable.path) == file.path)
    )
    session.add(ArtifactTable(run_id=run_id, attempt=attempt, **vars(file)))
    session.flush()
    superfluous = of_run(session, run_id, kind=file.kind)[KEPT[file.kind] :] if file.kind in KEPT else []
    for row in superfluous:
        session.delete(row)
    session.flush()
    return [row.path for row in superfluous]


def of_run(session: Session, run_id: int, *, kind: str | None = None) -> Sequence[ArtifactTable]:
    """Return the artifacts of a run, newest first."""
    query = select(ArtifactTable).where(ArtifactTable.run_id == run_id)
    if kind is not None:
        query = query.where(ArtifactTable.kind == kind)
    return session.exec(query.order_by(col(ArtifactTable.step).desc(), col(ArtifactTable.id).desc())).all()


def count_and_bytes(session: Session, run_id: int, *, without: str) -> tuple[int, int]:
    """Return how many files a run has and their bytes in total, except the one with the path `without`."""
    others = (ArtifactTable.run_id == run_id, ArtifactTable.path != without)
    count, size = session.exec(select(func.count(), func.sum(ArtifactTable.bytes)).where(*others)).one()
    return count, size or 0


def of_path(session: Session, run_id: int, path: str) -> ArtifactTable:
    """Return the file with this path."""
    return session.exec(select(ArtifactTable).where(ArtifactTable.run_id == run_id, ArtifactTable.path == path)).one()


def last_checkpoint(session: Session, run_id: int) -> ArtifactTable | None:
    """Return the checkpoint to resume from; None without any."""
    return next(iter(of_run(session, run_id, kind="checkpoint")), None)
