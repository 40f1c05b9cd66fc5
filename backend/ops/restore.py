"""`skiplab restore`: replace the data by a backup. Everything is checked before anything changes."""

import shutil
import tempfile
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from errno import ELOOP
from pathlib import Path, PurePosixPath

from backend.db import copies, dumps
from backend.db.copies import Contents, DatabaseDamaged
from backend.db.database import Database
from backend.db.dumps import CannotDump
from backend.db.revisions import check_known
from backend.ops.archive import DATABASE, DUMP, KINDS, RUNS, BadBackup, Member, RunFile, opened, plain_database
from backend.ops.hashing import transfer
from backend.supervisor.start import locked
from skiplab.contract import places


@dataclass(frozen=True)
class Restored:
    runs: int
    files: int
    missing: int
    """Files in the database that are neither in the backup nor on the disk."""
    aside: Path | None
    """The previous database; for PostgreSQL a dump, which `restore` also accepts."""


def restore(file: Path, database: Database, home: Path) -> Restored:
    """Replace the database and run files by a backup.

    Raises BadBackup, NewerDatabase; CannotStart and DatabaseInUse while Skiplab runs; CannotDump, DatabaseUnreachable;
    OSError if the disk is full.
    """
    target = _File(database.file) if database.file else _Server(database, places.backups(home))
    with locked(home):
        target.folder.mkdir(parents=True, exist_ok=True)
        # On the same file system as the database, so that the last step is an atomic rename.
        with tempfile.TemporaryDirectory(prefix="restoring-", dir=target.folder) as folder:
            new = Path(folder) / target.member
            files = _unpack(file, target.member, Path(folder))
            target.check(new, called=f"in {file}")
            # Run files first: a file without a row is harmless, a row without its file is not.
            for each in files:
                _place(Path(folder) / RUNS / each.path, _clear_way(home, each.path))
            contents, aside = target.exchange(new)
    missing = sum(not (places.runs(home) / path).is_file() for path, _ in contents.files)
    return Restored(contents.runs, len(files), missing, aside)


class _File:
    """An SQLite database as the target."""

    member: Member = DATABASE

    def __init__(self, file: Path) -> None:
        self._file, self.folder = file, file.parent

    def check(self, new: Path, *, called: str) -> None:
        """Check the new database and that the old one is unused. Raises BadBackup, NewerDatabase, DatabaseInUse."""
        try:
            copies.check(new, thorough=True)
            _check_revision(copies.revision(new), called)
        except DatabaseDamaged as error:
            raise BadBackup(f"The database {called} is damaged ({error.found}).") from error
        copies.close_log(self._file)

    def exchange(self, new: Path) -> tuple[Contents, Path | None]:
        """Replace the database; return the new contents and where the previous one is kept."""
        contents, had_one = copies.contents(new), self._file.exists()
        aside = self.folder / _aside(self._file.name)
        copies.exchange(self._file, new, aside)
        return contents, aside if had_one else None


class _Server:
    """A PostgreSQL database as the target."""

    member: Member = DUMP

    def __init__(self, database: Database, folder: Path) -> None:
        self._database, self.folder = database, folder

    def check(self, new: Path, *, called: str) -> None:
        """Check the new database and that the old one is unused. Raises BadBackup, NewerDatabase, DatabaseInUse."""
        try:
            dumps.check(new)
            _check_revision(dumps.revision(new), called)
        except CannotDump as error:
            raise BadBackup(f"The database {called} cannot be read: {error}") from error
        dumps.check_unused(self._database)

    def exchange(self, new: Path) -> tuple[Contents, Path | None]:
        """Replace the database; return the new contents and where the previous one is kept."""
        aside = self.folder / _aside(new.name)
        dumps.dump(self._database, aside)
        return dumps.restore(self._database, new), aside


def _unpack(file: Path, wanted: Member, folder: Path) -> list[RunFile]:
    """Extract a backup and verify all hashes. Raises BadBackup."""
    if plain := plain_database(file):
        _check_kind(file, plain, wanted)
        shutil.copyfile(file, folder / plain)
        return []
    with opened(file) as (archive, card):
        _check_kind(file, card.database, wanted)
        _extract(file, archive, card.database, folder, card.sha256)
        for each in card.files:
            _extract(file, archive, RUNS + each.path, folder, each.sha256)
    return card.files


def _check_kind(file: Path, found: Member, wanted: Member) -> None:
    if found != wanted:
        raise BadBackup(
            f"{file} contains a {KINDS[found]} database, but {KINDS[wanted]} is configured: set"
            " SKIPLAB_DATABASE_URL to a database of the same kind."
        )


def _check_revision(revision: str | None, called: str) -> None:
    """Check the revision. Raises BadBackup, NewerDatabase."""
    if revision is None:
        raise BadBackup(f"The database {called} is not one of Skiplab.")
    check_known(revision, called=called)


def _aside(name: str) -> str:
    return f"{name}.before-restore-{datetime.now(UTC):%Y%m%dT%H%M%S}"


def _extract(file: Path, archive: zipfile.ZipFile, name: str, folder: Path, sha256: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(name) as source, path.open("wb") as target:
        found = transfer(source, target)
    if found != sha256:
        raise BadBackup(f"{file} is damaged: the hash of {name} does not match. Use another backup.")


def _clear_way(home: Path, path: str) -> Path:
    """Return the target of a run file. Raises OSError for a symbolic link, which could lead out of the home."""
    place = places.runs(home)
    for part in PurePosixPath(path).parts:
        place = place / part
        if place.is_symlink():
            raise OSError(ELOOP, "symbolic links are not followed: remove it first", str(place))
    return place


def _place(path: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    aside = to.with_name(f"{to.name}.part")
    shutil.move(path, aside)
    aside.replace(to)
