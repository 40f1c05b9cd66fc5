"""What networks keep beside their parameters: kept in checkpoints where it can be, else the run says so."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from skiplab.contract.spec import RunSpec
from worker.datasets.digits import digits
from worker.datasets.images import ImageData
from worker.training import fit as fit_module
from worker.training.events import EpochFinished, Interrupted, ResumeChecked, TrainingEvent
from worker.training.exactness import Verdict
from worker.training.fit import Ending, fit
from worker.training.state import TrainingState

Make = Callable[..., RunSpec]


@pytest.fixture(scope="module")
def data() -> ImageData:
    return digits()


class Base(nn.Module):
    """Divides its logits by something that changes with each training step."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(3072, 10)

    def forward(self, x: Tensor) -> Any:
        return self.fc(x.flatten(1)) / (1 + self.factor())

    def factor(self) -> Any:
        return 0


class Counter(Base):
    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def factor(self) -> Any:
        self.calls += self.training
        return self.calls


class ExtraState(Counter):
    def get_extra_state(self) -> Any:
        return {"calls": self.calls}

    def set_extra_state(self, state: Any) -> None:
        self.calls = state["calls"]


class ExtraTuple(ExtraState):
    """Which JSON would make a list of."""

    def get_extra_state(self) -> Any:
        return (self.calls, torch.ones(2))

    def set_extra_state(self, state: Any) -> None:
        assert isinstance(state, tuple)
        self.calls = state[0]


class Opaque:
    pass


class ExtraObject(ExtraState):
    def get_extra_state(self) -> Any:
        return Opaque()


class OtherBuffer(Base):
    calls: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("calls", torch.zeros(()), persistent=False)

    def factor(self) -> Any:
        self.calls += self.training
        return self.calls


class Generators(Base):
    def __init__(self) -> None:
        super().__init__()
        self.torch, self.python = torch.Generator().manual_seed(1), random.Random(1)
        self.numpy = [np.random.default_rng(1), np.random.RandomState(1), np.random.Generator(np.random.MT19937(1))]

    def factor(self) -> Any:
        drawn = torch.rand((), generator=self.torch) + self.python.random() + self.python.gauss(0, 0.1)
        return drawn + sum(float(each.random()) for each in self.numpy)


LOCAL = random.Random(3)


class LocalGenerator(Base):
    def factor(self) -> Any:
        return LOCAL.random()


class ClassCounter(Base):
    calls = 0

    def factor(self) -> Any:
        type(self).calls += 1
        return type(self).calls


class Clock(Base):
    def factor(self) -> Any:
        return random.SystemRandom().random()


class Run:
    """What is left of it, whatever happened on the way."""

    def __init__(self, spec: RunSpec, data: ImageData, network: type[nn.Module], path: Path) -> None:
        self._spec, self._data, self._network, self._path = spec, data, network, path
        self.losses: list[float] = []
        self.verdicts: list[Verdict] = []
        self.saved = False

    def go_on(self, *, batches: int = 10**6, check: bool = True) -> Ending:
        looks = iter(range(batches))
        return fit(
            self._spec,
            self._data,
            device="cpu",
            report=self._report,
            should_stop=lambda: next(looks, None) is None,
            state=TrainingState.load(self._path) if self.saved else None,
            build=lambda _key, **_: self._network(),
            check_resume=check,
        )

    def _report(self, event: TrainingEvent) -> None:
        if isinstance(event, EpochFinished | Interrupted) and event.state is not None:
            event.state.save(self._path)
            self.saved = True
        if isinstance(event, EpochFinished):
            self.losses.append(event.values["train/loss"])  # type: ignore[index]  # a Metric is a string
        if isinstance(event, ResumeChecked):
            self.verdicts.append(event.verdict)


@pytest.fixture
def run(spec: Make, data: ImageData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Run]:
    monkeypatch.setattr(fit_module, "STOP_LOOK_SECONDS", 0.0)

    def make(network: type[nn.Module], **fields: Any) -> Run:
        LOCAL.seed(3)
        ClassCounter.calls = 0
        small = {"epochs": 3, "batch_size": 16, "train_limit": 48, "test_limit": 10, "train_eval_limit": 0}
        return Run(spec(**{**small, "augment": "none", **fields}), data, network, tmp_path / "state.safetensors")

    return make


@pytest.mark.parametrize("ema", [None, 0.9])
@pytest.mark.parametrize("network", [ExtraState, ExtraTuple, OtherBuffer, Generators, LocalGenerator])
def test_what_torch_lets_be_kept_is_kept(run: Callable[..., Run], network: type[nn.Module], ema: float | None) -> None:
    whole, parts = run(network, ema=ema), run(network, ema=ema)
    assert whole.go_on() is Ending.FINISHED
    LOCAL.seed(3)

    assert parts.go_on(batches=6) is Ending.STOPPED
    LOCAL.seed(99)
    assert parts.go_on() is Ending.FINISHED

    assert parts.losses == whole.losses
    assert whole.verdicts == [Verdict(True)]


@pytest.mark.parametrize(
    ("network", "why"),
    [
        (Counter, "calls is 3 in the run and 0 in what a resume builds"),
        (ExtraObject, "_extra_state is a Opaque, which a checkpoint cannot hold"),
        (ClassCounter, "ClassCounter.calls changes while it trains"),
    ],
)
def test_what_cannot_be_kept_is_said(run: Callable[..., Run], network: type[nn.Module], why: str) -> None:
    one = run(network)

    assert one.go_on() is Ending.FINISHED

    (verdict,) = one.verdicts
    assert verdict.exact is False
    assert why in verdict.why


def test_a_network_that_never_repeats_itself_cannot_be_judged(run: Callable[..., Run]) -> None:
    one = run(Clock)
    one.go_on()
    assert str(one.verdicts[0]) == "not checked: the same step gives other numbers each time"


def test_a_network_with_state_that_cannot_be_kept_can_still_be_paused(run: Callable[..., Run]) -> None:
    one = run(ExtraObject)

    one.go_on(batches=6)

    assert one.go_on() is Ending.FINISHED


class Everything(Generators):
    """Draws from all there is, and counts in its class."""

    calls = 0

    def factor(self) -> Any:
        Everything.calls += 1
        drawn = torch.rand(()) + random.random() + np.random.random() + LOCAL.random()
        return super().factor() + drawn + 0.01 * Everything.calls


def test_the_check_leaves_no_trace_in_the_run(run: Callable[..., Run]) -> None:
    losses = []
    for check in (True, False):
        Everything.calls = 0
        one = run(Everything)
        one.go_on(check=check)
        losses.append(one.losses)

    assert losses[0] == losses[1]
