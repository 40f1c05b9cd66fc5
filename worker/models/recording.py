"""The recording of one forward pass: its operations, and which results each of them reads."""

from dataclasses import dataclass, field

from torch import nn


@dataclass
class Call:
    """One call of a module."""

    name: str  # path in the module tree; "" is the network itself
    module: nn.Module
    parent: int | None  # index of the enclosing call
    has_inner_calls: bool = False


@dataclass
class Operation:
    """One call of a torch function, or of a module that has parameters but no submodules."""

    function: str  # `__name__` of the function, or class of the module
    inputs: list[int]  # indices of operations, in the order of the arguments; the images are operation 0
    calls: tuple[int, ...]  # indices of the enclosing module calls, outermost first
    shape: tuple[int, ...] = ()  # of the first output, including the batch
    weights: tuple[int, ...] | None = None  # shape of the first parameter with two or more dimensions that it reads
    module: nn.Module | None = None  # None for a function


@dataclass
class Recording:
    """All operations that depend on the images."""

    operations: list[Operation] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    output: int | None = None  # index of the operation that returns the logits
    gap: str | None = None  # why the recording is incomplete; None if it is complete
