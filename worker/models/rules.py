"""Requirements on a network's outputs, autograd graph and parameters."""

from collections.abc import Iterator
from typing import Any

from torch import Tensor, nn
from torch.autograd.function import BackwardCFunction

from skiplab.contract.check import class_count_remedy
from worker.errors import CannotTrain
from worker.models.graph import nodes_up_to
from worker.models.outputs import count, logits_of, shape_of, shapes, tensors_in, trained_on


class Refused(CannotTrain):
    """Raised for a network that runs but cannot be trained on any device."""


def checked_logits(key: str, classes: int, outputs: Any, images: int) -> Tensor:
    """Return the logits (images, classes) if they can be compared with labels. Raises Refused, NotLogits."""
    logits = logits_of(outputs)
    if count(outputs) > 1 and logits.shape != (images, classes):
        raise Refused(
            f"{key} returns {shapes(outputs)} for {classes} classes: return the logits, {images} x {classes}, first, or"
            " as {'logits': ...}."
        )
    if logits.dim() != 2 or len(logits) != images:
        raise Refused(
            f"{key} returns {shape_of(logits)} for {images} image{'s' * (images > 1)} and {classes} classes; logits"
            f" must be {images} x {classes}.{_squeezed(logits, images)}"
        )
    if logits.shape[1] != classes:
        raise Refused(f"{key} returns {logits.shape[1]} logits for {classes} classes: {class_count_remedy(key)}.")
    if not logits.is_floating_point():
        raise Refused(f"{key} returns {logits.dtype} instead of floating-point logits: remove argmax or rounding.")
    if not bool(logits.isfinite().all().item()):
        raise Refused(f"{key} returns NaN or infinite logits for its first images: check its initialisation.")
    return logits


def _squeezed(logits: Tensor, images: int) -> str:
    if images == 1 and logits.dim() == 1:
        return " `squeeze()` also removes the batch dimension: use `flatten(1)`."
    return ""


def check_late_layers(key: str, model: nn.Module, own: dict[str, nn.Parameter]) -> None:
    """Refuse a network that creates or replaces parameters in forward(). `own`: its parameters before the call."""
    late = [name for name, each in model.named_parameters() if each is not own.get(name)]
    if late:
        layers = ", ".join(dict.fromkeys(name.rpartition(".")[0] or name for name in late[:5]))
        raise Refused(
            f"{key} creates layers in forward() ({layers}): the optimiser never trains them, and a resumed run"
            " cannot restore them. Create them in __init__, or use a lazy layer there, such as nn.LazyLinear."
        )


def check_graph(key: str, loss: Tensor, own: dict[str, nn.Parameter]) -> None:
    """Refuse a network whose loss does not depend on its parameters, or depends on others. `own`: its parameters."""
    nodes, ours = nodes_up_to(loss.grad_fn), set(own.values())
    leaves = [node.variable for node in nodes if hasattr(node, "variable")]
    # A custom autograd function, such as a checkpointed block, may run part of the backward pass outside this graph.
    whole = not any(isinstance(node, BackwardCFunction) for node in nodes)
    if whole and not any(leaf in ours for leaf in leaves):
        raise Refused(
            f"The outputs of {key} do not depend on its parameters: remove detach(), .data, no_grad() or"
            " argmax from forward()."
        )
    if strange := [leaf for leaf in leaves if isinstance(leaf, nn.Parameter) and leaf not in ours]:
        raise Refused(
            f"{key} uses {sum(each.numel() for each in strange):,} weights that are not its own parameters, so"
            " the optimiser never trains them: store layers in nn.ModuleList or nn.ModuleDict instead of a plain list"
            " or dict, and create none in forward()."
        )


def check_head(key: str, outputs: Any, logits: Tensor, missed: set[nn.Parameter]) -> None:
    """Refuse a network whose first output is not logits but features of the same shape, from which another output is
    computed.

    `missed`: parameters without a gradient; a head that is not trained has some.
    """
    for each in tensors_in(outputs):
        # The logits and an alias of them have the same node, and a head of other size is no candidate.
        if each is logits or each.shape != logits.shape or each.grad_fn is logits.grad_fn:
            continue
        nodes = nodes_up_to(each.grad_fn)
        if logits.grad_fn in nodes and any(getattr(node, "variable", None) in missed for node in nodes):
            raise Refused(
                f"{key} returns {shapes(outputs)} for {logits.shape[1]} classes, and another output is computed from"
                f" {trained_on(outputs)}: return the logits first, or as {{'logits': ...}}."
            )


def untrained(own: dict[str, nn.Parameter], reached: set[str]) -> Iterator[str]:
    """Yield notes on parameters that training does not change. `reached`: names of those with a gradient."""
    frozen = [name for name, each in own.items() if not each.requires_grad]
    missed = [name for name, each in own.items() if each.requires_grad and name not in reached]
    for names, what in ((missed, "get no gradient"), (frozen, "are frozen")):
        if names:
            layers = layers_of(names, own)
            more = f" and {len(layers) - 5} more" if len(layers) > 5 else ""
            counted = sum(own[name].numel() for name in names)
            whole = sum(each.numel() for each in own.values())
            yield f"{counted:,} of {whole:,} parameters {what}: {', '.join(layers[:5])}{more}."


def layers_of(names: list[str], own: dict[str, nn.Parameter]) -> list[str]:
    """Return the outermost modules whose parameters are all among the names, and the remaining names."""
    chosen = set(names)

    def outermost(name: str) -> str:
        parts = name.split(".")
        for length in range(1, len(parts)):
            start = ".".join(parts[:length])
            if all(each in chosen for each in own if each.startswith(f"{start}.")):
                return start
        return name

    return list(dict.fromkeys(map(outermost, names)))
