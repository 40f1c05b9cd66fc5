"""Whole PostgreSQL databases as files: `pg_dump`'s, taken while others read and write, and put back in one step."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from sqlalchemy import func, inspect
from sqlalchemy.engine import make_url
from sqlmodel import Session, select

from backend.db.copies import Contents, DatabaseInUse
from backend.db.database import Database
from backend.db.postgres import APPLICATION, without_password
from backend.db.tables import ArtifactTable, RunTable

PROGRAMS = Path("/usr/lib/postgresql")
"""Where Debian and its kin keep those that are on no PATH, by version."""


class CannotDump(Exception):
    """`pg_dump` or one of its kin is missing, or failed; the message says what it said."""


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


def check(file: Path) -> None:
    """Whether the file is a dump that can be read to its end. Raises CannotDump."""
    _run("pg_restore", f"--file={os.devnull}", str(file))


def revision(file: Path) -> str | None:
    """Alembic's, None where there is none: another program's database. Raises CannotDump."""
    script = _run("pg_restore", "--data-only", "--table=alembic_version", "--file=-", str(file))
    found = re.search(r"^COPY \S*alembic_version .*\n(\w+)$", script, re.MULTILINE)
    return found[1] if found else None


def restore(database: Database, file: Path) -> Contents:
    """Put what the dump holds in the place of all that is there, in one transaction: whole or not at all.

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
    """Raises DatabaseInUse while another process of a lab is connected."""
    with database.read() as session:
        others = session.connection().exec_driver_sql(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            f" AND application_name = '{APPLICATION}' AND pid <> pg_backend_pid()"
        )
        count = others.scalar_one()
    if count:
        raise DatabaseInUse(
            f"The database {database.name} is in use, by {count} connections of a lab: stop its backends and workers on"
            " every host first."
        )


def find_program(name: str) -> Path:
    """The newest there is: a `pg_dump` knows servers up to its own version. Raises CannotDump."""
    by_version = [path for path in PROGRAMS.glob(f"*/bin/{name}") if path.parents[1].name.isdecimal()]
    if by_version:
        return max(by_version, key=lambda path: int(path.parents[1].name))
    if found := shutil.which(name):
        return Path(found)
    raise CannotDump(f"The program {name} is not on this machine: install PostgreSQL's client (postgresql-client).")


def contents(session: Session) -> Contents:
    """What the database holds; nothing before its first migration."""
    there = inspect(session.connection()).get_table_names()
    files = session.exec(select(ArtifactTable.path, ArtifactTable.sha256)).all() if "artifact" in there else ()
    return Contents(
        revision=MigrationContext.configure(session.connection()).get_current_revision(),
        runs=session.exec(select(func.count()).select_from(RunTable)).one() if "run" in there else 0,
        files=[(path, digest) for path, digest in files],
    )


def _dropping(database: Database) -> list[str]:
    """The database is the lab's own: what is there now, and not in the dump, is of another version of it."""
    with database.read() as session:
        connection = session.connection()
        quoted = [connection.dialect.identifier_preparer.quote(name) for name in inspect(connection).get_table_names()]
    return [f"--command=DROP TABLE {', '.join(quoted)} CASCADE"] if quoted else []


def _call(program: str, database: Database, *arguments: str) -> None:
    address = make_url(database.url)
    # The password goes by the environment: arguments are for everybody to see.
    _run(program, f"--dbname={without_password(address).render_as_string()}", *arguments, password=address.password)


def _run(program: str, *arguments: str, password: str | None = None) -> str:
    """What it writes to its output. Raises CannotDump."""
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
        said = " ".join((done.stderr.strip() or f"status {done.returncode}").split())
        raise CannotDump(f"{program} failed: {said[:500]}")
    return done.stdout
