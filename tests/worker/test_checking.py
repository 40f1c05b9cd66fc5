"""The training check of a run: made once, before its first step; its result is cached, used and logged."""

import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import torch
from torch import nn

from backend.db import attempts, catalog, checks, submissions
from backend.db.checks import Subject
from backend.db.database import Database
from backend.db.tables import RunTable
from skiplab.contract.check import TrainingCheck
from skiplab.contract.spec import RunSpec
from skiplab.plugins import DeclaredModel
from tests.points import points_of
from worker import checking, components, trainer
from worker.datasets.digits import digits
from worker.messages import Assignment, Outcome
from worker.models import build
from worker.models.cards import fingerprint, plain_card
from worker.plugins import use
from worker.plugins.source import named
from worker.training.events import EpochFinished
from worker.training.exactness import Exactness
from worker.training.fit import fit

Make = Callable[..., RunSpec]
Train = Callable[[RunSpec], tuple[int, Outcome]]

VIEW = """
    import torch
    from torch import nn
    from skiplab import model

    dice = torch.Generator().manual_seed(0)  # of the module: a check in the run's own process would draw from it

    class Net(nn.Module):
        def __init__(self, classes, image_shape):
            super().__init__()
            self.conv, self.fc = nn.Conv2d(3, 2, 3, stride=4), nn.LazyLinear(classes)

        def forward(self, x):
            x = self.conv(x)
            return self.fc(x.view(x.size(0), -1))

    @model("viewed")
    def build(classes, image_shape):
        net = Net(classes, image_shape)
        net.conv.weight.data = torch.randn(net.conv.weight.shape, generator=dice)
        return net
"""

LATE = """
    from torch import nn
    from skiplab import model

    @model("late")
    class Net(nn.Module):
        def __init__(self, classes, image_shape):
            super().__init__()
            self.classes, self.conv, self.fc = classes, nn.Conv2d(3, 2, 3, stride=8), None

        def forward(self, x):
            x = self.conv(x).flatten(1)
            if self.fc is None:
                self.fc = nn.Linear(x.size(1), self.classes)
            return self.fc(x)
"""


@pytest.fixture
def small(spec: Make) -> Make:
    def make(**fields: Any) -> RunSpec:
        limits = {"train_limit": 64, "test_limit": 20, "train_eval_limit": 0, "batch_size": 32}
        return spec(**{**limits, "epochs": 1, **fields})

    return make


@pytest.fixture
def train(database: Database, worker_id: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Train:
    """Run one attempt as a trainer does; gives the run's id and how it ended."""
    monkeypatch.setattr(trainer, "environment", lambda _spec, _device: {})

    def run(spec: RunSpec) -> tuple[int, Outcome]:
        with database.write() as session:
            run_id = submissions.add(session, spec, name="a run").id
            claim = attempts.claim(session, worker_id=worker_id, slot=0, device="cpu")
        assert run_id is not None
        assert claim is not None
        url = f"sqlite:///{tmp_path / 'skiplab.db'}"
        # Each attempt is a process of its own, and loads its plugins force.
        for name in [name for name in sys.modules if name.startswith("skiplab_plugin_")]:
            del sys.modules[name]
        assignment = Assignment(
            run_id=run_id, attempt=claim.attempt, spec=spec, device="cpu", home=tmp_path, database=url
        )
        return run_id, trainer.attempt(assignment, trainer.Stop())

    return run


def offer_plugin(database: Database, home: Path, name: str, code: str) -> None:
    file = home / "plugins" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(dedent(code))
    with database.write() as session:
        plain = [card.model_copy(update={"check": None}) for card in _inspected(home, name)]
        catalog.announce_models(session, "plugin", plain)


def _inspected(home: Path, name: str) -> list[Any]:
    """As its card is, without a check: each run has to make its own."""
    found = named(home, name)
    assert found is not None
    (declared,) = found.load()
    assert isinstance(declared, DeclaredModel)
    plain = plain_card(declared.key, use.as_network(declared), origin="plugin", source=name)
    return [plain]


def values(database: Database, run_id: int) -> dict[str, float | None]:
    """What the run measured, but for what a clock says."""
    with database.read() as session:
        rows = points_of(session, [run_id])
        return {row.key: row.value for row in rows if row.key.split("/")[0] not in ("time", "speed", "system", "step")}


@pytest.mark.timeout(240)
def test_a_plugins_network_trains_in_the_memory_format_that_the_check_found_which_is_made_once(
    database: Database, tmp_path: Path, small: Make, train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer_plugin(database, tmp_path, "viewed.py", VIEW)

    run_id, outcome = train(small(model="viewed"))

    assert (outcome.ending, outcome.reason) == ("finished", None)
    with database.read() as session:
        network = session.get_one(RunTable, run_id).network
    assert network is not None
    assert (network["memory_format"], network["classes"], network["image_shape"]) == ("contiguous", 10, [3, 32, 32])
    assert network["parameters"] == 2 * 28 + 2 * 8 * 8 * 10 + 10
    monkeypatch.setattr(checking.Checking, "_tried", lambda *_: pytest.fail("it was cached"))
    again, _ = train(small(model="viewed"))
    assert values(database, again) == values(database, run_id)


@pytest.mark.timeout(240)
def test_a_network_that_cannot_be_trained_ends_the_run_before_its_first_step_with_the_reason(
    database: Database, tmp_path: Path, small: Make, train: Train
) -> None:
    offer_plugin(database, tmp_path, "late.py", LATE)

    run_id, outcome = train(small(model="late"))

    assert outcome.ending == "failed"
    assert "late creates layers in forward() (fc): the optimiser never trains them" in (outcome.reason or "")
    assert values(database, run_id) == {}
    with database.read() as session:
        (refusal,) = checks.refusals(session).values()
    assert refusal[0].reason == outcome.reason


def test_a_check_that_fails_for_want_of_anything_but_the_network_refuses_nothing(
    database: Database, tmp_path: Path, small: Make, train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer_plugin(database, tmp_path, "viewed.py", VIEW.replace("x.view(x.size(0), -1)", "x.flatten(1)"))
    monkeypatch.setattr(checking, "TIMEOUT_SECONDS", 0.0)

    _, outcome = train(small(model="viewed"))

    assert outcome.ending == "finished"
    with database.read() as session:
        assert checks.of_models(session, ["viewed"]) == {}


def test_a_card_that_is_announced_again_keeps_its_resume_check_and_an_unknown_one_is_not_cached(
    database: Database,
) -> None:
    shape = (3, 32, 32)
    plain = TrainingCheck(image_shape=shape, classes=10, outcome="trains")
    with database.write() as session:
        checks.keep(session, "mine", "1", plain.model_copy(update={"resume": "exact"}))
        checks.keep(session, "mine", "1", plain)
        known = checks.find(session, Subject("mine", "1", shape, 10), "cpu")

    assert known is not None
    assert known.resume == "exact"
    untold = plain.model_copy(update={"resume": str(Exactness(None, "timed out after 120 s"))})
    assert checking.lasting(untold).resume is None
    assert checking.lasting(known) == known


def test_the_check_changes_no_number_of_the_run(database: Database, small: Make, train: Train) -> None:
    spec = small(model="resnet20", seed=3, augment="crop_flip")
    finished: list[EpochFinished] = []
    fit(
        spec,
        digits(),
        device="cpu",
        report=lambda event: finished.append(event) if isinstance(event, EpochFinished) else None,
        should_stop=lambda: False,
    )
    expected = {str(key): value for key, value in finished[0].values.items()}

    found = values(database, train(spec)[0])

    assert found == {key: expected[key] for key in found}
    assert "test/loss" in found


def test_fresh_weights_are_those_of_torchs_own_generator_alone(database: Database, small: Make, train: Train) -> None:
    torch.manual_seed(0)
    wanted = build("cnn", classes=10, image_shape=(3, 32, 32)).state_dict()
    seen: list[dict[str, Any]] = []

    def remembering(model: nn.Module) -> nn.Module:
        seen.append({name: value.clone() for name, value in model.state_dict().items()})
        return model

    original = components.Components.build
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(components.Components, "build", lambda self, key, **how: remembering(original(self, key, **how)))
        train(small(model="cnn", seed=0))

    assert all(torch.equal(seen[-1][name], value) for name, value in wanted.items())
    with database.read() as session:
        known = checks.find(session, Subject("cnn", fingerprint(), (3, 32, 32), 10), "cpu")
    assert isinstance(known, TrainingCheck)
    assert known.parameters == 62_006
