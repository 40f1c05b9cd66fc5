"""`skiplab restore`: a backup takes the lab's place. All is checked before anything is touched."""

import shutil
import tempfile
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from backend.contract import places
from backend.db import copies
from backend.db.copies import DatabaseDamaged
from backend.db.migration import check_revision
from backend.ops.archive import DATABASE, RUNS, BadBackup, RunFile, is_plain_database, opened
from backend.ops.hashing import transfer
from backend.supervisor.start import locked


@dataclass(frozen=True)
class Restored:
    runs: int
    files: int
    missing: int
    """Files of runs that the database knows and that are neither in the backup nor on the disk."""
    aside: Path | None
    """The database that was there before."""


def restore(file: Path, database: Path, home: Path) -> Restored:
    """Raises BadBackup, NewerDatabase, CannotStart and DatabaseInUse while the lab runs; OSError without room."""
    with locked(home):
        database.parent.mkdir(parents=True, exist_ok=True)
        # Beside the database, so that the last step is a renaming.
        with tempfile.TemporaryDirectory(prefix="restoring-", dir=database.parent) as folder:
            new = Path(folder) / DATABASE
            files = _unpack(file, Path(folder))
            _check(file, new)
            copies.close_log(database)
            # Runs' files first: one that no row speaks of does no harm, a row that speaks of no file does.
            for each in files:
                _place(Path(folder) / RUNS / each.path, places.runs(home) / each.path)
            known = copies.files_of_runs(new)
            runs = copies.count_runs(new)
            aside = database.with_name(f"{database.name}.before-restore-{datetime.now(UTC):%Y%m%dT%H%M%S}")
            had_one = database.exists()
            copies.exchange(database, new, aside)
    missing = sum(not (places.runs(home) / path).is_file() for path, _ in known)
    return Restored(runs, len(files), missing, aside if had_one else None)


def _unpack(file: Path, folder: Path) -> list[RunFile]:
    """Everything in it, each file seen to be what was put in. Raises BadBackup."""
    if is_plain_database(file):
        shutil.copyfile(file, folder / DATABASE)
        return []
    with opened(file) as (archive, card):
        _extract(file, archive, DATABASE, folder, card.sha256)
        for each in card.files:
            _extract(file, archive, RUNS + each.path, folder, each.sha256)
    return card.files


def _extract(file: Path, archive: zipfile.ZipFile, name: str, folder: Path, sha256: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(name) as source, path.open("wb") as target:
        found = transfer(source, target)
    if found != sha256:
        raise BadBackup(f"{file} is damaged: {name} in it is not what was put in. Take another backup.")


def _check(file: Path, database: Path) -> None:
    """Raises BadBackup, NewerDatabase."""
    try:
        copies.check(database, thorough=True)
        if copies.revision(database) is None:
            raise BadBackup(f"{file} holds no database of Skiplab.")
        check_revision(database, called=f"in {file}")
    except DatabaseDamaged as error:
        raise BadBackup(f"{file} is damaged: its database does not hold together ({error.found}).") from error


def _place(path: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    aside = to.with_name(f"{to.name}.part")
    shutil.move(path, aside)
    aside.replace(to)
