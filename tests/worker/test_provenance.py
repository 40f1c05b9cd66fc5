"""Attempts on plugins' networks: reproducible by seed, with their code recorded."""

import hashlib
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import torch

from backend.db import attempts, catalog, runs, submissions, telemetry
from backend.db.database import Database
from skiplab.contract.environment import TITLES
from skiplab.contract.metrics import STEP_LOSS
from skiplab.contract.spec import RunSpec
from skiplab.contract.worker import Device
from tests.points import points_of
from worker import devices, environment, trainer
from worker.log_and_load_writer import LogAndLoadWriter
from worker.logbook import Logbook, kept
from worker.machine_load import LoadMeter
from worker.messages import Assignment, Outcome
from worker.plugins import plugin_cards
from worker.plugins.source import named
from worker.training import fit

DRAWING = """
    import random
    import numpy as np, torch
    from torch import nn
    from skiplab import dataset, model
    import helper
    from pieces import head

    SHIFT = random.random()

    @model("drawing")
    class Net(nn.Module):
        def __init__(self, classes, image_shape):
            super().__init__()
            self.fc = head.make(classes)
            weights = np.random.randn(classes, 3 * 32 * 32).astype("float32") / 55
            self.fc.weight.data = torch.from_numpy(weights) + SHIFT
            self.calls = 0

        def forward(self, x):
            self.calls += 1
            x = x.flatten(1)
            if self.training and random.random() < 0.5:
                x = x * helper.FACTOR
            return self.fc(x)

    @dataset("drawn", classes=["a", "b"])
    def load(home):
        images = np.random.randint(0, 255, (40, 32, 32, 3)).astype("uint8")
        images[0, 0, 0] = torch.randint(0, 255, (3,)).numpy()
        labels = np.array([random.randrange(2) for _ in range(38)] + [0, 1])
        return images, labels, images, labels
"""


class Lab:
    """A home with plugins, and a worker that trains in this process."""

    def __init__(self, database: Database, worker_id: int, home: Path) -> None:
        self.database, self.home, self._worker = database, home, worker_id

    def write(self, name: str, code: str) -> None:
        file = self.home / "plugins" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(code))

    def announce(self, name: str) -> None:
        plugin = named(self.home, name)
        assert plugin is not None
        found = plugin_cards.inspect(plugin, self.home)
        with self.database.write() as session:
            catalog.announce_models(session, "plugin", found.models)
            catalog.announce_datasets(session, found.datasets, of_plugins=True)

    def submit(self, **fields: Any) -> int:
        small = {"epochs": 2, "batch_size": 8, "train_limit": 16, "train_eval_limit": 0, "augment": "none"}
        spec = RunSpec.model_validate({"model": "drawing", "dataset": "drawn", **small, **fields})
        with self.database.write() as session:
            run_id = submissions.add(session, spec, name="a run").id
        assert run_id is not None
        return run_id

    def attempt(self, *, stop_at_checkpoint: bool = False) -> Outcome:
        """Of the first run that waits."""
        forget_plugins()
        with self.database.write() as session:
            claim = attempts.claim(session, worker_id=self._worker, slot=0, device="cpu")
        assert claim is not None
        folder = self.home / "runs" / str(claim.run_id)

        class Stop(trainer.Stop):
            def __init__(self) -> None:
                pass

            @property
            def asked(self) -> bool:  # type: ignore[override]  # an attribute there
                return stop_at_checkpoint and any(folder.glob("*/checkpoint*.safetensors"))

        outcome = trainer.attempt(
            Assignment(
                run_id=claim.run_id,
                attempt=claim.attempt,
                spec=claim.spec,
                device="cpu",
                home=self.home,
                database=f"sqlite:///{self.home / 'skiplab.db'}",
            ),
            Stop(),
        )
        with self.database.write() as session:
            if outcome.ending == "stopped":
                attempts.hand_back(session, claim.run_id, claim.attempt, reason="paused")
            elif outcome.ending == "finished":
                attempts.finish(session, claim.run_id, claim.attempt)
        return outcome

    def environment(self, run_id: int) -> dict[str, Any]:
        with self.database.read() as session:
            row = runs.get(session, run_id)
            assert row is not None
            return row.environment or {}

    def log(self, run_id: int) -> list[str]:
        with self.database.read() as session:
            return [line.text for line in telemetry.log(session, run_id, after=0, limit=1000)]

    def losses(self, run_id: int) -> list[float | None]:
        with self.database.read() as session:
            points = points_of(session, [run_id])
        return [point.value for point in points if point.key in ("train/loss", "test/loss", STEP_LOSS)]


def forget_plugins() -> None:
    """As a new process would."""
    for name in list(sys.modules):
        if name.startswith("skiplab_plugin_") or name.partition(".")[0] in ("helper", "pieces"):
            del sys.modules[name]


@pytest.fixture
def lab(database: Database, worker_id: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    monkeypatch.setattr(fit, "STOP_POLL_SECONDS", 0.0)
    before = list(sys.path)
    lab = Lab(database, worker_id, tmp_path)
    lab.write("helper.py", "FACTOR = 0.5")
    lab.write("pieces/__init__.py", "")
    lab.write("pieces/head.py", "from torch import nn\ndef make(classes):\n    return nn.Linear(3 * 32 * 32, classes)")
    lab.write("mine.py", DRAWING)
    lab.announce("mine.py")
    yield lab
    sys.path[:] = before
    forget_plugins()


def test_a_seed_fixes_what_python_and_numpy_draw_in_builders_and_loaders(lab: Lab) -> None:
    first, again, other = lab.submit(seed=0), lab.submit(seed=0), lab.submit(seed=1)

    for _ in range(3):
        assert lab.attempt().ending == "finished"

    assert lab.losses(first)
    assert lab.losses(first) == lab.losses(again)
    assert lab.losses(first) != lab.losses(other)


def test_helpers_and_installed_packages_belong_to_the_environment(lab: Lab) -> None:
    run_id = lab.submit()
    lab.attempt()

    facts = lab.environment(run_id)
    content = (lab.home / "plugins" / "pieces" / "head.py").read_bytes()
    assert facts["plugin_files"].keys() == {"mine.py", "helper.py", "pieces/__init__.py", "pieces/head.py"}
    assert facts["plugin_files"]["pieces/head.py"] == hashlib.sha256(content).hexdigest()
    assert facts["plugin_packages"]["numpy"] == facts["packages"]["numpy"]
    assert facts["plugins"].keys() == {"mine.py"}


@pytest.mark.long
def test_code_that_changes_between_pause_and_resume_is_reported(lab: Lab) -> None:
    run_id = lab.submit(epochs=3)
    assert lab.attempt(stop_at_checkpoint=True).ending == "stopped"
    lab.write("helper.py", "FACTOR = 0.25")

    assert lab.attempt().ending == "finished"

    text = "code changed since the checkpoint: helper.py"
    assert any(text in line for line in lab.log(run_id))
    with lab.database.read() as session:
        assert [row.cause for row in runs.history(session, run_id)].count(text) == 1
    assert lab.environment(run_id)["code_changes"] == [{"after_epoch": 1, "changed": ["helper.py"]}]


@pytest.mark.long
def test_a_seed_that_runs_other_code_than_its_configuration_is_reported(lab: Lab) -> None:
    first, second, other = lab.submit(seed=0), lab.submit(seed=1), lab.submit(seed=2, learning_rate=0.01)
    lab.attempt()
    lab.write("helper.py", "FACTOR = 0.25")
    lab.attempt()
    lab.attempt()

    text = f"code differs from that of run {first}, which has the same settings: helper.py"
    assert text in lab.log(second)
    with lab.database.read() as session:
        causes = [[row.cause for row in runs.history(session, run_id)] for run_id in (first, second, other)]
    assert [each.count(text) for each in causes] == [0, 1, 0]


@pytest.mark.long
def test_unchanged_code_is_not_reported(lab: Lab) -> None:
    run_id = lab.submit(epochs=3)
    lab.attempt(stop_at_checkpoint=True)
    lab.attempt()

    assert "code_changes" not in lab.environment(run_id)
    assert not any("code changed" in line for line in lab.log(run_id))


@pytest.mark.long
def test_an_inexact_resume_is_reported_in_log_and_environment(lab: Lab) -> None:
    run_id = lab.submit()
    lab.attempt()

    assert lab.environment(run_id)["resume"] == "exact"
    assert not any("resume is not" in line for line in lab.log(run_id))

    lab.write("mine.py", DRAWING.replace("self.fc(x)", "self.fc(x) / self.calls"))
    run_id = lab.submit()
    lab.attempt()

    verdict = "not exact: calls is 4 before and 0 after a resume"
    assert lab.environment(run_id)["resume"] == verdict
    assert any(f"resuming this network is {verdict}" in line for line in lab.log(run_id))


def test_an_environment_that_cannot_be_determined_is_unknown(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> Any:
        raise OSError("no such thing here")

    monkeypatch.setattr(environment, "_device", fails)
    monkeypatch.setattr(environment, "_version", fails)
    monkeypatch.setattr(LoadMeter, "__init__", fails)
    run_id = lab.submit(telemetry=["system"])

    assert lab.attempt().ending == "finished"

    facts = lab.environment(run_id)
    assert (facts["device"], facts["packages"]) == ("unknown", "unknown")
    assert facts["threads"] == torch.get_num_threads()


def test_a_line_that_no_database_takes_is_kept_without_what_cannot_be(
    lab: Lab, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    shout = "self.calls = 0\n            print('odd \\udc80 name\\x00')"
    lab.write("mine.py", DRAWING.replace("self.calls = 0", shout))
    run_id = lab.submit()

    assert lab.attempt().ending == "finished"

    assert any("odd ? name?" in line for line in lab.log(run_id))


def test_a_log_call_whose_arguments_do_not_fit_raises_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    logbook = Logbook()

    logbook.handle(logging.LogRecord("mine", logging.WARNING, "mine.py", 1, "%d of them", ("many",), None))

    assert logbook.take() == []
    assert "Logging error" in capsys.readouterr().err


class Broken:
    def begin(self) -> None:
        raise OSError("no /proc")


def test_a_load_that_cannot_be_measured_costs_the_load_and_not_the_log(lab: Lab) -> None:
    run_id = lab.submit()
    with lab.database.write() as session:
        assert attempts.claim(session, worker_id=1, slot=0, device="cpu") is not None
    logbook = Logbook()

    with kept(logbook), LogAndLoadWriter(lab.database, run_id, 1, logbook, Broken()):  # type: ignore[arg-type]
        logging.getLogger("worker").warning("still here")

    lines = lab.log(run_id)
    assert any("the machine's load: disabled after OSError: no /proc" in line for line in lines)
    assert "still here" in lines


def test_names_in_a_set_have_one_order_in_all_trainers() -> None:
    variables = devices.environment(Device(kind="cpu", name="a test's", index=0), slots=1)
    code = "print(list({'conv', 'norm', 'relu', 'pool', 'head', 'stem'}))"
    orders = {
        subprocess.run([sys.executable, "-c", code], env=variables, capture_output=True, check=True).stdout
        for _ in range(4)
    }
    assert len(orders) == 1


def test_every_part_of_an_environment_has_a_title() -> None:
    facts = environment.environment(RunSpec(model="plain_cnn", dataset="digits"), "cpu")
    assert set(facts) <= set(TITLES)
