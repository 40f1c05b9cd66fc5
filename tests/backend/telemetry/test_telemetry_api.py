"""Telemetry of runs over the API."""

from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from backend.db import records
from backend.db.artifacts import NewArtifact
from backend.db.attempts import Claim
from backend.db.database import Database
from backend.db.records import EpochRecord
from backend.db.tables import utc_now
from backend.telemetry.most_confused import reduced
from skiplab.contract.telemetry import LayerStat, Mistake, SystemSample
from tests.databases import BOTH

MISTAKES = [Mistake(image=9, label=1, predicted=0, confidence=0.9)]


def layer(epoch: int, **fields: float) -> LayerStat:
    return LayerStat(epoch=epoch, place=0, name="conv1", kind="layer", **fields)


def checkpoint(path: str) -> NewArtifact:
    return NewArtifact(kind="checkpoint", path=path, epoch=2, step=20, bytes=4, sha256="0")


@pytest.fixture
def trained(database: Database, queued: Callable[..., int], claim: Callable[[], Claim], tmp_path: Path) -> str:
    """The URL of a run with two epochs, a file and a log."""
    run_id = queued(epochs=3)
    held = claim()
    place = f"{run_id}/attempt-1/checkpoint-20.safetensors"
    (tmp_path / "runs" / place).parent.mkdir(parents=True)
    (tmp_path / "runs" / place).write_bytes(b"file")
    with database.write() as session:
        records.environment(session, run_id, held.attempt, {"python": "3.11"})
        records.layers(session, run_id, held.attempt, [layer(0, grad_rms=0.5)])
        for epoch in (1, 2):
            record = EpochRecord(
                epoch=epoch,
                step=10 * epoch,
                values={},
                layers=[layer(epoch, grad_rms=float("nan") if epoch == 2 else 0.25)],
                confusion=[[epoch, 0], [1, 0]],
                mistakes=MISTAKES,
                artifacts=[checkpoint(place)] if epoch == 2 else [],
            )
            records.epoch(session, run_id, held.attempt, record)
        for cpu in (0.25, 0.5):
            records.system(session, run_id, held.attempt, SystemSample(time=utc_now(), cpu=cpu))
        records.log(session, run_id, held.attempt, [(utc_now(), "info", f"line {n}") for n in range(5)])
    return f"/api/v1/runs/{run_id}"


def test_layers_come_in_order_and_may_be_asked_for_from_an_epoch_on(api: TestClient, trained: str) -> None:
    items = api.get(f"{trained}/layers").json()["items"]
    later = api.get(f"{trained}/layers", params={"since_epoch": 1}).json()["items"]

    assert [(item["epoch"], item["grad_rms"]) for item in items] == [(0, 0.5), (1, 0.25), (2, None)]
    assert [item["epoch"] for item in later] == [2]


@BOTH
def test_confusions_are_kept_of_every_epoch_and_mistakes_of_the_newest(api: TestClient, trained: str) -> None:
    newest = api.get(f"{trained}/confusion").json()
    first = api.get(f"{trained}/confusion", params={"epoch": 1}).json()
    mistakes = api.get(f"{trained}/mistakes").json()

    assert (newest["epoch"], newest["counts"], newest["epochs"]) == (2, [[2, 0], [1, 0]], [1, 2])
    assert first["counts"] == [[1, 0], [1, 0]]
    assert (mistakes["epoch"], [item["image"] for item in mistakes["items"]]) == (2, [9])
    assert api.get(f"{trained}/confusion", params={"epoch": 3}).status_code == 404


def test_of_many_classes_the_most_confused_are_shown_and_the_others_together() -> None:
    counts = [[9, 0, 0, 1], [0, 5, 5, 0], [0, 3, 7, 0], [0, 0, 0, 8]]

    assert reduced(counts, 2) == ([[5, 5, 0], [3, 7, 0], [0, 0, 18]], [1, 2])


def test_a_thousand_classes_are_reduced_before_they_are_sent(api: TestClient, trained: str) -> None:
    small = api.get(f"{trained}/confusion", params={"most": 1}).json()
    assert (small["counts"], small["classes"], small["total"]) == ([[2, 0], [1, 0]], ["0", "others"], 2)
    assert api.get(f"{trained}/confusion", params={"most": 20}).json()["shown"] is None


@BOTH
def test_the_log_is_read_from_its_end_or_from_a_line_on(api: TestClient, trained: str) -> None:
    tail = api.get(f"{trained}/logs", params={"limit": 2}).json()
    page = api.get(f"{trained}/logs", params={"limit": 2, "after": 0}).json()
    rest = api.get(f"{trained}/logs", params={"after": page["next_after"]}).json()

    assert [line["text"] for line in tail["items"]] == ["line 3", "line 4"]
    assert [line["text"] for line in page["items"] + rest["items"]] == [f"line {n}" for n in range(5)]
    assert rest["next_after"] is None


def test_load_and_environment_are_answered(api: TestClient, trained: str) -> None:
    system = f"{trained}/system"
    assert [item["cpu"] for item in api.get(system).json()["items"]] == [0.25, 0.5]
    assert [item["cpu"] for item in api.get(system, params={"newest": 1}).json()["items"]] == [0.5]
    answer = api.get(f"{trained}/environment").json()
    assert answer["environment"] == {"python": "3.11"}
    assert answer["titles"]["python"] == "Python"


def test_only_recorded_files_can_be_downloaded_whole_or_in_part(api: TestClient, trained: str) -> None:
    (file,) = api.get(f"{trained}/artifacts").json()["items"]
    url = f"{trained}/artifacts/{file['path']}"

    assert api.get(url).content == b"file"
    assert api.get(url, headers={"Range": "bytes=1-2"}).content == b"il"
    for other in ("%2e%2e/%2e%2e/skiplab.db", "1/attempt-1/other", "/etc/passwd"):
        assert api.get(f"{trained}/artifacts/{other}").status_code == 404


@pytest.mark.parametrize("part", ["layers", "confusion", "mistakes", "system", "logs", "environment", "artifacts"])
def test_an_unknown_run_has_no_telemetry(api: TestClient, part: str) -> None:
    answer = api.get(f"/api/v1/runs/99/{part}")
    assert (answer.status_code, answer.json()["detail"]) == (404, "There is no run 99.")
