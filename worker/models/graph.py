"""Traverse the autograd graph of a forward pass, from its outputs."""

from torch.autograd.graph import Node


def nodes_up_to(end: Node | None) -> dict[Node, None]:
    """Return all nodes up to `end` in topological order, inputs first; none if `end` is None.

    Iterative, since deep networks exceed Python's recursion limit.
    """
    found: dict[Node, None] = {}
    waiting = [] if end is None else [end]
    while waiting:
        node = waiting[-1]
        unknown = [each for each in inputs_of(node) if each not in found]
        if unknown and node not in found:
            waiting.extend(unknown)
        else:
            waiting.pop()
            found.setdefault(node)
    return found


def inputs_of(node: Node) -> list[Node]:
    """Return the nodes that a node is computed from."""
    return [function for function, _ in node.next_functions if function is not None]
