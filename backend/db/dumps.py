"""Whole PostgreSQL databases as files: `pg_dump`'s, taken while others read and write, and put back in one step."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, inspect
from sqlalchemy.engine import make_url
from sqlmodel import Session, select

from backend.db.copies import DatabaseInUse
from backend.db.database import Database
from backend.db.postgres import APPLICATION, without_password
from backend.db.tables import ArtifactTable, RunTable

PROGRAMS = Path("/usr/lib/postgresql")
"""Where Debian and its kin keep those that are on no PATH, by version."""


class CannotDump(Exception):
    """`pg_dump` and its kin are missing, or failed; the message says what to do."""


@dataclass(frozen=True)
class Contents:
    """What a dump holds."""

    runs: int
    files: list[tuple[str, str]]
    """Path under `runs/` and SHA-256 of every file that the database knows."""


def dump(database: Database, to: Path) -> Contents:
    """Everything that is committed now. Raises CannotDump, and then leaves no file; DatabaseAway, DatabaseUnusable."""
    with database.read() as session:
        # What is told of the dump is of the dump's own moment.
        moment = session.connection().exec_driver_sql("SELECT pg_export_snapshot()").scalar_one()
        try:
            _call("pg_dump", database, "--format=custom", "--no-owner", f"--snapshot={moment}", f"--file={to}")
        except CannotDump:
            to.unlink(missing_ok=True)
            raise
        return contents(session)


def contents(session: Session) -> Contents:
    """What the database holds; nothing before its first migration."""
    there = inspect(session.connection()).get_table_names()
    runs = session.exec(select(func.count()).select_from(RunTable)).one() if "run" in there else 0
    files = session.exec(select(ArtifactTable.path, ArtifactTable.sha256)).all() if "artifact" in there else ()
    return Contents(runs, [(path, digest) for path, digest in files])


def check(file: Path) -> None:
    """Whether the file is a dump that can be read to its end. Raises CannotDump."""
    _run(["pg_restore", "--file=/dev/null", str(file)], {})


def restore(database: Database, file: Path) -> None:
    """Put what the dump holds in the place of all that is there, in one transaction: whole or not at all.

    Raises CannotDump, DatabaseInUse.
    """
    check_unused(database)
    with database.read() as session:
        there = inspect(session.connection()).get_table_names()
    script = file.with_suffix(".sql")
    _run(["pg_restore", "--no-owner", "--no-privileges", f"--file={script}", str(file)], {})
    drop = [f"--command=DROP TABLE {', '.join(map(_quoted, there))} CASCADE"] if there else []
    in_one_step = ("--no-psqlrc", "--quiet", "--output=/dev/null", "--single-transaction", "--set=ON_ERROR_STOP=1")
    _call("psql", database, *in_one_step, *drop, f"--file={script}")


def check_unused(database: Database) -> None:
    """Raises DatabaseInUse while another process of a lab is connected."""
    with database.read() as session:
        others = session.connection().exec_driver_sql(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            f" AND application_name = '{APPLICATION}' AND pid <> pg_backend_pid()"
        )
        count = others.scalar_one()
    if count:
        raise DatabaseInUse(
            f"The database {database.name} is in use by {count} connections of a lab: stop its backends and workers,"
            " on every host, first."
        )


def find_program(name: str) -> Path:
    """The newest there is: a `pg_dump` reads servers up to its own version. Raises CannotDump."""
    by_version = [path for path in PROGRAMS.glob(f"*/bin/{name}") if path.parents[1].name.isdecimal()]
    if by_version:
        return max(by_version, key=lambda path: int(path.parents[1].name))
    if found := shutil.which(name):
        return Path(found)
    raise CannotDump(f"The program {name} is not on this machine: install PostgreSQL's client (postgresql-client).")


def _call(program: str, database: Database, *arguments: str) -> None:
    address = make_url(database.url)
    # The password goes by the environment: arguments are for everybody to see.
    environment = {"PGPASSWORD": address.password} if address.password else {}
    _run([program, f"--dbname={without_password(address).render_as_string()}", *arguments], environment)


def _run(command: Sequence[str], environment: dict[str, str]) -> None:
    """Raises CannotDump."""
    program, *arguments = command
    done = subprocess.run(
        [find_program(program), *arguments],
        env={**os.environ, **environment, "LC_MESSAGES": "C", "PGAPPNAME": program},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = " ".join((done.stderr.strip() or f"status {done.returncode}").split())
        raise CannotDump(f"{program} failed: {said[:500]}.")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
