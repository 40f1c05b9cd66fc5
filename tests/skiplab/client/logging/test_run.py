"""The life of a logged run: its start, resumption, cancellation and end."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import skiplab
from skiplab.client.failures import CannotResume, StopRequested
from skiplab.client.spool import spools_in
from tests.skiplab.client.logging.fake_lab import FakeLab, Problem
from tests.skiplab.client.logging.processes import script, until


def test_three_lines_log_a_run(lab: FakeLab, spools: Path) -> None:
    run = skiplab.init(experiment="ablation", name="no-bn", config={"lr": 0.1}, tags=["mine"])
    for step in range(5):
        run.log({"train/loss": 1 / (step + 1), "val/iou": step})
    run.finish()
    assert lab.run.body.experiment == "ablation"
    assert (lab.run.body.name, lab.run.config, lab.run.body.tags) == ("no-bn", {"lr": 0.1}, ["mine"])
    assert lab.run.series("train/loss") == [1.0, 1 / 2, 1 / 3, 1 / 4, 1 / 5]
    assert lab.run.series("val/iou") == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert lab.run.finish
    assert lab.run.finish.status == "finished"
    assert list(spools_in(spools)) == []


def test_a_run_is_resumed_by_its_id(lab: FakeLab) -> None:
    with skiplab.init(id="mine") as run:
        run.log({"loss": 1})
    with skiplab.init(id="mine", resume="allow") as run:
        assert (run.step, run.resumed) == (1, True)
        run.log({"loss": 2})
    assert [point[1:] for point in lab.run.points] == [(0, 1.0), (1, 2.0)]
    with pytest.raises(CannotResume, match="exists"):
        skiplab.init(id="mine")
    with pytest.raises(CannotResume, match="no run other"):
        skiplab.init(id="other", resume="must")
    assert len(lab.runs) == 1


@pytest.mark.parametrize("sent_before", [True, False])
def test_a_killed_run_that_is_resumed_keeps_what_it_had_logged(lab: FakeLab, sent_before: bool) -> None:
    """Its spool is sent before the new process takes the run over, which shuts the old holder out."""
    lab.away = not sent_before
    kill = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    script(f"import skiplab; run = skiplab.init(id='x'); [run.log({{'a': n}}) for n in range(9)]; {kill}")
    lab.away = False
    with skiplab.init(id="x", resume="allow") as run:
        assert run.step == 9
        run.log({"a": 9})
    assert lab.run.series("a") == [float(n) for n in range(10)]
    assert lab.run.doubled() == []


def test_a_worker_s_script_logs_to_its_run_and_leaves_its_end_to_the_worker(
    lab: FakeLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab.started_by_a_worker(holder=3, seq=5)
    monkeypatch.setenv("SKIPLAB_RUN", "1")
    monkeypatch.setenv("SKIPLAB_HOLDER", "3")
    with skiplab.init(project="ignored", config={"lr": 0.1}) as run:
        run.log({"loss": 1})
        other = script("import skiplab; skiplab.init().log({'other': 1})")
        assert "another process logs to run 1. This one logs nothing." in other.stderr
    assert (run.number, lab.run.series("loss"), lab.run.seqs[-1]) == (1, [1.0], 6)
    assert lab.run.finish is None
    assert lab.run.config == {"lr": 0.1}


def test_a_cancel_on_the_page_interrupts_the_training_at_its_next_log(lab: FakeLab) -> None:
    lab.stop = "cancelled"
    with pytest.raises(StopRequested), skiplab.init() as run:  # noqa: PT012
        run.log({"loss": 1})
        until(lambda: run.stop_requested)
        run.log({"loss": 2})
        pytest.fail("not interrupted")
    assert len(lab.run.series("loss")) == 2
    assert lab.run.finish
    assert (lab.run.finish.status, lab.run.finish.reason) == ("cancelled", "cancelled on the page")


def test_an_exception_in_the_block_fails_the_run(lab: FakeLab) -> None:
    with pytest.raises(ZeroDivisionError), skiplab.init() as run:
        run.log({"loss": 1 / 0})
    assert lab.run.finish
    assert (lab.run.finish.status, lab.run.finish.reason) == ("failed", "ZeroDivisionError: division by zero")


@pytest.mark.parametrize(
    ("end", "status", "reason"),
    [
        ("raise ValueError('nan loss')", "failed", "ValueError: nan loss"),
        ("import sys; sys.exit(3)", "failed", "exit status 3"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGINT)", "cancelled", "interrupted"),
        ("run.finish(exit_code=1)", "failed", "exit status 1"),
    ],
)
def test_the_end_of_the_process_is_the_end_of_the_run(lab: FakeLab, end: str, status: str, reason: str) -> None:
    script(f"import skiplab; run = skiplab.init(); run.log({{'a': 1}}); {end}")
    assert lab.run.series("a") == [1.0]
    assert lab.run.finish
    assert (lab.run.finish.status, lab.run.finish.reason) == (status, reason)


def test_a_disabled_run_does_nothing(lab: FakeLab, spools: Path) -> None:
    with skiplab.init(mode="disabled", config={"lr": 1}) as run:
        run.log({"loss": 1, "image": skiplab.Image(np.zeros((2, 2)))})
        assert (run.disabled, run.step, run.config.lr) == (True, 1, 1)
    assert lab.requests == []
    assert not spools.exists()


def test_calls_before_init_and_after_finish_say_so_and_do_nothing(
    lab: FakeLab, capfd: pytest.CaptureFixture[str]
) -> None:
    skiplab.log({"a": 1})
    skiplab.finish()
    run = skiplab.init()
    assert skiplab.init() is run
    run.finish()
    run.log({"a": 1})
    assert skiplab.run is None
    assert lab.run.points == []
    said = capfd.readouterr().err
    assert "log() before init() is ignored" in said
    assert "log() after finish() is ignored" in said


def test_fields_that_the_lab_refuses_are_left_out(lab: FakeLab, capfd: pytest.CaptureFixture[str]) -> None:
    def refuse(path: str, body: Any) -> None:
        if path == "/runs" and "tags" in body:
            raise Problem(422, "tags: unknown", [{"field": "external.tags.0"}])

    lab.refuse = refuse
    with skiplab.init(tags=["bad"]) as run:
        run.log({"a": 1})
    assert lab.run.series("a") == [1.0]
    assert "refused tags" in capfd.readouterr().err


def test_a_run_deleted_on_the_page_lets_the_training_go_on(lab: FakeLab, capfd: pytest.CaptureFixture[str]) -> None:
    with skiplab.init() as run:
        lab.runs.clear()
        run.log({"a": 1})
        until(lambda: "accepts nothing more" in capfd.readouterr().err)
        run.log({"a": 2})


def test_names_that_are_neither_ours_nor_of_wandb_are_errors() -> None:
    with pytest.raises(AttributeError):
        skiplab.lgo  # noqa: B018
    from skiplab import cli, contract  # submodules are still found

    assert cli
    assert contract


def test_importing_the_client_is_cheap() -> None:
    slow = ("torch", "numpy", "PIL", "pydantic", "httpx2", "typer", "rich")
    code = f"import sys, skiplab; skiplab.init; print([m for m in {slow} if m in sys.modules])"
    assert script(code).stdout.strip() == "[]"
