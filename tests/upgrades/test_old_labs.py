"""Data of earlier versions is kept by this one, has the same meaning, and can be continued."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from backend.db.database import Database
from backend.db.migration import migrate
from backend.main import create_app
from backend.ops.backup import back_up
from backend.ops.restore import restore
from backend.settings import Settings
from tests.backend.conftest import CountingNotifier
from tests.upgrades.conftest import OldLab, UpgradedLab

cpu: Callable[[], str] = import_module("scripts.lab_fixture").cpu  # scripts/ is no package for mypy


def test_every_run_value_and_transition_is_answered_as_before_field_for_field(lab: UpgradedLab) -> None:
    """Additional fields are allowed."""
    for path, answer in lab.answers.items():
        if not path.startswith("/evidence"):
            assert_holds(lab.get(path), answer, path)


def test_each_run_shows_the_spec_that_it_was_asked_for(lab: UpgradedLab) -> None:
    for old in lab.answers["/runs"]["items"]:
        run = lab.get(f"/runs/{old['id']}")
        assert (run["kind"], run["spec"], run["spec_problem"]) == ("lab", old["spec"], None)


def test_evidence_gives_the_same_verdicts_from_the_same_effects(lab: UpgradedLab) -> None:
    (path,) = [path for path in lab.answers if path.startswith("/evidence")]

    evidence = lab.get(path)

    assert evidence["problems"] == []
    assert _verdicts(evidence) == _verdicts(lab.answers[path])
    assert "own" in {each["key"] for each in evidence["sets"]}


def test_own_networks_data_sets_and_imports_are_there(lab: UpgradedLab) -> None:
    assert {"own", "own_plain", "own_fragile"} <= {card["key"] for card in lab.get("/models")["items"]}
    assert {"stripes", "shades"} <= {card["key"] for card in lab.get("/datasets")["items"]}
    assert [(each["key"], each["status"]) for each in lab.get("/imports")["items"]] == [("shades", "done")]


def test_a_token_still_signs_in(lab: UpgradedLab) -> None:
    app = create_app(Settings(home=lab.home, database_url=lab.url, host="0.0.0.0"), CountingNotifier())
    with TestClient(app, base_url="http://lab.example") as client:
        bearer = {"Authorization": f"Bearer {lab.token}"}

        assert client.get("/api/v1/runs").status_code == 401
        assert client.get("/api/v1/runs", headers=bearer).status_code == 200
        assert client.post("/api/v1/runs/10/cancel", headers=bearer).status_code == 202


@pytest.mark.timeout(300)
@pytest.mark.usefixtures("one_thread")
def test_queued_runs_train_and_paused_ones_end_like_undisturbed_ones(lab: UpgradedLab) -> None:
    paused, queued, whole = lab.ids["paused"], lab.ids["queued"], lab.ids["uninterrupted"]
    before = lab.values(paused)
    lab.post(f"/runs/{paused}/resume")

    ended = dict(lab.train_next() for _ in range(2))

    assert {run_id: outcome.ending for run_id, outcome in ended.items()} == {paused: "finished", queued: "finished"}
    resumed, wanted = lab.values(paused), lab.values(whole)
    assert before.items() <= resumed.items()
    # The layers' statistics of the epoch that was interrupted are left out where a version counts other layers.
    assert {key for key, _ in wanted.keys() - resumed.keys()} <= {"grad/norm"}
    wanted = {key: wanted[key] for key in resumed}
    if _same_machine(lab, paused, whole):
        assert resumed == wanted
    else:
        # Another CPU or torch sums in another order: the difference stays below this over 34 steps.
        assert resumed == pytest.approx(wanted, rel=1e-3, abs=1e-4)


def test_a_failed_run_is_queued_again_and_another_one_like_it_is_launched(lab: UpgradedLab) -> None:
    failed = lab.get(f"/runs/{lab.ids['failed']}")

    retried = lab.post(f"/runs/{failed['id']}/retry")
    twin = lab.post("/runs", failed["spec"])
    more = lab.post(f"/experiments/{lab.experiment}/runs", {"spec": {**failed["spec"], "model": "own", "seed": 3}})

    assert (retried["status"], retried["epoch"], lab.values(failed["id"])) == ("queued", 0, {})
    assert (twin["spec"], len(more["runs"])) == (failed["spec"], 7)


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.usefixtures("one_thread")
def test_a_failed_run_that_is_retried_trains_and_so_does_a_new_one_on_the_imported_data_set(lab: UpgradedLab) -> None:
    failed, finished = lab.ids["failed"], lab.get(f"/runs/{lab.ids['finished']}")
    lab.post(f"/runs/{lab.ids['queued']}/cancel")
    lab.post(f"/runs/{failed}/retry")
    on_import = lab.post("/runs", {**finished["spec"], "seed": 5})["id"]

    ended = dict(lab.train_next() for _ in range(2))

    assert {run_id: outcome.ending for run_id, outcome in ended.items()} == {failed: "finished", on_import: "finished"}


def test_a_backup_of_an_old_home_is_restored_and_then_upgraded(old_lab: OldLab, tmp_path: Path) -> None:
    file, home = tmp_path / "backup.zip", tmp_path / "restored"
    with closing(Database(old_lab.url)) as database:
        made = back_up(database, old_lab.home, file, checkpoints=True)
    home.mkdir()

    with closing(Database(f"sqlite:///{home / 'skiplab.db'}")) as database:
        restored = restore(file, database, home)
        migrate(database)

    assert (made.missing, restored.missing) == ([], 0)
    assert restored.runs == len(old_lab.answers["/runs"]["items"])
    paused = old_lab.ids["paused"]
    assert _files(home / "runs" / str(paused)) == _files(old_lab.home / "runs" / str(paused))
    app = create_app(Settings(home=home), CountingNotifier())
    with TestClient(app, base_url="http://127.0.0.1") as api:
        assert_holds(api.get("/api/v1/runs").json(), old_lab.answers["/runs"], "/runs")


def test_a_downgrade_restores_the_copy_made_before_the_upgrade(old_lab: OldLab) -> None:
    before = _rows(old_lab.file)
    with closing(Database(old_lab.url)) as database:
        migrate(database)
    (copy,) = (old_lab.home / "backups").glob("before-upgrade-from-*.db")
    assert _rows(old_lab.file) != before

    with closing(Database(old_lab.url)) as database:
        restored = restore(copy, database, old_lab.home)

    assert _rows(old_lab.file) == before
    assert restored.aside is not None
    assert restored.aside.is_file(), "the upgraded database is kept"


def assert_holds(new: Any, old: Any, where: str) -> None:
    """Check that the new response contains everything in the old one."""
    match old:
        case dict():
            assert old.keys() <= new.keys(), where
            for key, value in old.items():
                assert_holds(new[key], value, f"{where}.{key}")
        case list():
            assert len(new) == len(old), where
            for place, (one, other) in enumerate(zip(new, old, strict=True)):
                assert_holds(one, other, f"{where}[{place}]")
        case _:
            assert new == old, where


def _verdicts(evidence: dict[str, Any]) -> dict[str, Any]:
    """Verdicts by claim, with the effect of each tested part."""
    return {
        f"{each['key']} {claim['id']}": (
            claim["verdict"],
            [
                (
                    part["measure"],
                    part["verdict"],
                    pytest.approx(part["effect"]) if part["effect"] is not None else None,
                )
                for judgement in claim["judgements"]
                for part in judgement["parts"]
            ],
        )
        for each in evidence["sets"]
        for claim in each["claims"]
    }


def _same_machine(lab: UpgradedLab, one: int, other: int) -> bool:
    def facts(run_id: int) -> list[Any]:
        found = lab.get(f"/runs/{run_id}/environment")["environment"]
        return [found[name] for name in ("threads", "platform", "packages")]

    return cpu() == lab.cpu != "" and facts(one) == facts(other)


def _rows(file: Path) -> dict[str, list[Any]]:
    """Return the rows of every table."""
    with closing(sqlite3.connect(file)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
        return {name: connection.execute(f'SELECT * FROM "{name}"').fetchall() for (name,) in tables}


def _files(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
