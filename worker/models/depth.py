"""Depth as papers count it, from the autograd graph of a forward pass."""

import torch
from torch import Tensor
from torch.autograd.function import BackwardCFunction
from torch.autograd.graph import Node

from worker.models.graph import inputs_of, nodes_up_to

WEIGHTED = ("ConvolutionBackward", "AddmmBackward", "MmBackward", "LinearBackward", "BmmBackward")
"""Backward nodes of convolutions and linear layers, which depth counts."""

OPAQUE = ("CheckpointFunction", "DifferentiableGraph", "CompiledFunction", "Rnn", "RNN", "Lstm", "LSTM", "Gru", "GRU")
"""Nodes that may stand for any number of layers."""


class Ambiguous(Exception):
    """Raised when the graph can be read in more than one way."""


def depth(images: Tensor, logits: Tensor) -> int | None:
    """Return the number of convolutions and linear layers on the longest path from the images to the logits.

    Projection shortcuts are beside that path; gates that are multiplied onto it (squeeze-and-excitation) do not count.
    None if the graph is ambiguous. `images`: a leaf that requires a gradient.
    """
    if logits.grad_fn is None:
        return None
    try:
        return _Graph(images, logits.grad_fn).depth
    except Ambiguous:
        return None


class _Graph:
    """The depth of each node of an autograd graph."""

    def __init__(self, images: Tensor, end: Node) -> None:
        self._images = images
        self._depths: dict[Node, int | None] = {}  # None: does not depend on the images
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
        if any(each in node.name() for each in OPAQUE):
            raise Ambiguous
        if issubclass(type(node), BackwardCFunction) and len(ways) < len(inputs):
            raise Ambiguous  # a custom autograd function that reads weights may be a layer
        if node.name().startswith("MulBackward") and len(ways) == 2:
            return self._of_product(*ways)
        # Additions and concatenations join paths: the longest one counts.
        return max(self._known(each) for each in ways) + _is_layer(node, len(ways))

    def _of_product(self, one: Node, other: Node) -> int:
        """Return the depth of the gated operand: the larger one.

        Feature maps of 1 x 1 are as large as their gate; then the gate is the operand computed from the other one.
        """
        sizes = _size(one), _size(other)
        if sizes[0] != sizes[1]:
            return self._known(one if sizes[0] > sizes[1] else other)
        first, second = sorted((one, other), key=self._known)
        if self._known(first) != self._known(second) and first not in nodes_up_to(second):
            raise Ambiguous
        return self._known(first)

    def _known(self, node: Node) -> int:
        found = self._depths[node]
        assert found is not None
        return found


def _is_layer(node: Node, images: int) -> bool:
    """Return whether a node is a layer: not a product of two activations, as in attention."""
    name = node.name()
    return name.startswith(WEIGHTED) and (images == 1 or name.startswith("Convolution"))


def _size(node: Node) -> int:
    """Return the number of elements of a node's output in the forward pass; before expansion, for a gate."""
    if node.name().startswith("ExpandBackward"):
        return min((_size(each) for each in inputs_of(node)), default=0)
    metadata = getattr(node, "_input_metadata", ())
    return max((int(torch.Size(each.shape).numel()) for each in metadata), default=0)
