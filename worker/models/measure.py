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
from worker.models.recorder import Recorder
from worker.models.recording import Recording


@dataclass(frozen=True)
class Measures:
    """Numbers of one network at one image shape."""

    parameters: int
    flops: int  # of one image, forward
    depth: int | None  # None if the graph is ambiguous
    layers: list[Layer]
    output_shape: list[int]  # of the logits, including the batch of one
    recording: Recording


def measure(model: nn.Module, images: Tensor) -> Measures:
    """Measure `model` in eval mode on a batch of one image (1, C, H, W). Raises NotLogits."""
    traced = images.detach().requires_grad_()
    try:
        # A clone, since networks may change their images in place, which autograd forbids for leaves.
        passed = _forward(model, traced.clone())
    except RuntimeError:
        # Some code refuses tensors that require a gradient, such as `numpy()`; the depth is then unknown.
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
    table: "_LayerTable"
    flops: int
    recording: Recording


def _forward(model: nn.Module, images: Tensor) -> _Pass:
    counter = FlopCounterMode(display=False)
    table, recorder = _LayerTable(counter), Recorder()
    with counter, table.filled_by(model), recorder.recording_of(model, images):
        # Batch normalisation in train mode would refuse one image with feature maps of 1 x 1.
        outputs = model.eval()(images)
    logits = logits_of(outputs)
    return _Pass(logits, table, counter.get_total_flops(), recorder.finish(outputs, logits))


def structure(model: nn.Module) -> str:
    """Return the printed module tree.

    Without a field that newer versions of torch add to each BatchNorm, so that cards do not depend on the version.
    """
    return re.sub(r"(BatchNorm\w*\(.*?)bias=True, ", r"\1", str(model))


class _LayerTable:
    """Collects the FLOPs of each module, excluding those of the modules that it calls."""

    def __init__(self, counter: FlopCounterMode) -> None:
        self._counter = counter
        self._open: list[int] = []  # for each module in progress: FLOPs of the modules called inside it
        self._began: list[int] = []  # for each module in progress: total FLOPs when it was called
        self._flops: dict[nn.Module, int] = {}  # in the order of the first call
        self._shapes: dict[nn.Module, list[int]] = {}

    @contextmanager
    def filled_by(self, model: nn.Module) -> Iterator[None]:
        hooks = []
        for module in model.modules():
            if isinstance(module, torch.jit.ScriptModule):
                continue  # accepts no hooks; its FLOPs count for the enclosing module
            hooks.append(module.register_forward_pre_hook(self._enter))
            hooks.append(module.register_forward_hook(self._leave))
        try:
            yield
        finally:
            for hook in hooks:
                hook.remove()

    def layers(self, model: nn.Module) -> list[Layer]:
        """Return the leaf modules, and others that have parameters or FLOPs of their own."""
        # No hook is called for a network that is a single TorchScript module.
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
    """Return the number of parameters by called module.

    Those of modules that are never called count for the enclosing module, such as attention's output projection, whose
    weight is read directly. Shared parameters count once.
    """
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
