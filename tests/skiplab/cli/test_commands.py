"""The commands against a running lab, in this process: output, JSON and exit codes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from skiplab.cli import COMMANDS, app
from skiplab.cli.exits import ExitCode
from skiplab.cli.watch import sparkline
from skiplab.contract.spec import RunFields
from tests import lab as running

pytestmark = pytest.mark.timeout(300)  # the first test may start the lab

Command = Callable[..., Result]

SMALL = (
    "model: cnn\ndataset: digits\nepochs: 2\ntrain_limit: 100\ntest_limit: 50\ntrain_eval_limit: 0\nbatch_size: 20\n"
)


@pytest.fixture
def skiplab(lab: running.Lab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    """Run a command on the running lab."""
    monkeypatch.setenv("SKIPLAB_URL", lab.url)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("SKIPLAB_TOKEN", raising=False)
    return lambda *arguments, stdin=None: CliRunner().invoke(app, [*map(str, arguments)], input=stdin)


@pytest.fixture(scope="module")
def finished(lab: running.Lab) -> list[dict[str, Any]]:
    """Two finished runs of the experiment `seeds`."""
    environment = {"SKIPLAB_URL": lab.url}
    arguments = ["submit", "-", "--vary", "seed=0-1", "-e", "seeds", "--wait", "--json"]
    result = CliRunner(env=environment).invoke(app, arguments, input=SMALL)
    assert result.exit_code == 0, result.stderr
    answer = json.loads(result.stdout)
    assert answer["experiment"]["name"] == "seeds"
    runs: list[dict[str, Any]] = answer["items"]
    return runs


def test_submit_from_standard_input_waits_until_the_runs_have_finished(finished: list[dict[str, Any]]) -> None:
    assert [(run["status"], run["spec"]["seed"], run["epoch"]) for run in finished] == [
        ("finished", 0, 2),
        ("finished", 1, 2),
    ]


def test_submit_takes_a_file_overridden_by_flags_and_shows_progress(skiplab: Command, tmp_path: Path) -> None:
    (tmp_path / "spec.yaml").write_text(SMALL)
    result = skiplab("submit", tmp_path / "spec.yaml", "--epochs", 1, "--lr", "1e-2", "--name", "by flags", "--wait")
    assert result.exit_code == 0, result.stderr
    first, epoch = result.stdout.splitlines()
    assert first.startswith("Queued run ")
    assert epoch.startswith("by flags: epoch 1/1, train loss ")


def test_a_run_that_fails_is_exit_code_3_with_its_reason(skiplab: Command) -> None:
    result = skiplab("submit", "-", "--train-limit", 20, "--val-fraction", 0.01, "--wait", stdin=SMALL)
    assert result.exit_code == ExitCode.RUN_FAILED
    assert "failed: val_fraction 0.01 of 20 training images leaves none" in result.stderr


def test_a_wait_that_takes_too_long_is_exit_code_7_and_the_run_is_cancelled_by_name(skiplab: Command) -> None:
    assert "draining" in skiplab("workers", "drain", worker_name(skiplab)).stdout
    result = skiplab("submit", "-", "--name", "long", "--wait", "--timeout", 0, stdin=SMALL)
    assert result.exit_code == ExitCode.TIMED_OUT
    assert "1 of 1 runs have not ended within 0 s." in result.stderr
    assert "(long): cancelled" in skiplab("cancel", "long").stdout
    ended = skiplab("watch", "long", "--interval", 0.2)
    assert ended.exit_code == ExitCode.RUN_FAILED
    assert "cancelled" in ended.stdout
    assert skiplab("rm", "long", "--yes").exit_code == 0
    assert skiplab("show", "long").exit_code == ExitCode.NOT_FOUND
    assert "online" in skiplab("workers", "drain", worker_name(skiplab), "--undo").stdout


def worker_name(skiplab: Command) -> str:
    (worker,) = json.loads(skiplab("workers", "--json").stdout)["items"]
    return str(worker["name"])


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (
            ["submit", "--model", "cnn", "--dataset", "digits", "--epochs", "0"],
            ExitCode.USAGE,
            "epochs: must be at least 1",
        ),
        (["submit", "--vary", "lrr=1"], ExitCode.USAGE, "unknown field 'lrr'"),
        (["submit", "--vary", "lr"], ExitCode.USAGE, "such as lr=0.01,0.1"),
        (["submit", "missing.yaml"], ExitCode.USAGE, "missing.yaml: cannot be read"),
        (["show", "nobody"], ExitCode.NOT_FOUND, "There is no run named 'nobody'."),
        (["show", "999999"], ExitCode.NOT_FOUND, "There is no run 999999."),
        (["compare"], ExitCode.USAGE, "or an experiment with --experiment"),
        (["evidence", "-e", "nothing"], ExitCode.NOT_FOUND, "no experiment named 'nothing'"),
        (["workers", "drain", "nobody"], ExitCode.NOT_FOUND, "no worker named 'nobody'"),
    ],
)
def test_a_refusal_is_one_sentence_and_an_exit_code(
    skiplab: Command, arguments: list[str], code: ExitCode, reason: str
) -> None:
    result = skiplab(*arguments)
    assert result.exit_code == code
    assert reason in result.stderr
    assert result.stdout == ""


def test_without_a_lab_it_is_exit_code_4(skiplab: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKIPLAB_URL", "http://127.0.0.1:1")
    result = skiplab("ls")
    assert result.exit_code == ExitCode.UNREACHABLE
    assert "start one with `skiplab up`" in result.stderr


def test_ls_is_a_table_that_is_not_cut_off_when_piped(skiplab: Command, finished: list[dict[str, Any]]) -> None:
    lines = skiplab("ls", "-e", "seeds", "--sort", "id").stdout.splitlines()
    assert lines[0].split() == ["run", "name", "status", "epoch", "best", "experiment", "submitted"]
    assert [line.split()[0] for line in lines[1:]] == [str(run["id"]) for run in finished]
    assert skiplab("ls", "-e", "seeds", "-n", 1).stdout.splitlines()[-1] == "1 of 2 runs; --limit shows more."


SHAPES: dict[str, tuple[list[str], set[str]]] = {
    "ls": (["ls", "--json"], {"items", "total", "experiment"}),
    "show": (
        ["show", "RUN", "--json"],
        {"id", "name", "kind", "status", "spec", "config", "best", "experiment", "tags"},
    ),
    "compare": (["compare", "-e", "seeds", "--json"], {"items"}),
    "evidence": (["evidence", "-e", "seeds", "--json"], {"sets", "problems", "measures", "target", "cells", "runs"}),
    "logs": (["logs", "RUN", "-n", "1", "--json"], {"id", "time", "attempt", "level", "text"}),
    "export": (["export", "RUN", "-k", "gap,test/loss", "--json"], {"run", "key", "epoch", "step", "time", "value"}),
    "models": (["models", "--json"], {"items"}),
    "workers": (["workers", "--json"], {"items"}),
    "data ls": (["data", "ls", "--json"], {"items"}),
    "watch": (["watch", "RUN", "--once", "--json"], {"id", "name", "status", "epoch", "epochs", "progress"}),
    "dry run": (
        ["submit", "--model", "cnn", "--dataset", "digits", "--dry-run", "--json"],
        {"runs", "seconds", "slots", "basis"},
    ),
    "archive": (["archive", "RUN", "--undo", "--json"], {"items", "total", "experiment"}),
}
"""Command line to the keys that its JSON promises; fields may be added, none may go."""


@pytest.mark.parametrize("command", SHAPES)
def test_json_keeps_its_shape(skiplab: Command, finished: list[dict[str, Any]], command: str) -> None:
    arguments, promised = SHAPES[command]
    result = skiplab(*[str(finished[0]["id"]) if each == "RUN" else each for each in arguments])
    assert result.exit_code == 0, result.stderr
    assert promised <= json.loads(result.stdout.splitlines()[0]).keys()


def test_compare_shows_what_differs_and_the_last_values(skiplab: Command, finished: list[dict[str, Any]]) -> None:
    heading, *rows = skiplab("compare", "-e", "seeds", "-k", "test/loss").stdout.splitlines()
    assert heading.split() == ["run", "name", "status", "seed", "best", "test/loss"]
    assert len(rows) == len(finished)


def test_export_writes_a_row_per_point_or_per_run(
    skiplab: Command, finished: list[dict[str, Any]], tmp_path: Path
) -> None:
    assert skiplab("export", "-e", "seeds", "-k", "test/accuracy", "-o", tmp_path / "points.csv").exit_code == 0
    heading, *points = (tmp_path / "points.csv").read_text().splitlines()
    assert heading == "run,key,epoch,step,time,value"
    assert len(points) == 2 * len(finished)
    assert len(skiplab("export", "-e", "seeds", "--measures").stdout.splitlines()) == 1 + len(finished)


def test_logs_follow_a_run_until_its_end(skiplab: Command, finished: list[dict[str, Any]]) -> None:
    assert "epoch 2: train loss" in skiplab("logs", "-f", finished[0]["id"]).stdout


def test_a_finished_run_cannot_be_cancelled_and_the_others_still_are_tried(
    skiplab: Command, finished: list[dict[str, Any]]
) -> None:
    result = skiplab("cancel", "-e", "seeds")
    assert result.exit_code == ExitCode.FAILED
    assert len(result.stderr.splitlines()) == len(finished)


def test_login_keeps_the_lab_for_later_commands(
    skiplab: Command, lab: running.Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SKIPLAB_URL")
    monkeypatch.setenv("SKIPLAB_PORT", "1")
    assert skiplab("ls").exit_code == ExitCode.UNREACHABLE
    assert skiplab("login", lab.url).stdout.startswith(f"Logged in to {lab.url} without a token; kept in ")
    assert skiplab("ls").exit_code == 0
    assert skiplab("logout").stdout == "Logged out.\n"
    assert skiplab("ls").exit_code == ExitCode.UNREACHABLE


def test_submit_has_a_flag_for_every_field_of_the_spec(skiplab: Command) -> None:
    text = skiplab("submit", "--help").stdout
    assert [name for name in RunFields.model_fields if f"--{name.replace('_', '-')}" not in text] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(skiplab: Command, command: str) -> None:
    assert skiplab(command, "--help").exit_code == 0


def test_exit_codes_are_documented() -> None:
    guide = (Path(__file__).parents[3] / "docs" / "guides" / "command-line.md").read_text()
    assert [code.name for code in ExitCode if f"| {code.value} | {code.meaning} |" not in guide] == []


@pytest.mark.parametrize(
    ("values", "line"),
    [([], ""), ([1.0, 2.0], "▁█"), ([0.5, 0.5], "▁▁"), ([0.0, None, 1.0], "▁ █"), ([None], " ")],
)
def test_a_sparkline_goes_from_the_least_to_the_greatest(values: list[float | None], line: str) -> None:
    assert sparkline(values) == line


def test_a_long_sparkline_ends_with_the_newest_value() -> None:
    line = sparkline([0.0] * 99 + [1.0], width=10)
    assert (len(line), line[-1]) == (10, "█")


def test_images_are_uploaded_to_a_lab_that_is_named(skiplab: Command, tmp_path: Path) -> None:
    for part in ("train", "test"):
        for name, shade in (("dark", 10), ("light", 240)):
            (tmp_path / "shades" / part / name).mkdir(parents=True)
            Image.new("RGB", (8, 8), (shade, shade, shade)).save(tmp_path / "shades" / part / name / "1.png")

    made = skiplab("data", "import", "shades", tmp_path / "shades")
    assert made.exit_code == 0, made.output
    assert made.stdout.splitlines()[-1] == "shades: 4 images imported."
    assert skiplab("data", "rename", "shades", "Two shades").exit_code == 0
    assert "Two shades" in skiplab("data", "ls").stdout
    assert "2 classes" in skiplab("data", "versions", "shades").stdout
    assert skiplab("data", "rm", "shades", "--version", 1).exit_code == 0
    assert "deleted" in skiplab("data", "versions", "shades").stdout

    assert skiplab("data", "import", "shades", tmp_path / "missing").exit_code == ExitCode.USAGE
    refused = skiplab("data", "import", "shades", tmp_path / "shades" / "train" / "dark")
    assert (refused.exit_code, refused.stderr != "") == (ExitCode.FAILED, True)
