"""Shared fixtures: a migrated database, and data for it."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from backend.db import catalog, workers
from backend.db.database import Database
from backend.db.migration import migrate
from skiplab.contract.catalog import DatasetCard, ModelDetails
from skiplab.contract.spec import RunSpec
from skiplab.contract.worker import Device
from tests.lab import Lab, running_lab
from tests.postgres import Server, name_in, running_server

CPU = Device(kind="cpu", name="a test's CPU", index=0)


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path, migrated_file: bytes) -> Iterator[Database]:
    """A file of SQLite; tests that are marked with `tests.databases.BOTH` see one of PostgreSQL too."""
    if getattr(request, "param", "sqlite") == "postgresql":
        url = request.getfixturevalue("new_database")()
    else:
        file = tmp_path / "skiplab.db"
        if not file.exists():
            file.write_bytes(migrated_file)
        url = f"sqlite:///{file}"
    database = Database(url)
    yield database
    database.close()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A migrated SQLite template that others are copied from: migrating takes a tenth of a second."""
    file = tmp_path_factory.mktemp("migrated") / "skiplab.db"
    with closing(Database(f"sqlite:///{file}")) as database:
        migrate(database)
    with closing(sqlite3.connect(file)) as connection:
        return connection.serialize()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    with running_server() as server:
        yield server


@pytest.fixture(scope="session")
def migrated(postgres: Server) -> str:
    """A migrated PostgreSQL template that others are copied from, in a tenth of the time of migrating."""
    url = postgres.create()
    with closing(Database(url)) as database:
        migrate(database)
    return name_in(url)


@pytest.fixture
def new_database(postgres: Server, migrated: str) -> Iterator[Callable[[], str]]:
    """Create a migrated database on the server for one test; return its URL."""
    made: list[str] = []

    def make() -> str:
        made.append(postgres.create(like=migrated))
        return made[-1]

    yield make
    for url in made:
        postgres.drop(url)


@pytest.fixture
def worker_id(database: Database) -> int:
    """An online worker with one slot, which offers a network and a data set."""
    with database.write() as session:
        catalog.announce(
            session,
            [ModelDetails(key=key, label=key, measured=True, parameters=1, flops=1) for key in ("cnn", "resnet18")],
            [DatasetCard(key="digits", label="Digits", available=True, source="a package")],
        )
        return workers.register(session, name="gpu-1", devices=[CPU])


@pytest.fixture
def spec() -> Callable[..., RunSpec]:
    """A spec of two epochs of `cnn` on `digits`, with overrides."""

    def make(**fields: object) -> RunSpec:
        return RunSpec.model_validate({"model": "cnn", "dataset": "digits", "epochs": 2, **fields})

    return make


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One running server, shared by tests that leave it unchanged."""
    with running_lab(tmp_path_factory.mktemp("lab") / "home") as lab:
        yield lab
