"""Summarise the recording of a network into block diagrams: each unit that it repeats, and the whole network where
there is wiring outside of its units."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from torch import nn

from skiplab.contract.catalog import Block, BlockNode, BlockNodeKind
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
"""torch's names, without underscores before and after."""

SPLITS = frozenset(
    {"chunk", "getitem", "narrow", "select", "split", "split_with_sizes", "tensor_split", "unbind", "unsafe_chunk"}
)

BROADCASTS = frozenset({"broadcast_to", "expand", "expand_as"})

MOST_NODES = 60
"""Of one diagram: a larger one cannot be read."""

MOST_EDGES = 120

MOST_BLOCKS = 32
"""Of one network, alike ones in a row counted once."""

MOST_INPUTS = 2
"""A block that reads more tensors from outside, as a DenseNet's layers do, has one input that stands for all."""


def blocks_of(recording: Recording) -> tuple[list[Block] | None, str | None]:
    """The diagrams in the order of evaluation, and why some or all of them are left out."""
    if recording.gap is not None:
        return None, f"No block diagram: {recording.gap}."
    units = _units(recording)
    wholes = [_of_call(recording, call) for call in units]
    found = _repeated(_block(recording, call, inside) for call, inside in zip(units, wholes, strict=True))
    notes = []
    in_units = {each for inside in wholes for each in inside}
    if not units or any(_is_join(recording, each) for each in range(len(recording.operations)) if each not in in_units):
        found.insert(0, _whole_network(recording, units, wholes))
    drawn = [block for block in found if _is_readable(block)]
    if too_large := len(found) - len(drawn):
        which = "the whole network's is" if too_large == 1 and not _is_readable(found[0]) else f"{too_large} are"
        notes.append(f"{which} left out, with more than {MOST_NODES} nodes or {MOST_EDGES} edges")
    if len(drawn) > MOST_BLOCKS:
        notes.append(f"the last {len(drawn) - MOST_BLOCKS} of {len(drawn)} different blocks are left out")
    note = f"Block diagrams: {'; '.join(notes)}." if notes else None
    return drawn[:MOST_BLOCKS] or None, note


def _is_readable(block: Block) -> bool:
    return len(block.nodes) <= MOST_NODES and sum(len(node.inputs) for node in block.nodes) <= MOST_EDGES


# -- Which modules are units ------------------------------------------------------------------------------------------


def _units(recording: Recording) -> list[int]:
    """Calls of modules whose class the network repeats, with two layers or more in each; none within another."""
    layers = Counter(call for each in recording.operations if _is_layer(each) for call in each.calls)
    # A module of another's chain is no unit of its own: nn.Sequential, and what adds nothing to its `forward`.
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
        inner = list(nearest(call))
        most = max(Counter(type(recording.calls[each].module) for each in inner).values(), default=0)
        is_stage = most > 2 or (len(inner) > 1 and not _joins_outside(recording, call, inner))
        if call in candidates and not is_stage:
            yield call
        else:
            for each in inner:
                yield from resolved(each)

    return list(resolved(0)) if recording.calls else []


def _joins_outside(recording: Recording, call: int, inner: Collection[int]) -> bool:
    """Whether tensors are joined in a call, but in none of the `inner` ones."""
    return any(
        _is_join(recording, number) and not set(recording.operations[number].calls) & set(inner)
        for number in _of_call(recording, call)
    )


def _of_call(recording: Recording, call: int) -> list[int]:
    return [number for number, each in enumerate(recording.operations) if call in each.calls]


def _is_layer(operation: Operation) -> bool:
    return operation.weights is not None and _join(operation) is None


def _is_join(recording: Recording, number: int) -> bool:
    operation = recording.operations[number]
    return _join(operation) is not None and len(operation.inputs) > 1


def _join(operation: Operation) -> BlockNodeKind | None:
    return None if operation.module is not None else JOINS.get(operation.function.strip("_"))


# -- From operations to nodes -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Node:
    """`inputs`: operations, also such that are no nodes of their own."""

    node: BlockNode
    inputs: tuple[int, ...]


def _block(recording: Recording, call: int, inside: Sequence[int]) -> Block:
    """Of the operations of one call."""
    stands_for: dict[int, int] = {}  # an operation to the one whose node it is part of
    nodes: dict[int, _Node] = {}
    for group in _groups(recording, inside):
        _add(recording, nodes, stands_for, group)
    return _drawn(recording, call, inside, nodes, stands_for)


def _whole_network(recording: Recording, units: Sequence[int], wholes: Sequence[Sequence[int]]) -> Block:
    """With each unit as one node."""
    stands_for: dict[int, int] = {}
    nodes: dict[int, _Node] = {}
    unit_of = {operation: place for place, inside in enumerate(wholes) for operation in inside}
    inside = range(1, len(recording.operations))
    done: set[int] = set()
    for group in _groups(recording, inside):
        place = unit_of.get(group[0])
        if place is None:
            _add(recording, nodes, stands_for, group)
        elif place not in done:
            done.add(place)
            call = recording.calls[units[place]]
            unit = wholes[place]
            shape = recording.operations[unit[-1]].shape
            node = BlockNode(kind="block", type=type(call.module).__name__, name=call.name, shape=list(shape[1:]))
            stands_for.update(dict.fromkeys(unit, unit[-1]))
            nodes[unit[-1]] = _Node(node, _read_by(recording, unit))
    return _drawn(recording, 0, inside, nodes, stands_for)


def _groups(recording: Recording, inside: Sequence[int]) -> Iterator[list[int]]:
    """Operations that are one node: those of a module that calls no other, where they join nothing."""
    groups: dict[object, list[int]] = {}
    for number in inside:
        calls = recording.operations[number].calls
        inner = calls[-1] if calls else None
        is_leaf = inner is not None and inner > 0 and not recording.calls[inner].has_inner_calls
        groups.setdefault(("call", inner) if is_leaf else ("operation", number), []).append(number)
    for group in groups.values():
        if any(_is_join(recording, number) for number in group):
            yield from ([number] for number in group)
        else:
            yield group


def _add(recording: Recording, nodes: dict[int, _Node], stands_for: dict[int, int], group: Sequence[int]) -> None:
    last = group[-1]
    read = _read_by(recording, group)
    operation = recording.operations[last]
    weighted = next((recording.operations[each] for each in group if _is_layer(recording.operations[each])), None)
    if weighted is None and len(read) == 1 and _passes_on(recording, operation, read[0]):
        stands_for.update(dict.fromkeys(group, read[0]))
        return
    stands_for.update(dict.fromkeys(group, last))
    nodes[last] = _Node(_node(recording, weighted or operation, operation.shape, alone=len(group) == 1), read)


def _passes_on(recording: Recording, operation: Operation, read: int) -> bool:
    """Whether it is a norm, an activation or another shape: as many elements as it was given."""
    name = operation.function.strip("_")
    return name in BROADCASTS or prod(operation.shape) == prod(recording.operations[read].shape)


def _read_by(recording: Recording, group: Sequence[int]) -> tuple[int, ...]:
    """What a group reads from outside of it, each once and in order."""
    own = set(group)
    read = (each for number in group for each in recording.operations[number].inputs if each not in own)
    return tuple(dict.fromkeys(read))


def _node(recording: Recording, operation: Operation, shape: Sequence[int], *, alone: bool) -> BlockNode:
    call = recording.calls[operation.calls[-1]] if operation.calls else None
    inner = call if call is not None and call.parent is not None and not call.has_inner_calls else None
    name = operation.function.strip("_")
    join = _join(operation) if len(set(operation.inputs)) > 1 or len(operation.inputs) > 1 else None
    kind: BlockNodeKind = join or (
        "layer" if _is_layer(operation) else "split" if name in SPLITS and alone else "operation"
    )
    module = operation.module or (inner.module if inner is not None and kind != "split" else None)
    return BlockNode(
        kind=kind,
        type=type(module).__name__ if module is not None and join is None else name,
        name=call.name if call is not None else "",
        shape=list(shape[1:]),
        kernel=_sizes(module, "kernel_size", operation),
        stride=_sizes(module, "stride", operation),
        groups=groups if isinstance(groups := getattr(module, "groups", None), int) else None,
    )


def _sizes(module: nn.Module | None, name: str, operation: Operation) -> list[int] | None:
    """A module's `kernel_size` or `stride` in each dimension of the images."""
    value: Any = getattr(module, name, None)
    if isinstance(value, int) and not isinstance(value, bool):
        value = (value,) * max(1, len(operation.shape) - 2)
    if isinstance(value, tuple) and value and all(isinstance(each, int) for each in value):
        return list(value)
    return None


def _drawn(
    recording: Recording, call: int, inside: Iterable[int], nodes: Mapping[int, _Node], stands_for: Mapping[int, int]
) -> Block:
    own = set(inside)

    def source(number: int) -> int:
        """The operation whose node gives what this one gives; one of outside, where there is none."""
        while number in own and stands_for.get(number, number) != number:
            number = stands_for[number]
        return number

    ends = dict.fromkeys(source(each) for each in _read_outside(recording, own))
    reached = _reaching(nodes, ends, source)
    outside = list(
        dict.fromkeys(each for number in reached for each in map(source, nodes[number].inputs) if each not in own)
    )
    outside += [each for each in ends if each not in own and each not in outside]
    drawn: list[BlockNode] = []
    index: dict[int, int] = {}
    for place, number in enumerate(outside):
        index[number] = place if len(outside) <= MOST_INPUTS else 0
    for number in outside if len(outside) <= MOST_INPUTS else outside[-1:]:
        drawn.append(BlockNode(kind="input", shape=list(recording.operations[number].shape[1:])))
    for number in sorted(reached):
        inputs = dict.fromkeys(index[each] for each in map(source, nodes[number].inputs))
        index[number] = len(drawn)
        drawn.append(nodes[number].node.model_copy(update={"inputs": list(inputs)}))
    shape = recording.operations[max(ends, default=0)].shape[1:]
    drawn.append(BlockNode(kind="output", shape=list(shape), inputs=list(dict.fromkeys(index[each] for each in ends))))
    module = recording.calls[call].module
    return Block(name=recording.calls[call].name, type=type(module).__name__, nodes=drawn)


def _read_outside(recording: Recording, own: set[int]) -> list[int]:
    """Operations of a block whose results are read by others, or are the logits."""
    read = {each for number, one in enumerate(recording.operations) if number not in own for each in one.inputs}
    return sorted(number for number in own if number in read or number == recording.output)


def _reaching(nodes: Mapping[int, _Node], ends: Iterable[int], source: Any) -> set[int]:
    """The nodes that some output depends on."""
    reached: set[int] = set()
    waiting = [each for each in ends if each in nodes]
    while waiting:
        number = waiting.pop()
        if number not in reached:
            reached.add(number)
            waiting += [each for each in map(source, nodes[number].inputs) if each in nodes]
    return reached


# -- Repetition -------------------------------------------------------------------------------------------------------


def _repeated(blocks: Iterable[Block]) -> list[Block]:
    """Alike ones in a row once, with how many there are."""
    found: list[Block] = []
    for block in blocks:
        if found and _signature(found[-1]) == _signature(block):
            found[-1] = found[-1].model_copy(update={"repeats": found[-1].repeats + 1})
        else:
            found.append(block)
    return found


def _signature(block: Block) -> list[tuple[Any, ...]]:
    """Wiring and layers; channels that only pass through, as in a DenseNet, may differ."""
    return [
        (node.kind, node.type, node.inputs, node.kernel, node.stride, node.shape[:1] if node.kind == "layer" else None)
        for node in block.nodes
    ]
