"""Outputs of networks: extract the logits, and compute the loss from them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from worker.errors import CannotTrain

LOGITS_KEYS = ("logits", "out")
"""Keys or attributes of the logits in outputs of Hugging Face's and torchvision's networks."""

LOSS_METHOD = "training_loss"
"""Method by which a network combines its outputs in training mode into its own loss."""

CrossEntropy = Callable[[Any], Tensor]
"""Loss of logits against the labels of the batch, with the run's label smoothing, mixup and CutMix."""


class NotLogits(CannotTrain):
    """Raised when outputs cannot be compared with labels."""


def tensors_in(outputs: object) -> Iterator[Tensor]:
    """Yield all tensors in nested tuples, lists and dicts, in order."""
    if isinstance(outputs, Tensor):
        yield outputs
    elif isinstance(outputs, dict | list | tuple):
        for each in outputs.values() if isinstance(outputs, dict) else outputs:
            yield from tensors_in(each)


def logits_of(outputs: Any) -> Tensor:
    """Return the logits among a network's outputs, (N, classes).

    They are the output itself, `logits` or `out` of a mapping or an object, or else the first tensor. Trailing
    dimensions of size 1, (N, classes, 1, 1), are removed. Raises NotLogits if there is no tensor.
    """
    found = _first(outputs)
    if found is None:
        raise NotLogits(f"The network returns a {type(outputs).__name__}; it must return a tensor of logits first.")
    return _squeezed(found)


def loss_of(model: nn.Module, outputs: Any, cross_entropy: CrossEntropy) -> Tensor:
    """Return the loss of outputs in training mode, a scalar.

    It is the cross entropy of the logits, unless the network defines `training_loss(outputs, cross_entropy)`, for
    example to add the losses of auxiliary heads.
    """
    own = getattr(model, LOSS_METHOD, None)
    loss: Tensor = cross_entropy(logits_of(outputs)) if own is None else own(outputs, cross_entropy)
    return loss


class LogitsFirst:
    """Forward hook that moves the logits to the front of several outputs, as `ReorderedOutputs`.

    The logits are the only output of shape (N, classes). Outputs in training mode are unchanged if the network defines
    its own loss. Raises NotLogits if no output or several have that shape, unless the first does.
    """

    def __init__(self, key: str, classes: int) -> None:
        self._key, self._classes = key, classes

    def attach(self, model: nn.Module) -> None:
        """Register the hook, replacing an earlier one: a builder may return the same network again."""
        if isinstance(model, torch.jit.ScriptModule):
            return  # accepts no hooks
        for number, hook in list(model._forward_hooks.items()):
            if isinstance(hook, LogitsFirst):
                del model._forward_hooks[number]
        model.register_forward_hook(self)

    def __call__(self, model: nn.Module, inputs: Any, outputs: Any) -> "ReorderedOutputs | None":
        # `logits` or `out` says which they are, whatever the shapes.
        tensors = {} if _named(outputs) is not None else _tensors(outputs)
        if len(tensors) < 2 or (model.training and hasattr(model, LOSS_METHOD)):
            return None
        images = len(inputs[0])
        fitting = [name for name, each in tensors.items() if _squeezed(each).shape == (images, self._classes)]
        if fitting and fitting[0] == next(iter(tensors)):
            return None
        if len(fitting) != 1:
            raise NotLogits(
                f"{self._key} returns {shapes(outputs)} for {self._classes} classes: return the logits,"
                f" {images} x {self._classes}, first, or as {{'logits': ...}}."
            )
        return ReorderedOutputs(fitting[0], tensors)


class ReorderedOutputs(dict[str, Tensor]):
    """Outputs of a network with its logits first, under the key `logits`."""

    def __init__(self, name: str, original: Mapping[str, Tensor]) -> None:
        """`name`: of the logits among the original outputs; their position from 1 in a sequence."""
        super().__init__({"logits": original[name], **{each: part for each, part in original.items() if each != name}})
        self.name, self.original = name, original

    def __reduce__(self) -> tuple[Any, ...]:
        return ReorderedOutputs, (self.name, self.original)


def shapes(outputs: Any) -> str:
    """Return the shapes of all tensors in words, such as `2 x 16 and 2 x 10`."""
    return " and ".join(shape_of(each) for each in _tensors(outputs).values())


def shape_of(tensor: Tensor) -> str:
    return " x ".join(map(str, tensor.shape)) or "one number"


def count(outputs: Any) -> int:
    """Return the number of tensors, at least 1."""
    return len(_tensors(outputs)) or 1


def trained_on(outputs: Any) -> str:
    """Return which of several tensors are the logits, in words."""
    if isinstance(outputs, ReorderedOutputs):
        return f"`{outputs.name}`" if not outputs.name.isdigit() else f"number {outputs.name}"
    return f"`{named}`" if (named := _named(outputs)) is not None else "the first"


def _tensors(outputs: Any) -> dict[str, Tensor]:
    """Return the tensors by name, or by position from 1."""
    if isinstance(outputs, Tensor):
        return {"1": outputs}
    if isinstance(outputs, ReorderedOutputs):
        return dict(outputs.original)
    if isinstance(outputs, Mapping):
        return {str(name): part for name, part in outputs.items() if isinstance(part, Tensor)}
    parts = outputs if isinstance(outputs, Sequence) else ()
    return {str(position): part for position, part in enumerate(parts, 1) if isinstance(part, Tensor)}


def _named(outputs: Any) -> str | None:
    """Return the key in LOGITS_KEYS of the logits; None without one."""
    for name in LOGITS_KEYS:
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
