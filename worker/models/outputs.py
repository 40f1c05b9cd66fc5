"""Outputs of networks: extract the logits, and compute the loss from them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from worker.errors import CannotTrain

NAMES = ("logits", "out")
"""Under which a mapping or an object keeps them, as Hugging Face's and torchvision's networks do."""


LOSS_METHOD = "training_loss"
"""By which a network combines its outputs in training mode into a loss of its own."""

CrossEntropy = Callable[[Any], Tensor]
"""The run's loss of logits against the labels of the batch, with its label smoothing and mixed images."""


class NotLogits(CannotTrain):
    """What the network gives cannot be compared with labels."""


def tensors_in(outputs: object) -> Iterator[Tensor]:
    """All of them, in order."""
    if isinstance(outputs, Tensor):
        yield outputs
    elif isinstance(outputs, dict | list | tuple):
        for each in outputs.values() if isinstance(outputs, dict) else outputs:
            yield from tensors_in(each)


def logits_of(outputs: Any) -> Tensor:
    """The logits among a network's outputs: a tensor itself, `logits` or `out` of a mapping or an object, else the
    first tensor. N x classes x 1 x 1 becomes N x classes.

    Raises NotLogits where there is no tensor.
    """
    found = _first(outputs)
    if found is None:
        raise NotLogits(f"The network gives a {type(outputs).__name__}; it must give a tensor of logits first.")
    return _squeezed(found)


def loss_of(model: nn.Module, outputs: Any, cross_entropy: CrossEntropy) -> Tensor:
    """Of outputs in training mode: the cross entropy of the logits, or what the network's own
    `training_loss(outputs, cross_entropy)` makes of all of them, such as auxiliary heads."""
    own = getattr(model, LOSS_METHOD, None)
    loss: Tensor = cross_entropy(logits_of(outputs)) if own is None else own(outputs, cross_entropy)
    return loss


class LogitsFirst:
    """A forward hook of a network that may give several tensors: where the first are not logits, N x classes, and
    exactly one other is, that one comes first, as `ReorderedOutputs`.

    What has a loss of its own gets its outputs in training mode as they are. Raises NotLogits where it cannot tell.
    """

    def __init__(self, key: str, classes: int) -> None:
        self._key, self._classes = key, classes

    def attach(self, model: nn.Module) -> None:
        """Once, also to a network that is given out again."""
        if isinstance(model, torch.jit.ScriptModule):
            return  # takes no hooks
        for number, hook in list(model._forward_hooks.items()):
            if isinstance(hook, LogitsFirst):
                del model._forward_hooks[number]
        model.register_forward_hook(self)

    def __call__(self, model: nn.Module, inputs: Any, outputs: Any) -> "ReorderedOutputs | None":
        tensors = {} if _named(outputs) is not None else _tensors(outputs)
        if len(tensors) < 2 or (model.training and hasattr(model, LOSS_METHOD)):
            return None
        images = len(inputs[0])
        fitting = [name for name, each in tensors.items() if _squeezed(each).shape == (images, self._classes)]
        if fitting and fitting[0] == next(iter(tensors)):
            return None
        if len(fitting) != 1:
            raise NotLogits(
                f"{self._key} gives {shapes(outputs)} for {self._classes} classes: return the logits,"
                f" {images} x {self._classes}, first, or as {{'logits': ...}}."
            )
        return ReorderedOutputs(fitting[0], tensors)


class ReorderedOutputs(dict[str, Tensor]):
    """Outputs with the logits in front, as `logits`, and the rest as the network gave it."""

    def __init__(self, name: str, given: Mapping[str, Tensor]) -> None:
        super().__init__({"logits": given[name], **{each: part for each, part in given.items() if each != name}})
        self.name, self.given = name, given  # the logits' name, or their place from 1

    def __reduce__(self) -> tuple[Any, ...]:
        return ReorderedOutputs, (self.name, self.given)


def shapes(outputs: Any) -> str:
    """Of all tensors, such as `2 x 16 and 2 x 10`."""
    return " and ".join(shape_of(each) for each in _tensors(outputs).values())


def shape_of(tensor: Tensor) -> str:
    return " x ".join(map(str, tensor.shape)) or "one number"


def count(outputs: Any) -> int:
    """How many tensors there are."""
    return len(_tensors(outputs)) or 1


def trained_on(outputs: Any) -> str:
    """Which of several tensors are the logits, in words."""
    if isinstance(outputs, ReorderedOutputs):
        return f"`{outputs.name}`" if not outputs.name.isdigit() else f"number {outputs.name}"
    return f"`{named}`" if (named := _named(outputs)) is not None else "the first"


def _tensors(outputs: Any) -> dict[str, Tensor]:
    """By name, or by place from 1."""
    if isinstance(outputs, Tensor):
        return {"1": outputs}
    if isinstance(outputs, ReorderedOutputs):
        return dict(outputs.given)
    if isinstance(outputs, Mapping):
        return {str(name): part for name, part in outputs.items() if isinstance(part, Tensor)}
    parts = outputs if isinstance(outputs, Sequence) else ()
    return {str(place): part for place, part in enumerate(parts, 1) if isinstance(part, Tensor)}


def _named(outputs: Any) -> str | None:
    """The name in NAMES under which there is a tensor."""
    for name in NAMES:
        part = outputs.get(name) if isinstance(outputs, Mapping) else getattr(outputs, name, None)
        if isinstance(part, Tensor):
            return name
    return None


def _first(outputs: Any) -> Tensor | None:
    if isinstance(outputs, Tensor):
        return outputs
    if (name := _named(outputs)) is not None:
        named: Tensor = outputs[name] if isinstance(outputs, Mapping) else getattr(outputs, name)
        return named
    return next(iter(_tensors(outputs).values()), None)


def _squeezed(found: Tensor) -> Tensor:
    return found.flatten(1) if found.dim() > 2 and found.shape[2:].numel() == 1 else found
