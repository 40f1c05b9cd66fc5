"""Measure a network by one forward pass: layers, FLOPs, depth and wiring. Cheap on the meta device."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from skiplab.contract.catalog import Layer
from worker.models.depth import depth
from worker.models.outputs import logits_of
from worker.models.recording import Recorder, Recording


@dataclass(frozen=True)
class Measures:
    parameters: int
    flops: int
    depth: int | None
    layers: list[Layer]
    output_shape: list[int]
    recording: Recording


def measure(model: nn.Module, images: Tensor) -> Measures:
    """Measure `model` on a batch of one image, N x C x H x W, in eval mode. Raises NotLogits."""
    traced = images.detach().requires_grad_()
    try:
        passed = _forward(model, traced.clone())  # a leaf could not be changed in place
    except RuntimeError:
        # A network may want images without a gradient, for NumPy say: its depth is not known then.
        passed = _forward(model, images)
    return Measures(
        parameters=sum(parameter.numel() for parameter in model.parameters()),
        flops=passed.flops,
        depth=depth(traced, passed.logits),
        layers=passed.table.layers(model),
        output_shape=list(passed.logits.shape),
        recording=passed.recording,
    )


@dataclass(frozen=True)
class _Pass:
    logits: Tensor
    table: "_Table"
    flops: int
    recording: Recording


def _forward(model: nn.Module, images: Tensor) -> _Pass:
    counter = FlopCounterMode(display=False)
    table, recorder = _Table(counter), Recorder()
    with counter, table.following(model), recorder.following(model, images):
        outputs = model.eval()(images)
    logits = logits_of(outputs)
    return _Pass(logits, table, counter.get_total_flops(), recorder.finish(outputs, logits))


def structure(model: nn.Module) -> str:
    """The module tree, without a field that newer versions of torch add to each BatchNorm."""
    return re.sub(r"(BatchNorm\w*\(.*?)bias=True, ", r"\1", str(model))


class _Table:
    """Notes each module's own share of the FLOPs: what it costs without the modules that it calls."""

    def __init__(self, counter: FlopCounterMode) -> None:
        self._counter = counter
        self._open: list[int] = []  # FLOPs of the modules called inside each open one
        self._began: list[int] = []
        self._flops: dict[nn.Module, int] = {}  # in the order of the first call
        self._shapes: dict[nn.Module, list[int]] = {}

    @contextmanager
    def following(self, model: nn.Module) -> Iterator[None]:
        hooks = []
        for module in model.modules():
            if isinstance(module, torch.jit.ScriptModule):
                continue  # takes no hooks: what it costs counts for the module around it
            hooks.append(module.register_forward_pre_hook(self._enter))
            hooks.append(module.register_forward_hook(self._leave))
        try:
            yield
        finally:
            for hook in hooks:
                hook.remove()

    def layers(self, model: nn.Module) -> list[Layer]:
        """Leaf modules, and others that own parameters or compute something themselves."""
        # Of a network that is one script nobody hears a module being called.
        called = self._flops or {model: self._counter.get_total_flops()}
        own = _own_parameters(model, called)
        names = {module: name for name, module in model.named_modules()}
        return [
            Layer(
                name=names[module],
                type=type(module).__name__,
                output_shape=self._shapes.get(module, []),
                parameters=own[module],
                flops=flops,
            )
            for module, flops in called.items()
            if flops or own[module] or not list(module.children())
        ]

    def _enter(self, module: nn.Module, _inputs: Any) -> None:
        self._flops.setdefault(module, 0)
        self._began.append(self._counter.get_total_flops())
        self._open.append(0)

    def _leave(self, module: nn.Module, _inputs: Any, output: Any) -> None:
        whole, inside = self._counter.get_total_flops() - self._began.pop(), self._open.pop()
        self._flops[module] += whole - inside
        if self._open:
            self._open[-1] += whole
        first = output[0] if isinstance(output, tuple) else output
        self._shapes.setdefault(module, list(first.shape[1:]) if isinstance(first, Tensor) else [])


def _own_parameters(model: nn.Module, called: dict[nn.Module, int]) -> dict[nn.Module, int]:
    """Parameters by called module. Those of modules that are never called (attention's output projection, whose
    weight is read directly) count for the module around them; shared ones count once."""
    own = dict.fromkeys([*called, model], 0)
    counted: set[nn.Parameter] = set()

    def walk(module: nn.Module, holder: nn.Module) -> None:
        holder = module if module in own else holder
        new = [each for each in module.parameters(recurse=False) if each not in counted]
        counted.update(new)
        own[holder] += sum(each.numel() for each in new)
        for child in module.children():
            walk(child, holder)

    walk(model, model)
    return own
