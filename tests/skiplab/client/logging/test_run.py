"""What a script logs arrives in the lab, as it was logged."""

import json
import math
import subprocess
import sys
import time
from argparse import Namespace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import skiplab
from skiplab.client.connection import Connection
from skiplab.client.failures import CannotResume, StopRequested
from skiplab.client.leftovers import deliver_all
from skiplab.client.spool import spools_in
from tests.skiplab.client.logging.fake_lab import FakeLab, Problem, fake_lab


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


def logged(lab: FakeLab, *calls: Any, **init: Any) -> list[tuple[str, int, Any]]:
    """Log each (data, keywords) to one run; return what the lab has stored."""
    run = skiplab.init(**init)
    for data, keywords in calls:
        run.log(data, **keywords)
    run.finish()
    return lab.run.points


def test_steps_count_the_calls_unless_they_are_given(lab: FakeLab) -> None:
    calls: Any = ({"a": 1}, {}), ({"b": 2}, {"commit": False}), ({"c": 3}, {}), ({"d": 4}, {"step": 10}), ({"e": 5}, {})
    assert logged(lab, *calls) == [("a", 0, 1.0), ("b", 1, 2.0), ("c", 1, 3.0), ("d", 10, 4.0), ("e", 10, 5.0)]


def test_nested_dicts_and_numbers_of_other_packages_are_taken(lab: FakeLab) -> None:
    weight = torch.ones(1, requires_grad=True)
    data = {
        "a": {"b": {"c": True}},
        "np": np.float32(0.5),
        "array": np.ones(1),
        "torch": weight * 2,
        "int": 2**70,
        "none": None,
    }
    assert {(key, value) for key, _, value in logged(lab, (data, {}))} == {
        ("a.b.c", 1.0), ("np", 0.5), ("array", 1.0), ("torch", 2.0), ("int", 2.0**70)
    }  # fmt: skip


def test_values_that_are_not_finite_arrive(lab: FakeLab) -> None:
    data = {"nan": math.nan, "up": math.inf, "down": -math.inf}
    assert {key: value for key, _, value in logged(lab, (data, {}))} == {
        "nan": "NaN", "up": "Infinity", "down": "-Infinity"
    }  # fmt: skip


def test_an_epoch_among_the_values_counts_as_the_points_epoch(lab: FakeLab) -> None:
    logged(lab, ({"loss": 1, "epoch": 3}, {}), ({"loss": 2}, {"epoch": 4}), ({"loss": 3}, {}))
    assert lab.run.epochs == {"loss": [3, 4, 0], "epoch": [3]}


def test_keys_that_the_lab_reserves_are_changed(lab: FakeLab) -> None:
    assert [key for key, _, _ in logged(lab, ({"a,b~c\n": 1, " d ": 2, "e" * 300: 3}, {}))] == ["a_b_c", "d", "e" * 200]


def test_thousands_of_values_in_one_call_arrive(lab: FakeLab) -> None:
    assert len(logged(lab, ({f"layer/{n}": n for n in range(3000)}, {}))) == 3000


def test_what_cannot_be_logged_is_said_once_and_raises_nothing(lab: FakeLab, capfd: pytest.CaptureFixture[str]) -> None:
    bad: Any = [object()]
    stored = logged(
        lab, ({"a": object(), "b": 1}, {}), ({"a": object(), "b": 2}, {}), (bad, {}), ({"b": 3}, {"step": -1})
    )
    assert [value for _, _, value in stored] == [1.0, 2.0]
    assert capfd.readouterr().err.count("values of type object, as of a, are not logged") == 1


def test_config_and_summary_are_dicts_with_attributes(lab: FakeLab) -> None:
    run = skiplab.init(config=Namespace(lr=0.1, path=Path("x"), layers=(1, 2), score=np.float64(2)))
    run.config.update({"epochs": 3}, allow_val_change=True)
    run.config.batch_size = 32
    run.config.setdefaults({"lr": 1, "seed": 0})
    skiplab.summary["best"] = np.float32(0.5)
    skiplab.log({"loss": 0.25, "text": "hello"})
    assert (skiplab.config.lr, skiplab.config["epochs"], skiplab.summary["loss"]) == (0.1, 3, 0.25)
    assert dict(**skiplab.config)["seed"] == 0
    run.finish()
    assert lab.run.config == {
        "lr": 0.1, "path": "x", "layers": [1, 2], "score": 2.0, "epochs": 3, "batch_size": 32, "seed": 0
    }  # fmt: skip
    assert lab.run.summary == {"best": 0.5, "text": "hello"}


def test_define_metric_declares_units_and_summaries(lab: FakeLab) -> None:
    run = skiplab.init()
    run.define_metric("val/*", summary="min,max", goal="minimize", unit="nats")
    for value in (3.0, 1.0, 2.0):
        run.log({"val/loss": value})
    run.finish()
    assert [each.model_dump() for each in lab.run.quantities] == [
        {"key": "val/loss", "title": None, "unit": "nats", "better": "lower"}
    ]
    assert lab.run.summary == {"val/loss.min": 1.0, "val/loss.max": 3.0}


def test_a_step_metric_that_stands_still_replaces_no_points(lab: FakeLab) -> None:
    run = skiplab.init()
    run.define_metric("loss", step_metric="epoch")
    for batch in range(6):
        run.log({"loss": batch, "epoch": batch // 3})
    run.finish()
    assert lab.run.doubled() == []
    assert len(lab.run.series("loss")) == 6


def test_images_histograms_and_tables_are_files(lab: FakeLab) -> None:
    from PIL import Image

    run = skiplab.init()
    run.log({"array": skiplab.Image(np.zeros((4, 6, 3))), "tensor": [skiplab.Image(torch.rand(1, 4, 6))] * 2})
    run.log({"pil": skiplab.Image(Image.new("RGB", (6, 4), "red")), "values": np.arange(100)})
    run.log({"table": skiplab.Table(columns=["a", "b"], data=[[1, np.float32(2)]]), "h": skiplab.Histogram([1, 2, 2])})
    run.finish()
    files = lab.run.files
    assert sorted(files) == [
        "media/array/0.png", "media/h/2.histogram.json", "media/pil/1.png", "media/table/2.table.json",
        "media/tensor/0.png", "media/tensor/1/0.png", "media/values/1.histogram.json",
    ]  # fmt: skip
    assert json.loads(files["media/table/2.table.json"]) == {"columns": ["a", "b"], "data": [[1, 2.0]]}
    assert sum(json.loads(files["media/values/1.histogram.json"])["counts"]) == 100


@pytest.mark.parametrize("shape", [(5, 7), (5, 7, 1), (5, 7, 2), (5, 7, 3), (5, 7, 4)])
def test_an_array_is_encoded_as_the_image_it_is(shape: tuple[int, ...]) -> None:
    import io

    from PIL import Image

    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    read = np.asarray(Image.open(io.BytesIO(skiplab.Image(pixels).content())))
    assert (read == pixels.reshape(read.shape)).all()


def test_saved_files_arrive_and_again_if_they_changed(
    lab: FakeLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.txt").write_text("first")
    (tmp_path / "out" / "b.txt").write_text("b")
    run = skiplab.init()
    assert run.save("out/*.txt") == ["out/a.txt", "out/b.txt"]
    time_of = (tmp_path / "out" / "a.txt").stat().st_mtime
    (tmp_path / "out" / "a.txt").write_text("second")
    import os

    os.utime(tmp_path / "out" / "a.txt", (time_of + 1, time_of + 1))
    run.finish()
    assert lab.run.files == {"out/a.txt": b"second", "out/b.txt": b"b"}


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


def test_a_cancel_on_the_page_interrupts_the_training_at_its_next_log(lab: FakeLab) -> None:
    lab.stop = "cancelled"
    with pytest.raises(StopRequested), skiplab.init() as run:  # noqa: PT012
        run.log({"loss": 1})
        _until(lambda: run.stop_requested)
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
        _until(lambda: any(run.finish for run in lab.runs.values()) and not _others(spools))
    assert sorted(len(run.points) for run in lab.runs.values()) == [0, 1]


def _others(spools: Path) -> int:
    return len(list(spools_in(spools))) - 1


def test_what_a_script_prints_is_its_log(lab: FakeLab) -> None:
    done = script(r"""
import sys, skiplab
run = skiplab.init()
print("one\ntwo")
sys.stderr.write("10 %\r50 %\r100 %\n")
print("no end", end="")
raise ValueError("and a traceback")
""")
    assert lab.run.lines[:3] == ["one", "two", "100 %"]
    assert "ValueError: and a traceback" in lab.run.lines
    assert "no end" in lab.run.lines
    assert not [line for line in lab.run.lines if line.startswith("skiplab:")]
    assert done.stdout == "one\ntwo\nno end"


def test_texts_that_are_no_unicode_are_repaired(lab: FakeLab) -> None:
    with skiplab.init(config={"path": "a\udc80\0"}, name="x\udc80") as run:
        run.log({"text": "\udc80", "key\udc80": 1})
    assert lab.run.config == {"path": "a?"}
    assert lab.run.summary == {"text": "?"}
    assert lab.run.points == [("key?", 0, 1.0)]


def test_the_log_of_what_is_printed_can_be_turned_off(lab: FakeLab) -> None:
    script("import skiplab\nwith skiplab.init(console=False): print('quiet')")
    assert lab.run.lines == []
    assert lab.run.finish


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
        _until(lambda: "accepts nothing more" in capfd.readouterr().err)
        run.log({"a": 2})


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


def script(code: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def _until(condition: Any, seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)  # another thread or process sends nothing to this one
