"""State of networks besides parameters: saved in checkpoints if possible, else reported."""

import os
import random
import signal
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from skiplab.contract.spec import RunSpec
from worker.datasets.digits import digits
from worker.datasets.images import ImageData
from worker.models.placement import Placement
from worker.training import fit as fit_module
from worker.training.events import EpochFinished, Interrupted, TrainingEvent
from worker.training.exactness import Exactness, check_exactness
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
        self.numpy: list[np.random.Generator | np.random.RandomState] = [
            np.random.default_rng(1),
            np.random.RandomState(1),
            np.random.Generator(np.random.MT19937(1)),
        ]

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


STATE = {"calls": 0}


class ModuleCounter(Base):
    def factor(self) -> Any:
        STATE["calls"] += 1
        return STATE["calls"]


TABLE = torch.zeros(())


class Table(Base):
    def factor(self) -> Any:
        TABLE.add_(1)
        return TABLE.clone()


COUNT = count()


class Iterating(Base):
    def factor(self) -> Any:
        return next(COUNT)


class Viewing(Base):
    """Which channels-last images have no view of."""

    def forward(self, x: Tensor) -> Any:
        return self.fc(x.view(len(x), -1))


class Deadly(Base):
    def factor(self) -> Any:
        os.kill(os.getpid(), signal.SIGKILL)


class Clock(Base):
    def factor(self) -> Any:
        return random.SystemRandom().random()


class Run:
    """What is left of it, whatever happened on the way."""

    def __init__(self, spec: RunSpec, data: ImageData, network: type[nn.Module], path: Path) -> None:
        self._spec, self._data, self._network, self._path = spec, data, network, path
        self.losses: list[float] = []
        self.saved = False

    def go_on(self, *, batches: int = 10**6) -> Ending:
        polls = iter(range(batches))
        return fit(
            self._spec,
            self._data,
            device="cpu",
            report=self._report,
            should_stop=lambda: next(polls, None) is None,
            state=TrainingState.load(self._path) if self.saved else None,
            build=lambda _key, **_: self._network(),
        )

    def _report(self, event: TrainingEvent) -> None:
        if isinstance(event, EpochFinished | Interrupted) and event.state is not None:
            event.state.save(self._path)
            self.saved = True
        if isinstance(event, EpochFinished):
            self.losses.append(event.values["train/loss"])


@pytest.fixture
def run(spec: Make, data: ImageData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Run]:
    monkeypatch.setattr(fit_module, "STOP_POLL_SECONDS", 0.0)

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
    LOCAL.seed(3)
    assert checked(network) == Exactness(True)


class OwnLoading(Base):
    """As people override it: without `strict`, and without giving anything back."""

    def load_state_dict(self, state: Any) -> None:  # type: ignore[override]
        super().load_state_dict(state)


def test_a_network_that_loads_its_state_in_its_own_way_is_resumed(run: Callable[..., Run]) -> None:
    one, whole = run(OwnLoading), run(OwnLoading)
    whole.go_on()

    one.go_on(batches=6)

    assert one.go_on() is Ending.FINISHED
    assert one.losses == whole.losses
    assert checked(OwnLoading) == Exactness(True)


def checked(network: type[nn.Module]) -> Exactness:
    return check_exactness(network, classes=10, image_shape=(3, 32, 32))


@pytest.mark.parametrize(
    ("network", "why"),
    [
        (Counter, "calls is 3 before and 0 after a resume"),
        (ExtraObject, "_extra_state is a Opaque, which checkpoints do not support"),
        (ClassCounter, "ClassCounter.calls is 4 before and 0 after a resume"),
        (ModuleCounter, "test_kept_state.STATE is {'calls': 4} before and {'calls': 0} after a resume"),
        (Iterating, "the network has state outside its checkpoint"),
    ],
)
def test_state_that_cannot_be_saved_is_reported(network: type[nn.Module], why: str) -> None:
    verdict = checked(network)

    assert verdict.exact is False
    assert why in verdict.why


def test_the_resume_of_a_nondeterministic_network_cannot_be_checked() -> None:
    assert str(checked(Clock)) == "not checked: training is not deterministic: the same steps give other results"


def test_a_network_that_takes_contiguous_images_alone_is_checked_on_these() -> None:
    contiguous = Placement("contiguous")
    verdict = check_exactness(Viewing, classes=10, image_shape=(3, 32, 32), placement=contiguous)
    assert verdict == Exactness(True)


class Masked(Base):
    """Makes a constant force whenever it is evaluated, and trains with it."""

    def __init__(self) -> None:
        super().__init__()
        self.mask: Tensor | None = None

    def forward(self, x: Tensor) -> Any:
        if self.mask is None or not self.training:
            self.mask = torch.full((1, 10), 0.5) * torch.ones(1)
        return self.fc(x.flatten(1)) * self.mask  # which the backward pass needs


def test_a_network_may_train_with_what_it_kept_of_an_evaluation() -> None:
    assert checked(Masked) == Exactness(True)


def test_a_network_that_ends_its_process_is_not_checked() -> None:
    assert str(checked(Deadly)) == "not checked: its process was killed by SIGKILL"


def test_a_network_with_state_that_cannot_be_kept_can_still_be_paused(run: Callable[..., Run]) -> None:
    one = run(ExtraObject)

    one.go_on(batches=6)

    assert one.go_on() is Ending.FINISHED


def test_judging_leaves_no_trace() -> None:
    """Whatever a network keeps outside of itself: lists, tensors, iterators, generators."""
    before = STATE.copy(), TABLE.clone(), ClassCounter.calls, repr(COUNT), LOCAL.getstate()
    drawn = torch.get_rng_state(), random.getstate()

    for network in (ModuleCounter, Table, ClassCounter, Iterating, LocalGenerator):
        checked(network)

    assert (STATE, ClassCounter.calls, repr(COUNT), LOCAL.getstate()) == (before[0], *before[2:])
    assert torch.equal(TABLE, before[1])
    assert torch.equal(torch.get_rng_state(), drawn[0])
    assert random.getstate() == drawn[1]
