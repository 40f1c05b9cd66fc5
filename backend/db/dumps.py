"""PostgreSQL databases as files: online dumps with `pg_dump`, restored in one transaction."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import func, inspect
from sqlalchemy.engine import make_url
from sqlmodel import Session, select

from backend.db import revisions
from backend.db.copies import Contents, DatabaseInUse
from backend.db.database import Database
from backend.db.postgres import APPLICATION, without_password
from backend.db.tables import ArtifactTable, RunTable

PROGRAMS = Path("/usr/lib/postgresql")
"""Where Debian and derived systems install the client programs, by version; they are not on PATH."""


class CannotDump(Exception):
    """`pg_dump`, `pg_restore` or `psql` is missing or failed; the message has its output."""


def dump(database: Database, to: Path) -> Contents:
    """Dump the committed state. Raises CannotDump (and leaves no file), DatabaseUnreachable, DatabaseUnusable."""
    with database.read() as session:
        # The summary is taken from the same snapshot as the dump.
        snapshot = session.connection().exec_driver_sql("SELECT pg_export_snapshot()").scalar_one()
        try:
            _call("pg_dump", database, "--format=custom", "--no-owner", f"--snapshot={snapshot}", f"--file={to}")
        except CannotDump:
            to.unlink(missing_ok=True)
            raise
        return contents(session)


def check(file: Path) -> None:
    """Check that the file is a complete, readable dump. Raises CannotDump."""
    _run("pg_restore", f"--file={os.devnull}", str(file))


def revision(file: Path) -> str | None:
    """Return the Alembic revision of a dump; None for another program's database. Raises CannotDump."""
    script = _run("pg_restore", "--data-only", "--table=alembic_version", "--file=-", str(file))
    found = re.search(r"^COPY \S*alembic_version .*\n(\w+)$", script, re.MULTILINE)
    return found[1] if found else None


def restore(database: Database, file: Path) -> Contents:
    """Replace the database's contents by the dump, in one transaction.

    Raises CannotDump, DatabaseInUse.
    """
    check_unused(database)
    script = file.with_suffix(".sql")
    _run("pg_restore", "--no-owner", "--no-privileges", f"--file={script}", str(file))
    in_one_step = ("--no-psqlrc", "--quiet", f"--output={os.devnull}", "--single-transaction", "--set=ON_ERROR_STOP=1")
    _call("psql", database, *in_one_step, *_dropping(database), f"--file={script}")
    with database.read() as session:
        return contents(session)


def check_unused(database: Database) -> None:
    """Check that no other Skiplab process is connected. Raises DatabaseInUse."""
    with database.read() as session:
        others = session.connection().exec_driver_sql(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            f" AND application_name = '{APPLICATION}' AND pid <> pg_backend_pid()"
        )
        count = others.scalar_one()
    if count:
        raise DatabaseInUse(
            f"The database {database.name} is in use by {count} connections of Skiplab: stop its backends and workers"
            " on every host first."
        )


def find_program(name: str) -> Path:
    """Return the newest installed version: `pg_dump` supports servers up to its own version. Raises CannotDump."""
    by_version = [path for path in PROGRAMS.glob(f"*/bin/{name}") if path.parents[1].name.isdecimal()]
    if by_version:
        return max(by_version, key=lambda path: int(path.parents[1].name))
    if found := shutil.which(name):
        return Path(found)
    raise CannotDump(f"The program {name} is not installed: install the PostgreSQL client (package postgresql-client).")


def contents(session: Session) -> Contents:
    """Summarise the contents; empty before the first migration."""
    there = inspect(session.connection()).get_table_names()
    files = session.exec(select(ArtifactTable.path, ArtifactTable.sha256)).all() if "artifact" in there else ()
    return Contents(
        revision=revisions.of(session),
        runs=session.exec(select(func.count()).select_from(RunTable)).one() if "run" in there else 0,
        files=[(path, digest) for path, digest in files],
    )


def _dropping(database: Database) -> list[str]:
    """Drop all tables: the database belongs to Skiplab, so those not in the dump are of another version."""
    with database.read() as session:
        connection = session.connection()
        quoted = [connection.dialect.identifier_preparer.quote(name) for name in inspect(connection).get_table_names()]
    return [f"--command=DROP TABLE {', '.join(quoted)} CASCADE"] if quoted else []


def _call(program: str, database: Database, *arguments: str) -> None:
    address = make_url(database.url)
    # The password goes through the environment: arguments are visible to all users of the host.
    _run(program, f"--dbname={without_password(address).render_as_string()}", *arguments, password=address.password)


def _run(program: str, *arguments: str, password: str | None = None) -> str:
    """Run a client program and return its output. Raises CannotDump."""
    given = {"LC_MESSAGES": "C", "PGAPPNAME": program} | ({"PGPASSWORD": password} if password else {})
    command: Sequence[str | Path] = [find_program(program), *arguments]
    done = subprocess.run(
        command,
        env={**os.environ, **given},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        output = " ".join((done.stderr.strip() or f"status {done.returncode}").split())
        raise CannotDump(f"{program} failed: {output[:500]}")
    return done.stdout
