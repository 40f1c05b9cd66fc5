"""Depth as papers count it, from the autograd graph of a forward pass."""

import torch
from torch import Tensor
from torch.autograd.function import BackwardCFunction
from torch.autograd.graph import Node

from worker.models.graph import inputs_of, nodes_up_to

WEIGHTED = ("ConvolutionBackward", "AddmmBackward", "MmBackward", "LinearBackward", "BmmBackward")
"""The backward nodes of convolutions and linear layers, which depth counts."""

HIDES = ("CheckpointFunction", "DifferentiableGraph", "CompiledFunction", "Rnn", "RNN", "Lstm", "LSTM", "Gru", "GRU")
"""Nodes behind which there may be any number of layers."""


class NotCertain(Exception):
    """The graph can be read in more than one way."""


def depth(images: Tensor, logits: Tensor) -> int | None:
    """Convolutions and linear layers on the longest way from the images to the logits: a projection shortcut lies
    beside the longest way, and a gate that is multiplied onto it (squeeze-and-excitation) is left out. None where that
    is not certain. `images`: a leaf that requires a gradient.
    """
    if logits.grad_fn is None:
        return None
    try:
        return _Graph(images, logits.grad_fn).depth
    except NotCertain:
        return None


class _Graph:
    """What each node has behind it, on the side of the images."""

    def __init__(self, images: Tensor, end: Node) -> None:
        self._images = images
        self._depths: dict[Node, int | None] = {}  # None: no image passes through
        for node in nodes_up_to(end):
            self._depths[node] = self._depth_of(node)
        self.depth = self._depths[end]

    def _depth_of(self, node: Node) -> int | None:
        if getattr(node, "variable", None) is self._images:
            return 0
        inputs = inputs_of(node)
        ways = [each for each in inputs if self._depths[each] is not None]
        if not ways:
            return None
        if any(each in node.name() for each in HIDES):
            raise NotCertain
        if issubclass(type(node), BackwardCFunction) and len(ways) < len(inputs):
            raise NotCertain  # somebody's own operation, on weights: it may be a layer
        if node.name().startswith("MulBackward") and len(ways) == 2:
            return self._of_product(*ways)
        return max(self._known(each) for each in ways) + _is_layer(node, len(ways))

    def _of_product(self, one: Node, other: Node) -> int:
        """A gate is smaller than what it weighs or, at maps of one pixel, made from it by further layers."""
        sizes = _size(one), _size(other)
        if sizes[0] != sizes[1]:
            return self._known(one if sizes[0] > sizes[1] else other)
        first, second = sorted((one, other), key=self._known)
        if self._known(first) != self._known(second) and first not in nodes_up_to(second):
            raise NotCertain
        return self._known(first)

    def _known(self, node: Node) -> int:
        found = self._depths[node]
        assert found is not None
        return found


def _is_layer(node: Node, images: int) -> bool:
    """A product of two things that come from the images, as in attention, is none."""
    name = node.name()
    return name.startswith(WEIGHTED) and (images == 1 or name.startswith("Convolution"))


def _size(node: Node) -> int:
    """Elements of what the node computed forward; an expanded gate counts as what it was."""
    if node.name().startswith("ExpandBackward"):
        return min((_size(each) for each in inputs_of(node)), default=0)
    metadata = getattr(node, "_input_metadata", ())
    return max((int(torch.Size(each.shape).numel()) for each in metadata), default=0)
