"""Select the modules for layer statistics: layers, and repeated blocks."""

from collections.abc import Collection
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.modules.conv import _ConvNd

from worker.models.outputs import tensors_in


@dataclass(frozen=True)
class Watched:
    """Layers and candidate blocks of a network, by name and in its order."""

    layers: dict[str, nn.Module]
    blocks: dict[str, nn.Module]
    closed: frozenset[str]  # names of layers that cannot be hooked

    @classmethod
    def of(cls, model: nn.Module) -> "Watched":
        """Find the layers and candidate blocks of a network."""
        closed = _closed(model)
        layers = {name: module for name, module in model.named_modules() if is_layer(module)}
        counts: dict[type, int] = {}
        for module in model.modules():
            counts[type(module)] = counts.get(type(module), 0) + 1
        blocks = {
            name: module
            for name, module in model.named_modules()
            if counts[type(module)] > 1
            and name not in closed
            and not _only_holds(module)
            and sum(is_layer(part) for part in module.modules()) > 1
        }
        return cls(layers, blocks, frozenset(closed & layers.keys()))

    def outermost(self, called: Collection[str]) -> list[str]:
        """Return the outermost blocks, given the names of modules that have been `called`.

        A module that was never called while its children were is a mere container, and is skipped for its children.
        """
        chosen: list[str] = []
        for name in self.blocks:
            is_container = name not in called and any(_is_inside(each, name) for each in called)
            if not is_container and not any(_is_inside(name, outer) for outer in chosen):
                chosen.append(name)
        return chosen


def is_layer(module: nn.Module) -> bool:
    """Return whether the module has a weight matrix or kernel, also a computed (weight norm) or lazy one."""
    weight = parameter(module)
    if weight is None or torch.nn.parameter.is_lazy(weight):
        return isinstance(module, nn.Linear | _ConvNd)
    return weight.dim() >= 2


def parameter(module: nn.Module) -> nn.Parameter | None:
    """Return the parameter named `weight` without attribute access, see `own_weight`."""
    return dict(module.named_parameters(recurse=False, remove_duplicate=False)).get("weight")


def own_weight(module: nn.Module) -> Tensor | None:
    """Return the weight if it is a measurable parameter; None otherwise.

    A parametrised weight is not accessed: that would recompute it, and advance the power iteration of spectral norm.
    """
    weight = parameter(module)
    return weight.detach() if weight is not None and is_measurable(weight) else None


def own_gradient(module: nn.Module) -> Tensor | None:
    """Return the gradient of `own_weight`; None if it is frozen or was not used."""
    weight = parameter(module)
    gradient = None if weight is None else weight.grad
    if gradient is not None and gradient.layout is torch.sparse_coo:
        gradient = gradient.coalesce().values()
    return gradient if gradient is not None and is_measurable(gradient) else None


def is_measurable(tensor: Tensor) -> bool:
    """Return whether norms of the tensor can be computed."""
    return (
        not torch.nn.parameter.is_lazy(tensor)
        and not tensor.is_nested
        and tensor.layout is torch.strided
        and (tensor.is_floating_point() or tensor.is_complex())
        and tensor.element_size() > 1  # norms of 8-bit floats are not implemented
        and tensor.numel() > 0
    )


def channel_dimension(module: nn.Module, fed: Tensor) -> int | None:
    """Return the channel dimension of a layer's input; None for unknown layers."""
    if isinstance(module, nn.Linear):
        return fed.dim() - 1
    if isinstance(module, _ConvNd):
        return 1 if fed.dim() == len(module.kernel_size) + 2 else 0
    return None


def sole_tensor(given: object) -> Tensor | None:
    """Return the tensor, or the only tensor that requires grad in a tuple, list or dict; None if there are several."""
    if isinstance(given, Tensor):
        return given
    found = [each for each in tensors_in(given) if each.requires_grad]
    return found[0] if len(found) == 1 else None


def _only_holds(module: nn.Module) -> bool:
    """Return whether the module is a container without a forward of its own."""
    return isinstance(module, nn.Sequential) or type(module).forward is nn.Module.forward


def _closed(model: nn.Module) -> set[str]:
    """Return the names of modules that run as compiled code, where hooks are ignored or change what is compiled."""
    closed: set[str] = set()
    for name, module in model.named_modules():
        compiled = getattr(module, "_compiled_call_impl", None) is not None or hasattr(module, "_orig_mod")
        if compiled or isinstance(module, torch.jit.ScriptModule) or any(_is_inside(name, each) for each in closed):
            closed.add(name)
    return closed


def _is_inside(name: str, outer: str) -> bool:
    return name != outer and (not outer or name.startswith(f"{outer}."))
