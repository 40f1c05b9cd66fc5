"""What every layer does while it trains: sampled on some steps, summed on the device, read once an epoch."""

from collections.abc import Callable
from math import ceil
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from backend.contract.telemetry import LayerStat

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
        self._layers = {name: module for name, module in model.named_modules() if _has_weight(module)}
        self._blocks = _repeated_blocks(model)
        self._weights = [_weight(module) for module in self._layers.values()]
        self._parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
        self._names = [*self._layers, *self._blocks]
        # Sums of squares over the sampled steps: a row for each layer and block; and of the global gradient norm.
        self._sums = torch.zeros(len(self._names), len(COLUMNS), dtype=torch.float64, device=device)
        self._norm_sum = torch.zeros((), dtype=torch.float64, device=device)
        self._samples = 0
        self._handles: list[RemovableHandle] = []
        self._before: list[Tensor] = []

    def begin(self, batch: int) -> bool:
        """Before the forward pass of an epoch's `batch` (from 0): whether it is sampled, and if so, watch it."""
        if batch % self._every:
            return False
        for place, module in enumerate([*self._layers.values(), *self._blocks.values()]):
            if place < len(self._layers):
                self._handles.append(module.register_forward_pre_hook(self._see_input(place)))
            self._handles.append(module.register_forward_hook(self._see_output(place)))
        return True

    @torch.no_grad()
    def see_gradients(self) -> None:
        """After the backward pass of a sampled step, before gradients are clipped."""
        for handle in self._handles:
            handle.remove()
        self._handles.clear()
        self._add("grad", _norms([_gradient(weight) for weight in self._weights]))
        every = _norms([parameter.grad for parameter in self._parameters if parameter.grad is not None])
        self._norm_sum += torch.linalg.vector_norm(every)
        self._before = [weight.detach().clone() for weight in self._weights]

    @torch.no_grad()
    def see_update(self) -> None:
        """After the optimiser's step."""
        self._add("weight", _norms(self._before))
        self._add("update", _norms(torch._foreach_sub(self._before, [weight.detach() for weight in self._weights])))
        self._before = []
        self._samples += 1

    def read(self, epoch: int) -> list[LayerStat]:
        """The epoch's figures so far. Waits for the device."""
        if not self._samples:
            return []
        means = (self._sums / self._samples).sqrt().tolist()
        return [self._stat(epoch, place, dict(zip(COLUMNS, row, strict=True))) for place, row in enumerate(means)]

    def gradient_norm(self) -> float | None:
        """Of all parameters together: mean over the sampled steps."""
        return float(self._norm_sum.item()) / self._samples if self._samples else None

    def reset(self) -> None:
        self._sums.zero_()
        self._norm_sum.zero_()
        self._samples = 0

    def state(self) -> dict[str, Tensor]:
        return {"sums": self._sums, "norm": self._norm_sum, "samples": torch.tensor(self._samples)}

    def restore(self, state: dict[str, Tensor]) -> None:
        self._sums.copy_(state["sums"])
        self._norm_sum.copy_(state["norm"])
        self._samples = int(state["samples"])

    def _stat(self, epoch: int, place: int, mean: dict[str, float]) -> LayerStat:
        if place >= len(self._layers):
            stat = LayerStat(epoch=epoch, place=place, name=self._names[place], kind="block")
            return stat.model_copy(update={"output_grad_rms": mean["output_grad"]})
        weight = self._weights[place]
        return LayerStat(
            epoch=epoch,
            place=place,
            name=self._names[place],
            kind="layer",
            grad_rms=mean["grad"] / weight.numel() ** 0.5,
            grad_norm=mean["grad"],
            weight_norm=mean["weight"],
            update_ratio=mean["update"] / mean["weight"] if mean["weight"] else None,
            input_rms=mean["input"],
            dead_share=mean["dead"] ** 2,
            output_grad_rms=mean["output_grad"],
        )

    def _add(self, column: str, values: Tensor) -> None:
        self._sums[: len(values), COLUMNS.index(column)] += values.double().square()

    def _see_input(self, place: int) -> Callable[[nn.Module, tuple[Any, ...]], None]:
        cells = self._sums[place]

        @torch.no_grad()
        def look(_module: nn.Module, inputs: tuple[Any, ...]) -> None:
            fed = inputs[0].detach()
            cells[COLUMNS.index("input")] += _mean_square(fed)
            # Of values that are never negative, a channel's largest tells whether it is silent. `amax` costs a tenth of
            # counting positive values. What is fed unrectified has a positive value somewhere and counts as alive.
            cells[COLUMNS.index("dead")] += (_largest_of_channels(fed) <= 0).float().mean()

        return look

    def _see_output(self, place: int) -> Callable[[nn.Module, Any, Any], None]:
        cells = self._sums[place]

        def add(gradient: Tensor) -> None:
            cells[COLUMNS.index("output_grad")] += _mean_square(gradient.detach())

        def look(_module: nn.Module, _inputs: Any, output: Any) -> None:
            if isinstance(output, Tensor) and output.requires_grad:
                output.register_hook(add)  # type: ignore[no-untyped-call]  # torch leaves it untyped

        return look


def _has_weight(module: nn.Module) -> bool:
    weight = getattr(module, "weight", None)
    return isinstance(weight, nn.Parameter) and weight.dim() >= 2


def _weight(module: nn.Module) -> nn.Parameter:
    weight = module.weight
    assert isinstance(weight, nn.Parameter)
    return weight


def _gradient(weight: nn.Parameter) -> Tensor:
    return torch.zeros_like(weight) if weight.grad is None else weight.grad


def _repeated_blocks(model: nn.Module) -> dict[str, nn.Module]:
    """The outermost modules whose class stands more than once in the network and holds several layers."""
    counts: dict[type, int] = {}
    for module in model.modules():
        counts[type(module)] = counts.get(type(module), 0) + 1
    blocks: dict[str, nn.Module] = {}
    for name, module in model.named_modules():
        repeated = counts[type(module)] > 1 and not isinstance(module, nn.Sequential | nn.ModuleList)
        inside = any(name.startswith(f"{outer}.") for outer in blocks)
        if repeated and not inside and sum(_has_weight(part) for part in module.modules()) > 1:
            blocks[name] = module
    return blocks


def _norms(tensors: list[Tensor] | tuple[Tensor, ...]) -> Tensor:
    """Of each, as one vector."""
    return torch.stack(torch._foreach_norm(list(tensors)))


def _mean_square(values: Tensor) -> Tensor:
    """In one pass, without a copy of the values."""
    length: Tensor = torch.linalg.vector_norm(values, dtype=torch.float32)
    return length.square() / values.numel()


def _largest_of_channels(values: Tensor) -> Tensor:
    """Of N x C x ...: the largest value of each channel.

    First over the images, whose rows are long, then over the positions: at once, the inner loop would be as short as
    there are channels, which took twenty times as long for sixteen of them.
    """
    positions = values.movedim(1, -1).flatten(1).amax(0)
    return positions.view(-1, values.shape[1]).amax(0)
