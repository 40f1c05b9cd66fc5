"""Fixtures for every part: a migrated SQLite file, and things to put into it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backend.contract.catalog import DatasetCard, ModelDetails
from backend.contract.spec import RunSpec
from backend.contract.worker import Device
from backend.db import catalog, workers
from backend.db.database import Database
from backend.db.migration import migrate
from tests.lab import Lab, running_lab

CPU = Device(kind="cpu", name="a test's CPU", index=0)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'skiplab.db'}")
    migrate(database)
    yield database
    database.close()


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
