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
    """The network runs, and still cannot be trained, on any device."""


def checked_logits(key: str, classes: int, outputs: Any, images: int) -> Tensor:
    """The logits, if they can be compared with labels. Raises Refused, NotLogits."""
    logits = logits_of(outputs)
    if count(outputs) > 1 and logits.shape != (images, classes):
        raise Refused(
            f"{key} gives {shapes(outputs)} for {classes} classes: return the logits, {images} x {classes}, first, or"
            " as {'logits': ...}."
        )
    if logits.dim() != 2 or len(logits) != images:
        raise Refused(
            f"{key} gives {shape_of(logits)} for {images} image{'s' * (images > 1)} and {classes} classes; logits are"
            f" {images} x {classes}.{_squeezed(logits, images)}"
        )
    if logits.shape[1] != classes:
        raise Refused(f"{key} gives {logits.shape[1]} logits for {classes} classes: {class_count_remedy(key)}.")
    if not logits.is_floating_point():
        raise Refused(f"{key} gives {logits.dtype} and not floating-point logits: leave out argmax or rounding.")
    if not bool(logits.isfinite().all().item()):
        raise Refused(f"{key} gives numbers that are not finite on its first images: check its initialisation.")
    return logits


def _squeezed(logits: Tensor, images: int) -> str:
    if images == 1 and logits.dim() == 1:
        return " `squeeze()` also takes the batch away: use `flatten(1)`."
    return ""


def check_late_layers(key: str, model: nn.Module, own: dict[str, nn.Parameter]) -> None:
    """Parameters that came, or were replaced, in forward()."""
    late = [name for name, each in model.named_parameters() if each is not own.get(name)]
    if late:
        layers = ", ".join(dict.fromkeys(name.rpartition(".")[0] or name for name in late[:5]))
        raise Refused(
            f"{key} makes layers in forward() ({layers}): the optimiser never trains them, and a resumed run"
            " cannot restore them. Make them in __init__, or use a lazy layer there, such as nn.LazyLinear."
        )


def check_graph(key: str, loss: Tensor, own: dict[str, nn.Parameter]) -> None:
    """Whether the loss depends on the network's parameters, and on no others."""
    nodes, ours = nodes_up_to(loss.grad_fn), set(own.values())
    leaves = [node.variable for node in nodes if hasattr(node, "variable")]
    # A function of its own, such as a checkpointed block, may run part of the backward pass by itself.
    whole = not any(isinstance(node, BackwardCFunction) for node in nodes)
    if whole and not any(leaf in ours for leaf in leaves):
        raise Refused(
            f"The outputs of {key} do not depend on its parameters: look for detach(), .data, no_grad() or"
            " argmax in forward()."
        )
    if strange := [leaf for leaf in leaves if isinstance(leaf, nn.Parameter) and leaf not in ours]:
        raise Refused(
            f"{key} uses {sum(each.numel() for each in strange):,} weights that are not its own parameters, so"
            " the optimiser never trains them: keep layers in nn.ModuleList or nn.ModuleDict and not in a plain list or"
            " dict, and make none in forward()."
        )


def check_head(key: str, outputs: Any, logits: Tensor, missed: set[nn.Parameter]) -> None:
    """Whether what was taken for logits are features that a head goes on from, as wide as there are classes."""
    for each in tensors_in(outputs):
        if each is logits or each.shape != logits.shape or each.grad_fn is logits.grad_fn:
            continue
        nodes = nodes_up_to(each.grad_fn)
        if logits.grad_fn in nodes and any(getattr(node, "variable", None) in missed for node in nodes):
            raise Refused(
                f"{key} gives {shapes(outputs)} for {logits.shape[1]} classes, and {trained_on(outputs)} is"
                " what another is computed from: return the logits first, or as {'logits': ...}."
            )


def untrained(own: dict[str, nn.Parameter], reached: set[str]) -> Iterator[str]:
    """Notes on parameters that no training step changes."""
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
    """The outermost modules of which all parameters are among the names."""
    chosen = set(names)

    def outermost(name: str) -> str:
        parts = name.split(".")
        for length in range(1, len(parts)):
            start = ".".join(parts[:length])
            if all(each in chosen for each in own if each.startswith(f"{start}.")):
                return start
        return name

    return list(dict.fromkeys(map(outermost, names)))
