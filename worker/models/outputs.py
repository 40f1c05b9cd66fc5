"""What a network gives for a batch: which part of it are the logits, and what its loss is made of."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

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
    return found.flatten(1) if found.dim() > 2 and found.shape[2:].numel() == 1 else found


def loss_of(model: nn.Module, outputs: Any, cross_entropy: CrossEntropy) -> Tensor:
    """Of outputs in training mode: the cross entropy of the logits, or what the network's own
    `training_loss(outputs, cross_entropy)` makes of all of them, such as auxiliary heads."""
    own = getattr(model, LOSS_METHOD, None)
    loss: Tensor = cross_entropy(logits_of(outputs)) if own is None else own(outputs, cross_entropy)
    return loss


def count(outputs: Any) -> int:
    """How many tensors there are."""
    parts = outputs.values() if isinstance(outputs, Mapping) else outputs
    if isinstance(outputs, Tensor) or not isinstance(outputs, Sequence | Mapping):
        return 1
    return sum(isinstance(part, Tensor) for part in parts)


def _first(outputs: Any) -> Tensor | None:
    if isinstance(outputs, Tensor):
        return outputs
    for name in NAMES:
        named = outputs.get(name) if isinstance(outputs, Mapping) else getattr(outputs, name, None)
        if isinstance(named, Tensor):
            return named
    parts = outputs.values() if isinstance(outputs, Mapping) else outputs if isinstance(outputs, Sequence) else ()
    return next((part for part in parts if isinstance(part, Tensor)), None)
