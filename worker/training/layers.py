"""Layer statistics during training: sampled at some steps, summed on the device, read once per epoch.

Unknown values are None, never a number; no error here ends or changes training.
"""

import hashlib
import logging
from collections.abc import Callable, Mapping
from math import ceil, sqrt
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from skiplab.contract.telemetry import LayerStat
from worker.texts import first_few
from worker.training.layer_sums import LayerSums
from worker.training.squares import largest_of_channels, length, lengths, square_sum
from worker.training.watch import Switch
from worker.training.watched import (
    Watched,
    channel_dimension,
    is_measurable,
    own_gradient,
    own_weight,
    parameter,
    sole_tensor,
)

log = logging.getLogger(__name__)

SAMPLE_EVERY = 10
"""Steps between samples; more in a long epoch."""

MOST_SAMPLES = 10
"""Maximum samples per epoch. A sampled step takes at most a seventh longer (the small `cnn` on a CPU)."""


class LayerProbe:
    """Records statistics of the layers with a weight matrix or kernel, and of the network's repeated blocks.

    Measures the inputs of layers instead of the outputs of activations: functional activations have no module to hook,
    but each of them feeds a layer.
    """

    def __init__(self, model: nn.Module, device: torch.device, *, steps_per_epoch: int) -> None:
        self._every = max(SAMPLE_EVERY, ceil(steps_per_epoch / MOST_SAMPLES))
        self._switch = Switch("layer statistics")
        self._model, self._device = model, device
        self._watched = Watched({}, {}, frozenset())
        with self._switch.guarded():
            self._watched = Watched.of(model)
        self._names = [*self._watched.layers, *self._watched.blocks]
        self._modules = [*self._watched.layers.values(), *self._watched.blocks.values()]
        self._sums = LayerSums(len(self._names), device)  # a row for each layer and candidate block
        self._called: set[str] = set()  # since the start of the run
        self._logged = False
        self._step = _Step()
        self._handles: list[RemovableHandle] = []

    def begin(self, batch: int) -> bool:
        """Call before the forward pass of batch `batch` (from 0); add hooks and return True if it is sampled."""
        if not self._switch.on or batch % self._every:
            return False
        self._step = _Step()
        with self._switch.guarded():
            blocks = set(self._watched.outermost(self._called) if self._called else self._watched.blocks)
            for row, (name, module) in enumerate(zip(self._names, self._modules, strict=True)):
                if row < len(self._watched.layers) and name not in self._watched.closed:
                    self._handles.append(module.register_forward_pre_hook(self._see_input(row), with_kwargs=True))
                    self._handles.append(module.register_forward_hook(self._see_output(row)))
                elif name in blocks:
                    self._handles.append(module.register_forward_hook(self._see_output(row)))
            return True
        self._remove_hooks()
        return False

    @torch.no_grad()
    def see_gradients(self) -> None:
        """Call after the backward pass of a sampled step, before gradients are clipped."""
        if self._switch.on:
            with self._switch.guarded():
                self._add_activations()
                gradients = {row: own_gradient(self._modules[row]) for row in range(len(self._watched.layers))}
                self._sums.add_norms("grad", {row: each for row, each in gradients.items() if each is not None})
                every = [each.grad for each in self._model.parameters() if each.grad is not None]
                if every and all(is_measurable(each) for each in every):
                    self._sums.add_global_norm(length(lengths(every, self._device)))
                weights = {row: own_weight(self._modules[row]) for row in range(len(self._watched.layers))}
                self._step.before = {row: each.clone() for row, each in weights.items() if each is not None}
        self._remove_hooks()

    @torch.no_grad()
    def see_update(self) -> None:
        """Call after the optimiser step of a sampled step."""
        if not self._switch.on:
            return
        with self._switch.guarded():
            before = self._step.before
            self._sums.add_norms("weight", before)
            after = {row: own_weight(self._modules[row]) for row in before}
            self._sums.add_norms("update", {row: before[row] - each for row, each in after.items() if each is not None})
            self._sums.samples += 1
            self._log_unknown()
        self._step = _Step()

    def read(self, epoch: int) -> list[LayerStat]:
        """Return the statistics of the epoch so far. Synchronises with the device."""
        if not self._switch.on or not self._sums.samples:
            return []
        with self._switch.guarded():
            means = self._sums.means()
            return [
                self._stat(epoch, index, row, means[row])
                for index, row in enumerate([*range(len(self._watched.layers)), *self._block_rows()])
            ]
        return []

    def gradient_norm(self) -> float | None:
        """Return the global L2 norm of the gradients, averaged over the sampled steps of the epoch."""
        if not self._switch.on:
            return None
        with self._switch.guarded():
            return self._sums.global_norm()
        return None

    def reset(self) -> None:
        """Start a new epoch."""
        self._sums.reset()

    def state(self) -> dict[str, Tensor]:
        """Return the sums for a checkpoint; empty once switched off."""
        if not self._switch.on:
            return {}
        return {
            **self._sums.state(),
            "called": torch.tensor([name in self._called for name in self._names], dtype=torch.bool),
            "names": self._digest(),
        }

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Restore the sums of a checkpoint; those of other layers or an older version are discarded."""
        if not self._switch.on or not state:
            return
        with self._switch.guarded():
            if not torch.equal(state.get("names", torch.zeros(0)), self._digest()):
                log.warning("layer statistics: the checkpoint has other layers; this epoch's statistics start here.")
                return
            self._sums.restore(state)
            called = state["called"].tolist()
            self._called = {name for name, was in zip(self._names, called, strict=True) if was}

    def _digest(self) -> Tensor:
        return torch.tensor(list(hashlib.sha256("\n".join(self._names).encode()).digest()), dtype=torch.uint8)

    def _block_rows(self) -> list[int]:
        first = len(self._watched.layers)
        rows = {name: row for row, name in enumerate(self._watched.blocks, start=first)}
        return [rows[name] for name in self._watched.outermost(self._called)]

    def _stat(self, epoch: int, index: int, row: int, mean: Mapping[str, float | None]) -> LayerStat:
        if row >= len(self._watched.layers):
            stat = LayerStat(epoch=epoch, place=index, name=self._names[row], kind="block")
            return stat.model_copy(update={"output_grad_rms": mean["output_grad"]})
        grad, weight, update = mean["grad"], mean["weight"], mean["update"]
        own = parameter(self._modules[row])
        return LayerStat(
            epoch=epoch,
            place=index,
            name=self._names[row],
            kind="layer",
            grad_rms=None if grad is None or own is None else grad / sqrt(own.numel()),
            grad_norm=grad,
            weight_norm=weight,
            update_ratio=update / weight if weight and update is not None else None,
            input_rms=mean["input"],
            dead_share=mean["dead"],
            output_grad_rms=mean["output_grad"],
        )

    def _remove_hooks(self) -> None:
        """Remove hooks from modules and graph."""
        for handle in self._handles:
            handle.remove()
        self._handles.clear()
        if not self._switch.on:
            self._step = _Step()

    def _add_activations(self) -> None:
        """Add what the hooks recorded; several calls of a layer in one step are combined as if they were one."""
        for column, calls in (("input", self._step.inputs), ("output_grad", self._step.gradients)):
            for row, seen in calls.items():
                squares = torch.stack([each for each, _ in seen]).sum() if len(seen) > 1 else seen[0][0]
                self._sums.add(column, row, squares / sum(size for _, size in seen))
        for row, largest in self._step.largest.items():
            if len({len(each) for each in largest}) == 1:
                over_calls = torch.stack(largest).amax(0) if len(largest) > 1 else largest[0]
                # A channel of non-negative values is dead if its maximum is 0. `amax` costs a tenth of counting
                # positive values. An input without ReLU has positive values somewhere and counts as alive.
                self._sums.add("dead", row, (over_calls <= 0).float().mean())

    def _see_input(self, row: int) -> Callable[[nn.Module, tuple[Any, ...], dict[str, Any]], None]:
        step = self._step

        @torch.no_grad()
        def record(module: nn.Module, inputs: tuple[Any, ...], named: dict[str, Any]) -> None:
            if not self._switch.on or _is_in_backward():
                return
            with self._switch.guarded():
                fed = inputs[0] if inputs else named.get("input", next(iter(named.values()), None))
                if not isinstance(fed, Tensor) or not is_measurable(fed):
                    what = f"{fed.dtype}" if isinstance(fed, Tensor) else f"a {type(fed).__name__}"
                    step.unknown[row, "input"] = what.removeprefix("torch.")
                    return
                fed = fed.detach()
                step.inputs.setdefault(row, []).append((square_sum(fed), fed.numel()))
                dimension = None if fed.is_complex() else channel_dimension(module, fed)
                if dimension is None:
                    step.unknown[row, "dead share"] = f"of a {type(module).__name__}"
                else:
                    step.largest.setdefault(row, []).append(largest_of_channels(fed, dimension))

        return record

    def _see_output(self, row: int) -> Callable[[nn.Module, Any, Any], None]:
        step = self._step

        def add(gradient: Tensor) -> None:
            if not self._switch.on:
                return
            with self._switch.guarded(), torch.no_grad():
                if is_measurable(gradient):
                    step.gradients.setdefault(row, []).append((square_sum(gradient.detach()), gradient.numel()))

        def record(_module: nn.Module, _inputs: Any, output: Any) -> None:
            if not self._switch.on:
                return
            with self._switch.guarded():
                self._called.add(self._names[row])
                tensor = sole_tensor(output)
                if tensor is None:
                    step.unknown[row, "gradient at the output"] = f"a {type(output).__name__}"
                elif tensor.requires_grad:
                    handle = tensor.register_hook(add)  # type: ignore[no-untyped-call]  # torch leaves it untyped
                    self._handles.append(handle)
                else:
                    step.unknown[row, "gradient at the output"] = "requires no gradient"

        return record

    def _log_unknown(self) -> None:
        """Log once, in one line, what the first sampled step has no value for."""
        if self._logged:
            return
        self._logged = True
        shown = {*range(len(self._watched.layers)), *self._block_rows()}
        groups: dict[tuple[str, str], list[str]] = {}
        for (row, what), why in self._step.unknown.items():
            checkpointed = what == "gradient at the output" and row in self._step.gradients
            if row in shown and not checkpointed:
                groups.setdefault((what, why), []).append(self._names[row] or "the network")
        for row, module in enumerate(self._watched.layers.values()):
            if own_weight(module) is None:
                groups.setdefault(("weight and its gradient", "computed or not a float"), []).append(self._names[row])
        if self._watched.closed:
            groups["input and gradient at the output", "compiled"] = sorted(self._watched.closed)
        if groups:
            parts = [f"{what} of {first_few(names)} ({why})" for (what, why), names in groups.items()]
            log.info("layer statistics: not available: %s.", "; ".join(parts))


class _Step:
    """Records of one step, by row; (Tensor, int) is a sum of squares and the number of values."""

    def __init__(self) -> None:
        self.inputs: dict[int, list[tuple[Tensor, int]]] = {}
        self.gradients: dict[int, list[tuple[Tensor, int]]] = {}
        self.largest: dict[int, list[Tensor]] = {}  # a value for each channel
        self.before: dict[int, Tensor] = {}
        self.unknown: dict[tuple[int, str], str] = {}


def _is_in_backward() -> bool:
    """Return whether autograd is running backward: activation checkpointing then repeats the forward pass."""
    return torch._C._current_graph_task_id() != -1
