"""Whether a network that is built anew and filled from a checkpoint computes what the one in training does.

One small batch goes through copies of both. The network in training, and all random generators, are left as they are.
"""

import copy
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from worker.training import draws
from worker.training.extras import OURS, OwnGenerators
from worker.training.state import TrainingState
from worker.training.watch import in_one_line

IMAGES = 4
"""Of a batch: enough for batch normalisation, few enough to cost no more than a step."""

NAMED = 3
"""Differences that are told one by one."""

SIMPLE = (bool, int, float, str, type(None))


@dataclass(frozen=True)
class Verdict:
    exact: bool | None  # None: it could not be told
    why: str = ""

    def __str__(self) -> str:
        if self.exact:
            return "exact"
        return f"not exact: {self.why}" if self.exact is False else f"not checked: {self.why}"


def judge(
    live: nn.Module,
    build: Callable[[], nn.Module],
    state: TrainingState,
    images: Tensor,
    precision: Callable[[], AbstractContextManager[object]],
) -> Verdict:
    """`state`: just captured from `live`. `images`: a batch that it was trained on. Raises nothing."""
    if state.unkept:
        return Verdict(False, "; ".join(state.unkept))
    try:
        with _undisturbed(live) as shared:
            return _judge(live, build, state, images[:IMAGES].detach().clone(), precision, shared)
    except Exception as error:  # noqa: BLE001  # other people's code, and the run is not to end for it
        return Verdict(None, in_one_line(error))


def _judge(
    live: nn.Module,
    build: Callable[[], nn.Module],
    state: TrainingState,
    images: Tensor,
    precision: Callable[[], AbstractContextManager[object]],
    shared: "_Shared",
) -> Verdict:
    def computed(network: nn.Module) -> dict[str, Tensor]:
        draws.seed_shared_generators(0)
        shared.put_back()
        return _computed(network.train(), images, precision)

    expected = computed(copy.deepcopy(live))
    if changed := shared.changed():
        return Verdict(False, f"{_some(changed)} changes while it trains, and no checkpoint holds it")
    if not _is_same(expected, computed(copy.deepcopy(live))):
        return Verdict(None, "the same step gives other numbers each time")
    try:
        anew = build()
        state.put_into(anew)
        _lay_out_as(live, anew)
        differing = _differing_attributes(live, anew)
        found = computed(anew)
    except Exception as error:  # noqa: BLE001  # other people's code
        return Verdict(False, f"built anew, it cannot go on: {in_one_line(error)}")
    if _is_same(expected, found):
        return Verdict(True)
    return Verdict(False, _some(differing) if differing else "it keeps something that is not in its checkpoint")


def _computed(
    network: nn.Module, images: Tensor, precision: Callable[[], AbstractContextManager[object]]
) -> dict[str, Tensor]:
    """What a training step comes to: the output, the gradients, and the buffers after it."""
    with torch.enable_grad():
        with precision():
            given = [each for each in _tensors(network(images)) if each.is_floating_point()]
        torch.stack([each.float().square().mean() for each in given]).sum().backward()  # type: ignore[no-untyped-call]
    found = {f"output {place}": each.detach() for place, each in enumerate(given)}
    found |= {name: each.grad for name, each in network.named_parameters() if each.grad is not None}
    return found | {f"buffer {name}": each for name, each in network.named_buffers()}


def _tensors(given: object) -> Iterator[Tensor]:
    if isinstance(given, Tensor):
        yield given
    elif isinstance(given, dict | list | tuple):
        for each in given.values() if isinstance(given, dict) else given:
            yield from _tensors(each)


def _is_same(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    """To the last bit; NaN is NaN."""
    return one.keys() == other.keys() and all(
        each.shape == other[name].shape and torch.allclose(each, other[name], rtol=0, atol=0, equal_nan=True)
        for name, each in one.items()
    )


def _lay_out_as(model: nn.Module, other: nn.Module) -> None:
    """In memory: another layout has other kernels, and these other last bits."""
    for pairs in (
        zip(model.parameters(), other.parameters(), strict=True),
        zip(model.buffers(), other.buffers(), strict=True),
    ):
        for like, tensor in pairs:
            tensor.data = torch.empty_like(like).copy_(tensor)


def _differing_attributes(live: nn.Module, anew: nn.Module) -> list[str]:
    """Of simple kinds: what a plain counter or flag is in the one and in the other."""
    others = dict(anew.named_modules())
    found = []
    for path, module in live.named_modules():
        there = vars(others[path]) if path in others else {}
        for name, value in vars(module).items():
            other = there.get(name)
            if name != "training" and type(value) in SIMPLE and type(other) in SIMPLE and value != other:
                where = f"{path}.{name}" if path else name
                found.append(f"{where} is {value!r} in the run and {other!r} in what a resume builds")
    return found


@dataclass
class _Shared:
    """What all copies of a network have in common: generators, and simple values of its classes and of the Python
    modules that they are written in."""

    values: list[tuple[Any, str, Any]]  # owner, name, value
    generators: OwnGenerators

    @classmethod
    def of(cls, model: nn.Module) -> "_Shared":
        classes = {base for module in model.modules() for base in type(module).__mro__}
        own = [each for each in classes if each.__module__.partition(".")[0] not in (*OURS, "builtins")]
        sources = [sys.modules[name] for name in {each.__module__ for each in own} if name in sys.modules]
        owners: list[Any] = [*own, *sources]
        return cls(
            [
                (owner, name, value)
                for owner in owners
                for name, value in vars(owner).items()
                if type(value) in SIMPLE and not name.startswith("__")
            ],
            OwnGenerators(model),
        )

    def changed(self) -> list[str]:
        names = [(getattr(owner, "__name__", ""), name, value) for owner, name, value in self.values]
        now = [getattr(owner, name, None) for owner, name, _ in self.values]
        return [f"{owner}.{name}" for (owner, name, was), value in zip(names, now, strict=True) if value != was]

    def put_back(self) -> None:
        for owner, name, value in self.values:
            if getattr(owner, name, None) != value:
                setattr(owner, name, value)
        self.generators.put_back()


@contextmanager
def _undisturbed(live: nn.Module) -> Iterator[_Shared]:
    """Puts the generators back at the end, and what copies of the network share."""
    shared = _Shared.of(live)
    on_gpu = torch.cuda.is_initialized()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    kept = torch.get_rng_state(), random.getstate(), np.random.get_state()
    kept_on_gpu = torch.cuda.get_rng_state() if on_gpu else None
    try:
        yield shared
    finally:
        shared.put_back()
        torch.set_rng_state(kept[0])
        random.setstate(kept[1])
        np.random.set_state(kept[2])
        if kept_on_gpu is not None:
            torch.cuda.set_rng_state(kept_on_gpu)


def _some(names: list[str]) -> str:
    return ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
