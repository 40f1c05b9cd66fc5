"""The doctor: results and advice."""

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backend.db import catalog, submissions
from backend.db.database import Database
from backend.db.tables import EventTable
from backend.ops.check_result import CheckResult
from backend.ops.doctor import examine
from backend.ops.machine import results_of
from backend.settings import Settings
from backend.supervisor.start import locked
from skiplab.contract.catalog import DatasetCard
from skiplab.contract.spec import RunSpec
from skiplab.contract.worker import Device, Equipment
from tests.backend.db.revisions import insert, move
from tests.lab import free_port

GPU = Device(kind="cuda", name="a GPU", index=0)
CPU = Device(kind="cpu", name="a CPU", index=0)


def found(settings: Settings, subject: str) -> CheckResult:
    return next(result for result in examine(settings) if result.subject == subject)


def torch_of(device: Device, *, built_for: str | None, driver_knows: str | None) -> CheckResult:
    driver = "550.54" if driver_knows else None
    equipment = Equipment(
        devices=[device], driver=driver, driver_cuda=driver_knows, torch="2.14.1", torch_cuda=built_for
    )
    return results_of(equipment)[1]


def test_a_home_without_a_lab_is_fine_and_stays_as_it_is(tmp_path: Path) -> None:
    results = list(examine(Settings(home=tmp_path / "home")))

    assert [each.subject for each in results] == ["database", "clock", "broker", "disk", "device", "torch"]
    assert not [each for each in results if each.wrong and each.subject != "disk"]
    assert not (tmp_path / "home").exists()


def test_an_intact_database_is_summarised(tmp_path: Path, queued: Callable[..., int]) -> None:
    queued()

    result = found(Settings(home=tmp_path), "database")

    assert "1 runs, intact, revision 0" in result.message
    assert not result.wrong


def test_a_damaged_database_is_reported_and_the_clock_still_checked(
    database: Database, tmp_path: Path, queued: Callable[..., int]
) -> None:
    queued()
    database.close()
    file = tmp_path / "skiplab.db"
    with file.open("r+b") as opened:
        opened.seek(4096)
        opened.write(b"\xa5" * (file.stat().st_size - 4096))

    result = found(Settings(home=tmp_path), "database")

    assert "is damaged" in result.message
    assert result.advice == "Stop Skiplab, then `skiplab restore FILE`."
    assert not found(Settings(home=tmp_path), "clock").wrong


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_an_upgrade_that_has_no_room_is_reported_before_the_next_start(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/skiplab.db" if kind == "sqlite" else request.getfixturevalue("postgres").create()
    settings = Settings(home=tmp_path, database_url=url)
    with closing(Database(url)) as database:
        move(database, "0020")
        with database.engine.begin() as connection:
            insert(connection, "run", id=1)

    full = next(examine(settings, free=lambda _: 1))
    ample = next(examine(settings, free=lambda _: 10**12))

    assert "the next start could not upgrade it" in full.message
    assert "but 1 bytes are free" in str(full.advice)
    assert not ample.wrong
    assert "the next start" in ample.message


def test_missing_images_of_unfinished_runs_are_reported(
    database: Database, tmp_path: Path, spec: Callable[..., RunSpec]
) -> None:
    card = DatasetCard(key="pets", label="pets", available=True, source="imported from pets", provenance="imported")
    with database.write() as session:
        catalog.announce_datasets(session, [card.model_copy(update={"version": 1, "sha256": "1" * 64})])
        submissions.add(session, spec(dataset="pets"), name="a run")

    result = found(Settings(home=tmp_path), "data")

    assert result.wrong
    assert "missing version 1 (11111111) of pets, needed by unfinished runs" in result.message


def test_a_clock_behind_the_newest_event_is_wrong(database: Database, tmp_path: Path) -> None:
    with database.write() as session:
        later = datetime.now(UTC) + timedelta(hours=1)
        session.add(EventTable(type="removed", payload="{}", created_at=later))

    assert "use NTP" in str(found(Settings(home=tmp_path), "clock").advice)


def test_an_unreachable_broker_is_reported_without_its_url(tmp_path: Path) -> None:
    url = f"redis://:hidden@127.0.0.1:{free_port()}/0"

    result = found(Settings(home=tmp_path, broker_url=url), "broker")

    assert result.wrong
    assert "hidden" not in f"{result.message} {result.advice}"


def test_an_unresponsive_broker_of_a_running_server_is_reported(tmp_path: Path) -> None:
    (tmp_path / "broker").mkdir()
    (tmp_path / "broker" / "b.sock").touch()

    assert not found(Settings(home=tmp_path), "broker").wrong
    with locked(tmp_path):
        assert found(Settings(home=tmp_path), "broker").advice == "Restart Skiplab."


@pytest.mark.parametrize(
    ("device", "built_for", "driver_knows", "advice"),
    [
        (CPU, None, None, None),
        (CPU, "13.0", None, None),
        (GPU, "12.8", "12.4", None),
        (GPU, "12.8", "13.0", None),
        (GPU, "13.0", "12.4", "Upgrade the driver"),
        (GPU, None, "12.4", "SKIPLAB_TORCH_INDEX"),
    ],
)
def test_torch_must_be_built_for_what_the_driver_can_run(
    device: Device, built_for: str | None, driver_knows: str | None, advice: str | None
) -> None:
    result = torch_of(device, built_for=built_for, driver_knows=driver_knows)

    assert result.wrong == (advice is not None)
    assert advice is None or advice in str(result.advice)
