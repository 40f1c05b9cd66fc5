"""What every layer does while it trains: sampled on some steps, summed on the device, read once an epoch.

What cannot be known is None, never a number; no error in here ends or changes the training that it watches.
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
from worker.texts import some
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
"""Steps, or more in a long epoch."""

MOST_SAMPLES = 10
"""In an epoch. A sampled step of the small `cnn`, the dearest in proportion, takes a seventh longer on a CPU."""

COLUMNS = ("grad", "weight", "update", "input", "dead", "output_grad")


class LayerProbe:
    """Watches the layers that have a weight matrix or kernel, and the blocks that the network repeats.

    What a layer is *fed* is measured and not what a ReLU gives: activations that are functions have no module to watch,
    but every one of them feeds the next layer.
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
        # Over the sampled steps: sums of squares (of shares: sums), a row for each layer and possible block, and how
        # many steps had a value. The same of the global gradient norm.
        self._sums = torch.zeros(len(self._names), len(COLUMNS), dtype=torch.float64, device=device)
        self._counts = torch.zeros(len(self._names), len(COLUMNS), dtype=torch.int64)
        self._norm_sum = torch.zeros((), dtype=torch.float64, device=device)
        self._norms = self._samples = 0
        self._called: set[str] = set()  # since the run's start
        self._said = False
        self._step = _Step()
        self._handles: list[RemovableHandle] = []

    def begin(self, batch: int) -> bool:
        """Before the forward pass of an epoch's `batch` (from 0): whether it is sampled, and if so, watch it."""
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
        self._let_go()
        return False

    @torch.no_grad()
    def see_gradients(self) -> None:
        """After the backward pass of a sampled step, before gradients are clipped."""
        if self._switch.on:
            with self._switch.guarded():
                self._add_what_was_seen()
                gradients = {row: own_gradient(self._modules[row]) for row in range(len(self._watched.layers))}
                self._add_lengths("grad", {row: each for row, each in gradients.items() if each is not None})
                every = [each.grad for each in self._model.parameters() if each.grad is not None]
                if every and all(is_measurable(each) for each in every):
                    self._norm_sum += length(lengths(every, self._device))
                    self._norms += 1
                weights = {row: own_weight(self._modules[row]) for row in range(len(self._watched.layers))}
                self._step.before = {row: each.clone() for row, each in weights.items() if each is not None}
        self._let_go()

    @torch.no_grad()
    def see_update(self) -> None:
        """After the optimiser's step."""
        if not self._switch.on:
            return
        with self._switch.guarded():
            before = self._step.before
            self._add_lengths("weight", before)
            after = {row: own_weight(self._modules[row]) for row in before}
            self._add_lengths("update", {row: before[row] - each for row, each in after.items() if each is not None})
            self._samples += 1
            self._say_what_is_unknown()
        self._step = _Step()

    def read(self, epoch: int) -> list[LayerStat]:
        """The epoch's figures so far. Waits for the device."""
        if not self._switch.on or not self._samples:
            return []
        with self._switch.guarded():
            rows = zip(self._sums.tolist(), self._counts.tolist(), strict=True)
            means = [dict(zip(COLUMNS, map(_mean, COLUMNS, *row), strict=True)) for row in rows]
            return [
                self._stat(epoch, place, row, means[row])
                for place, row in enumerate([*range(len(self._watched.layers)), *self._block_rows()])
            ]
        return []

    def gradient_norm(self) -> float | None:
        """Of all parameters together: mean over the sampled steps."""
        if not self._switch.on or not self._norms:
            return None
        with self._switch.guarded():
            return float(self._norm_sum.item()) / self._norms
        return None

    def reset(self) -> None:
        self._sums.zero_()
        self._counts.zero_()
        self._norm_sum.zero_()
        self._norms = self._samples = 0

    def state(self) -> dict[str, Tensor]:
        """Empty once it is switched off."""
        if not self._switch.on:
            return {}
        return {
            "sums": self._sums,
            "counts": self._counts,
            "norm": self._norm_sum,
            "norms": torch.tensor(self._norms),
            "samples": torch.tensor(self._samples),
            "called": torch.tensor([name in self._called for name in self._names], dtype=torch.bool),
            "names": self._digest(),
        }

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Sums over other layers, or those of an older version of the lab, are of no use: it begins anew then."""
        if not self._switch.on or not state:
            return
        with self._switch.guarded():
            if not torch.equal(state.get("names", torch.zeros(0)), self._digest()):
                log.warning("layer statistics: the checkpoint has those of other layers; this epoch's begin here.")
                return
            self._sums.copy_(state["sums"])
            self._counts.copy_(state["counts"])
            self._norm_sum.copy_(state["norm"])
            self._norms, self._samples = int(state["norms"]), int(state["samples"])
            called = state["called"].tolist()
            self._called = {name for name, was in zip(self._names, called, strict=True) if was}

    def _digest(self) -> Tensor:
        return torch.tensor(list(hashlib.sha256("\n".join(self._names).encode()).digest()), dtype=torch.uint8)

    def _block_rows(self) -> list[int]:
        first = len(self._watched.layers)
        rows = {name: row for row, name in enumerate(self._watched.blocks, start=first)}
        return [rows[name] for name in self._watched.outermost(self._called)]

    def _stat(self, epoch: int, place: int, row: int, mean: Mapping[str, float | None]) -> LayerStat:
        if row >= len(self._watched.layers):
            stat = LayerStat(epoch=epoch, place=place, name=self._names[row], kind="block")
            return stat.model_copy(update={"output_grad_rms": mean["output_grad"]})
        grad, weight, update = mean["grad"], mean["weight"], mean["update"]
        own = parameter(self._modules[row])
        return LayerStat(
            epoch=epoch,
            place=place,
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

    def _let_go(self) -> None:
        """Of the modules and the graph."""
        for handle in self._handles:
            handle.remove()
        self._handles.clear()
        if not self._switch.on:
            self._step = _Step()

    def _add(self, column: str, row: int, value: Tensor) -> None:
        self._sums[row, COLUMNS.index(column)] += value
        self._counts[row, COLUMNS.index(column)] += 1

    def _add_lengths(self, column: str, tensors: Mapping[int, Tensor]) -> None:
        """`tensors`: by row."""
        if not tensors:
            return
        place = COLUMNS.index(column)
        rows = torch.tensor(list(tensors))
        self._counts[rows, place] += 1
        self._sums[rows.to(self._device), place] += lengths(list(tensors.values()), self._device).double().square()

    def _add_what_was_seen(self) -> None:
        """A layer that was called several times in the step is seen as if all its calls had been one."""
        for column, calls in (("input", self._step.inputs), ("output_grad", self._step.gradients)):
            for row, seen in calls.items():
                squares = torch.stack([each for each, _ in seen]).sum() if len(seen) > 1 else seen[0][0]
                self._add(column, row, squares / sum(size for _, size in seen))
        for row, largest in self._step.largest.items():
            if len({len(each) for each in largest}) == 1:
                over_calls = torch.stack(largest).amax(0) if len(largest) > 1 else largest[0]
                # Of values that are never negative, a channel's largest tells whether it is silent. `amax` costs a
                # tenth of counting positive values. What is fed unrectified has a positive value somewhere and counts
                # as alive.
                self._add("dead", row, (over_calls <= 0).float().mean())

    def _see_input(self, row: int) -> Callable[[nn.Module, tuple[Any, ...], dict[str, Any]], None]:
        step = self._step

        @torch.no_grad()
        def look(module: nn.Module, inputs: tuple[Any, ...], named: dict[str, Any]) -> None:
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

        return look

    def _see_output(self, row: int) -> Callable[[nn.Module, Any, Any], None]:
        step = self._step

        def add(gradient: Tensor) -> None:
            if not self._switch.on:
                return
            with self._switch.guarded(), torch.no_grad():
                if is_measurable(gradient):
                    step.gradients.setdefault(row, []).append((square_sum(gradient.detach()), gradient.numel()))

        def look(_module: nn.Module, _inputs: Any, output: Any) -> None:
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
                    step.unknown[row, "gradient at the output"] = "needs no gradient"

        return look

    def _say_what_is_unknown(self) -> None:
        """Once: what the first sampled step had no number for, in one line."""
        if self._said:
            return
        self._said = True
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
            parts = [f"{what} of {some(names)} ({why})" for (what, why), names in groups.items()]
            log.info("layer statistics: not known, and left empty: %s.", "; ".join(parts))


class _Step:
    """What is seen in one step, by row: `Tensor, int` are a sum of squares and of how many values."""

    def __init__(self) -> None:
        self.inputs: dict[int, list[tuple[Tensor, int]]] = {}
        self.gradients: dict[int, list[tuple[Tensor, int]]] = {}
        self.largest: dict[int, list[Tensor]] = {}  # a value for each channel
        self.before: dict[int, Tensor] = {}
        self.unknown: dict[tuple[int, str], str] = {}


def _mean(column: str, total: float, steps: int) -> float | None:
    """Root mean square; of shares the mean."""
    if not steps:
        return None
    return total / steps if column == "dead" else sqrt(total / steps)


def _is_in_backward() -> bool:
    """A checkpointed block runs forward again inside the backward pass; what it is fed then has been seen."""
    return torch._C._current_graph_task_id() != -1
