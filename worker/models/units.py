"""Find the units of a network: the modules whose class it repeats, such as the blocks of a ResNet."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping

from torch import nn

from skiplab.contract.catalog import BlockNodeKind
from worker.models.recording import Operation, Recording

JOINS: Mapping[str, BlockNodeKind] = {
    "add": "add",
    "iadd": "add",
    "radd": "add",
    "sub": "add",
    "isub": "add",
    "rsub": "add",
    "mul": "multiply",
    "imul": "multiply",
    "rmul": "multiply",
    "multiply": "multiply",
    "cat": "concat",
    "concat": "concat",
    "concatenate": "concat",
    "hstack": "concat",
    "vstack": "concat",
    "stack": "concat",
}
"""Functions that combine tensors, by their names in torch without leading and trailing underscores."""


def units_of(recording: Recording) -> list[int]:
    """Return the calls of modules whose class is repeated and that have two or more layers; none is inside another."""
    layers = Counter(call for each in recording.operations if is_layer(each) for call in each.calls)
    # A chain of modules has no wiring to draw: nn.Sequential, and subclasses that inherit its `forward`.
    wired = [
        number
        for number, call in enumerate(recording.calls)
        if call.parent is not None and type(call.module).forward is not nn.Sequential.forward and layers[number] > 1
    ]
    times = Counter(type(recording.calls[number].module) for number in wired)
    candidates = {number for number in wired if times[type(recording.calls[number].module)] > 1}
    children: dict[int, list[int]] = {number: [] for number in range(len(recording.calls))}
    for number, call in enumerate(recording.calls):
        if call.parent is not None:
            children[call.parent].append(number)

    def nearest(call: int) -> Iterator[int]:
        for child in children[call]:
            if child in candidates:
                yield child
            else:
                yield from nearest(child)

    def resolved(call: int) -> Iterator[int]:
        """Descend through stages, which only hold units, but not into units."""
        inner = list(nearest(call))
        most = max(Counter(type(recording.calls[each].module) for each in inner).values(), default=0)
        # Three or more equal units inside are a stage of them, even if it adds its input to their output. Fewer are a
        # stage only if it combines nothing itself: otherwise they are parts of one block.
        is_stage = most > 2 or (len(inner) > 1 and not _joins_outside(recording, call, inner))
        if call in candidates and not is_stage:
            yield call
        else:
            for each in inner:
                yield from resolved(each)

    return list(resolved(0)) if recording.calls else []


def _joins_outside(recording: Recording, call: int, inner: Collection[int]) -> bool:
    """Return whether tensors are combined in a call, but outside of the `inner` ones."""
    return any(
        is_join(recording, number) and not set(recording.operations[number].calls) & set(inner)
        for number in operations_in(recording, call)
    )


def operations_in(recording: Recording, call: int) -> list[int]:
    """Return the operations of a call, including those of inner calls."""
    return [number for number, each in enumerate(recording.operations) if call in each.calls]


def is_layer(operation: Operation) -> bool:
    """Return whether an operation reads a weight, as convolutions and linear layers do."""
    return operation.weights is not None and join_of(operation) is None


def is_join(recording: Recording, number: int) -> bool:
    """Return whether an operation combines two or more results."""
    operation = recording.operations[number]
    return join_of(operation) is not None and len(operation.inputs) > 1


def join_of(operation: Operation) -> BlockNodeKind | None:
    """Return how an operation combines tensors; None if it does not."""
    return None if operation.module is not None else JOINS.get(operation.function.strip("_"))
