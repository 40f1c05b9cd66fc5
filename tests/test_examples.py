"""The examples run: scripts in processes of their own, loggers of packages that are not installed with stand-ins."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from runpy import run_path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

import skiplab
from skiplab.client import active
from tests.lab import Lab, running_web
from tests.skiplab.client.logging.fake_lab import FakeLab, fake_lab

EXAMPLES = Path(__file__).parent.parent / "examples"


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FakeLab]:
    with fake_lab() as lab:
        monkeypatch.setenv("SKIPLAB_URL", lab.url)
        monkeypatch.setenv("SKIPLAB_SPOOL", str(tmp_path / "spools"))
        yield lab
        active.finish()
        active.forget()


@pytest.mark.long
def test_a_plain_pytorch_script(lab: FakeLab) -> None:
    done = script("pytorch.py", "--epochs", "2")
    assert done.returncode == 0, done.stderr
    assert lab.run.config == {"lr": 0.1, "epochs": 2}
    assert len(lab.run.series("train/loss")) == 80
    assert len(lab.run.series("test/accuracy")) == 2
    assert lab.run.epochs["test/accuracy"] in ([1, 2], [2])


@pytest.mark.long
def test_the_same_script_written_for_wandb(lab: FakeLab) -> None:
    done = script("pytorch_wandb.py", "--epochs", "2")
    assert done.returncode == 0, done.stderr
    assert len(lab.run.series("train/loss")) == 80
    assert any(name.startswith("media/test/mistakes/") for name in lab.run.files)
    assert "network.pt" in lab.run.files


def test_a_hugging_face_trainer(lab: FakeLab, monkeypatch: pytest.MonkeyPatch) -> None:
    transformers: Any = ModuleType("transformers")
    transformers.TrainerCallback = object
    monkeypatch.setitem(sys.modules, "transformers", transformers)
    callback = run_path(str(EXAMPLES / "huggingface_callback.py"))["SkiplabCallback"](experiment="glue")
    arguments = SimpleNamespace(run_name="bert", to_dict=lambda: {"learning_rate": 0.1})
    state = SimpleNamespace(is_world_process_zero=True, global_step=10, epoch=0.5)
    control = SimpleNamespace(should_training_stop=False)
    callback.on_train_begin(arguments, state, control)
    callback.on_log(arguments, state, control, logs={"loss": 0.5, "eval_accuracy": 0.75})
    callback.on_train_end(arguments, state, control)
    assert (lab.run.body.name, lab.run.body.experiment) == ("bert", "glue")
    assert lab.run.points == [("train/loss", 10, 0.5), ("eval/accuracy", 10, 0.75)]
    assert not control.should_training_stop


def test_a_lightning_logger(lab: FakeLab, monkeypatch: pytest.MonkeyPatch) -> None:
    loggers: Any = ModuleType("lightning.pytorch.loggers")
    loggers.Logger = object
    utilities: Any = ModuleType("lightning.pytorch.utilities")
    utilities.rank_zero_only = lambda function: function
    for name in ("lightning", "lightning.pytorch"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setitem(sys.modules, loggers.__name__, loggers)
    monkeypatch.setitem(sys.modules, utilities.__name__, utilities)
    logger = run_path(str(EXAMPLES / "lightning_logger.py"))["SkiplabLogger"](experiment="vision")
    logger.log_hyperparams({"lr": 0.1})
    logger.log_metrics({"loss": 0.5}, step=3)
    logger.finalize("success")
    assert (lab.run.config, lab.run.points) == ({"lr": 0.1}, [("loss", 3, 0.5)])
    assert lab.run.finish


@pytest.mark.long
def test_a_notebook_shows_a_live_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[int] = []

    class Shown:
        def update(self, figure: Any) -> None:
            shown.append(len(figure.data[0].x))

    display: Any = ModuleType("IPython.display")
    display.display = lambda _figure, display_id: Shown()  # noqa: ARG005
    monkeypatch.setitem(sys.modules, "IPython", ModuleType("IPython"))
    monkeypatch.setitem(sys.modules, display.__name__, display)
    monkeypatch.setenv("SKIPLAB_SPOOL", str(tmp_path / "spools"))
    cells = json.loads((EXAMPLES / "live_figure.ipynb").read_text())["cells"]
    names: dict[str, Any] = {}
    with running_web(tmp_path / "home") as web:
        _run_cells(web, cells, names, monkeypatch)
    assert shown[-1] == 200
    assert shown == sorted(shown)


def _run_cells(web: Lab, cells: Any, names: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKIPLAB_URL", web.url)
    for cell in cells:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), "live_figure.ipynb", "exec"), names)
    assert skiplab.run is None


def script(name: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(EXAMPLES / name), *arguments]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
