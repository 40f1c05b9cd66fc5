"""Fixtures for every part: a migrated database, and things to put into it."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from backend.contract.catalog import DatasetCard, ModelDetails
from backend.contract.spec import RunSpec
from backend.contract.worker import Device
from backend.db import catalog, workers
from backend.db.database import Database
from backend.db.migration import is_current, migrate
from tests.lab import Lab, running_lab
from tests.postgres import Server, name_in, running_server

CPU = Device(kind="cpu", name="a test's CPU", index=0)


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A file of SQLite; tests that are marked with `tests.databases.BOTH` see one of PostgreSQL too."""
    if getattr(request, "param", "sqlite") == "postgresql":
        url = request.getfixturevalue("new_database")()
    else:
        url = f"sqlite:///{tmp_path / 'skiplab.db'}"
    database = Database(url)
    if not is_current(database):
        migrate(database)
    yield database
    database.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    with running_server() as server:
        yield server


@pytest.fixture(scope="session")
def migrated(postgres: Server) -> str:
    """A database of the server's that all others are copied from: a tenth of the time that migrating takes."""
    url = postgres.create()
    with closing(Database(url)) as database:
        migrate(database)
    return name_in(url)


@pytest.fixture
def new_database(postgres: Server, migrated: str) -> Iterator[Callable[[], str]]:
    """Make a migrated database on the server, which goes with the test; gives its address."""
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
    """A spec of two epochs of `cnn` on `digits`, but for what is given."""

    def make(**fields: object) -> RunSpec:
        return RunSpec.model_validate({"model": "cnn", "dataset": "digits", "epochs": 2, **fields})

    return make


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One running lab for all tests that leave it as they found it."""
    with running_lab(tmp_path_factory.mktemp("lab") / "home") as lab:
        yield lab
