"""Queries on the files of runs. A file counts from the commit of its row on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import delete
from sqlmodel import Session, col, select

from backend.db.tables import ArtifactTable

KEPT = {"checkpoint": 2, "best": 1}
"""How many of each kind stay; of checkpoints two, so that one that turns out torn has another before it."""


@dataclass(frozen=True)
class NewArtifact:
    kind: Literal["checkpoint", "best"]
    path: str  # under `runs/` in the lab's home
    epoch: int  # finished ones
    step: int
    bytes: int
    sha256: str


def add(session: Session, run_id: int, attempt: int, file: NewArtifact) -> list[str]:
    """Record a file; forget the older ones of its kind that are no longer needed, whose paths are answered."""
    # A file that was written anew under its path has one row, with the hash of what is there now.
    session.execute(
        delete(ArtifactTable).where(col(ArtifactTable.run_id) == run_id, col(ArtifactTable.path) == file.path)
    )
    session.add(ArtifactTable(run_id=run_id, attempt=attempt, **vars(file)))
    session.flush()
    superfluous = of_run(session, run_id, kind=file.kind)[KEPT[file.kind] :]
    for row in superfluous:
        session.delete(row)
    session.flush()
    return [row.path for row in superfluous]


def of_run(session: Session, run_id: int, *, kind: str | None = None) -> Sequence[ArtifactTable]:
    """Newest first."""
    query = select(ArtifactTable).where(ArtifactTable.run_id == run_id)
    if kind is not None:
        query = query.where(ArtifactTable.kind == kind)
    return session.exec(query.order_by(col(ArtifactTable.step).desc(), col(ArtifactTable.id).desc())).all()


def last_checkpoint(session: Session, run_id: int) -> ArtifactTable | None:
    """The one to go on from."""
    return next(iter(of_run(session, run_id, kind="checkpoint")), None)
