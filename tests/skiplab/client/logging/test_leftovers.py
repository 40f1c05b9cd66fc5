"""What the lab does not have yet is kept, and sent later."""

import json
from pathlib import Path
from typing import Any

import pytest

import skiplab
from skiplab.client.connection import Connection
from skiplab.client.leftovers import deliver_all
from skiplab.client.spool import spools_in
from tests.skiplab.client.logging.fake_lab import FakeLab, Problem, fake_lab
from tests.skiplab.client.logging.processes import script, until


def test_a_spool_of_another_lab_is_left_alone(lab: FakeLab, spools: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its run's number means another run here."""
    with fake_lab() as other:
        monkeypatch.setenv("SKIPLAB_URL", other.url)
        kill = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
        script(f"import skiplab; run = skiplab.init(id='x'); run.log({{'a': 1}}); {kill}")
        monkeypatch.setenv("SKIPLAB_URL", lab.url)
        with skiplab.init(id="x", resume="allow") as run:
            run.log({"a": 2})
        assert lab.run.series("a") == [2.0]
        (outcome,) = deliver_all(spools, Connection(other.url, None, "arguments"))
        assert (outcome.problem, other.run.series("a")) == ("", [1.0])


def test_an_offline_run_is_sent_by_sync(lab: FakeLab, spools: Path) -> None:
    from typer.testing import CliRunner

    from skiplab.cli import app

    with skiplab.init(mode="offline", config={"lr": 1}) as run:
        run.log({"loss": 1})
    with skiplab.init() as run:  # an online run leaves it alone
        pass
    assert len(lab.runs) == 1
    done = CliRunner().invoke(app, ["sync", str(spools)])
    assert (done.exit_code, done.stdout) == (0, "run 2: 1 points sent\n")
    assert lab.runs[2].series("loss") == [1.0]
    assert CliRunner().invoke(app, ["sync"]).stdout == "Nothing to send.\n"


def test_sync_fails_while_the_lab_is_away(lab: FakeLab, spools: Path) -> None:
    from typer.testing import CliRunner

    from skiplab.cli import app

    with skiplab.init(mode="offline") as run:
        run.log({"loss": 1})
    lab.away = True
    done = CliRunner().invoke(app, ["sync", "--json", str(spools)])
    assert done.exit_code == 1
    assert json.loads(done.stdout)["problem"] != ""
    lab.away = False
    assert CliRunner().invoke(app, ["sync", str(spools)]).exit_code == 0


def test_what_an_earlier_process_left_is_sent_by_the_next_init(lab: FakeLab, spools: Path) -> None:
    lab.away = True
    left = script(
        "from skiplab.client import run as r; r.EXIT_SECONDS_AWAY = 0; import skiplab; skiplab.init().log({'a': 1})"
    )
    assert "1 points of run" in left.stderr
    assert "are not sent" in left.stderr
    lab.away = False
    with skiplab.init():
        until(lambda: any(run.finish for run in lab.runs.values()) and not _others(spools))
    assert sorted(len(run.points) for run in lab.runs.values()) == [0, 1]


def _others(spools: Path) -> int:
    return len(list(spools_in(spools))) - 1


def test_a_wrong_token_keeps_the_points(
    lab: FakeLab, spools: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("skiplab.client.run.EXIT_SECONDS_AWAY", 0.1)

    def refuse(_: str, __: Any) -> None:
        raise Problem(401, "a token is required")

    lab.refuse = refuse
    with skiplab.init() as run:
        run.log({"a": 1})
    assert "a token is required" in capfd.readouterr().err
    assert len(list(spools_in(spools))) == 1


def test_an_address_that_is_none_logs_offline(
    spools: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SKIPLAB_URL", "lab:8000")
    with skiplab.init() as run:
        run.log({"a": 1})
        assert run.offline
    assert "is not a lab's address" in capfd.readouterr().err
    assert len(list(spools_in(spools))) == 1
