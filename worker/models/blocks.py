"""Summarise the recording of a network as block diagrams: one for each repeated unit, and one for the whole network if
tensors are combined outside of its units."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from torch import nn

from skiplab.contract.catalog import Block, BlockNode, BlockNodeKind
from worker.models.recording import Operation, Recording
from worker.models.units import is_join, is_layer, join_of, operations_in, units_of

SPLITS = frozenset(
    {"chunk", "getitem", "narrow", "select", "split", "split_with_sizes", "tensor_split", "unbind", "unsafe_chunk"}
)

BROADCASTS = frozenset({"broadcast_to", "expand", "expand_as"})

MAX_NODES = 60
"""Limit for one diagram; a larger one would be illegible."""

MAX_EDGES = 120

MAX_BLOCKS = 32
"""Limit for one network; equal consecutive blocks count once."""

MAX_INPUTS = 2
"""Above this, a block has one input node for all the tensors that it reads, as the layers of a DenseNet do."""


def blocks_of(recording: Recording) -> tuple[list[Block] | None, str | None]:
    """Return the diagrams in order of evaluation, and a note on why some or all of them are omitted."""
    if recording.gap is not None:
        return None, f"No block diagram: {recording.gap}."
    units = units_of(recording)
    wholes = [operations_in(recording, call) for call in units]
    found = _repeated(_block(recording, call, inside) for call, inside in zip(units, wholes, strict=True))
    notes = []
    in_units = {each for inside in wholes for each in inside}
    if not units or any(is_join(recording, each) for each in range(len(recording.operations)) if each not in in_units):
        found.insert(0, _whole_network(recording, units, wholes))
    drawn = [block for block in found if _is_readable(block)]
    if too_large := len(found) - len(drawn):
        which = "the whole network's is" if too_large == 1 and not _is_readable(found[0]) else f"{too_large} are"
        notes.append(f"{which} left out, with more than {MAX_NODES} nodes or {MAX_EDGES} edges")
    if len(drawn) > MAX_BLOCKS:
        notes.append(f"the last {len(drawn) - MAX_BLOCKS} of {len(drawn)} different blocks are left out")
    note = f"Block diagrams: {'; '.join(notes)}." if notes else None
    return drawn[:MAX_BLOCKS] or None, note


def _is_readable(block: Block) -> bool:
    return len(block.nodes) <= MAX_NODES and sum(len(node.inputs) for node in block.nodes) <= MAX_EDGES


@dataclass(frozen=True)
class _Node:
    """A node before its inputs are resolved. `inputs`: operations, which may be part of other nodes."""

    node: BlockNode
    inputs: tuple[int, ...]


def _block(recording: Recording, call: int, inside: Sequence[int]) -> Block:
    """Return the diagram of one call."""
    stands_for: dict[int, int] = {}  # from an operation to the one whose node represents it
    nodes: dict[int, _Node] = {}
    for group in _groups(recording, inside):
        _add(recording, nodes, stands_for, group)
    return _diagram(recording, call, inside, nodes, stands_for)


def _whole_network(recording: Recording, units: Sequence[int], wholes: Sequence[Sequence[int]]) -> Block:
    """Return the diagram of the network, with each unit as one node."""
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
    return _diagram(recording, 0, inside, nodes, stands_for)


def _groups(recording: Recording, inside: Sequence[int]) -> Iterator[list[int]]:
    """Group the operations of each node: those of a module without inner calls, unless they combine tensors."""
    groups: dict[object, list[int]] = {}
    for number in inside:
        calls = recording.operations[number].calls
        inner = calls[-1] if calls else None
        is_leaf = inner is not None and inner > 0 and not recording.calls[inner].has_inner_calls
        groups.setdefault(("call", inner) if is_leaf else ("operation", number), []).append(number)
    for group in groups.values():
        # The addition in a module must stay a node of its own: it is what the diagram is for.
        if any(is_join(recording, number) for number in group):
            yield from ([number] for number in group)
        else:
            yield group


def _add(recording: Recording, nodes: dict[int, _Node], stands_for: dict[int, int], group: Sequence[int]) -> None:
    """Add the node of a group; a norm, an activation or a reshape is represented by the node that it reads."""
    last = group[-1]
    read = _read_by(recording, group)
    operation = recording.operations[last]
    weighted = next((recording.operations[each] for each in group if is_layer(recording.operations[each])), None)
    if weighted is None and len(read) == 1 and _passes_on(recording, operation, read[0]):
        stands_for.update(dict.fromkeys(group, read[0]))
        return
    stands_for.update(dict.fromkeys(group, last))
    nodes[last] = _Node(_node(recording, weighted or operation, operation.shape, alone=len(group) == 1), read)


def _passes_on(recording: Recording, operation: Operation, read: int) -> bool:
    """Return whether an operation keeps the number of elements, as norms, activations and reshapes do."""
    name = operation.function.strip("_")
    return name in BROADCASTS or prod(operation.shape) == prod(recording.operations[read].shape)


def _read_by(recording: Recording, group: Sequence[int]) -> tuple[int, ...]:
    """Return the operations outside a group that it reads, in order and without duplicates."""
    own = set(group)
    read = (each for number in group for each in recording.operations[number].inputs if each not in own)
    return tuple(dict.fromkeys(read))


def _node(recording: Recording, operation: Operation, shape: Sequence[int], *, alone: bool) -> BlockNode:
    call = recording.calls[operation.calls[-1]] if operation.calls else None
    inner = call if call is not None and call.parent is not None and not call.has_inner_calls else None
    name = operation.function.strip("_")
    join = join_of(operation) if len(set(operation.inputs)) > 1 or len(operation.inputs) > 1 else None
    kind: BlockNodeKind = join or (
        "layer" if is_layer(operation) else "split" if name in SPLITS and alone else "operation"
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
    """Return a module's `kernel_size` or `stride` in each spatial dimension; None without one."""
    value: Any = getattr(module, name, None)
    if isinstance(value, int) and not isinstance(value, bool):
        value = (value,) * max(1, len(operation.shape) - 2)
    if isinstance(value, tuple) and value and all(isinstance(each, int) for each in value):
        return list(value)
    return None


def _diagram(
    recording: Recording, call: int, inside: Iterable[int], nodes: Mapping[int, _Node], stands_for: Mapping[int, int]
) -> Block:
    own = set(inside)

    def source(number: int) -> int:
        """Return the operation whose node represents this one; an operation outside of the block as it is."""
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
        index[number] = place if len(outside) <= MAX_INPUTS else 0
    for number in outside if len(outside) <= MAX_INPUTS else outside[-1:]:
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
    """Return the operations of a block whose results are read outside of it, or are the logits."""
    read = {each for number, one in enumerate(recording.operations) if number not in own for each in one.inputs}
    return sorted(number for number in own if number in read or number == recording.output)


def _reaching(nodes: Mapping[int, _Node], ends: Iterable[int], source: Any) -> set[int]:
    """Return the nodes that the outputs depend on; unused results are not drawn."""
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
    """Merge equal consecutive blocks, counting them in `repeats`."""
    found: list[Block] = []
    for block in blocks:
        if found and _signature(found[-1]) == _signature(block):
            found[-1] = found[-1].model_copy(update={"repeats": found[-1].repeats + 1})
        else:
            found.append(block)
    return found


def _signature(block: Block) -> list[tuple[Any, ...]]:
    """Return what equal blocks share: wiring and layers. The other channels may differ, as they do in a DenseNet."""
    return [
        (node.kind, node.type, node.inputs, node.kernel, node.stride, node.shape[:1] if node.kind == "layer" else None)
        for node in block.nodes
    ]
