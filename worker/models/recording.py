"""Record the operations of one forward pass, and which tensors each of them reads.

Module hooks alone miss what `forward` does between modules, such as the addition of a residual connection; a symbolic
trace (`torch.fx`) fails on code that depends on data. So the network is called on real tensors, and a
`TorchFunctionMode` follows them through every function of torch.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy
from torch.overrides import TorchFunctionMode

log = logging.getLogger(__name__)

MOST_OPERATIONS = 5_000
"""Beyond these the recording ends: a network unrolled over time would fill the memory."""

FACTORIES = frozenset(
    {
        Tensor.new_empty,
        Tensor.new_full,
        Tensor.new_ones,
        Tensor.new_tensor,
        Tensor.new_zeros,
        torch.empty_like,
        torch.full_like,
        torch.ones_like,
        torch.rand_like,
        torch.randint_like,
        torch.randn_like,
        torch.zeros_like,
    }
)
"""These take a tensor's shape and device, and none of its values."""

LIKE_ANOTHER = frozenset({Tensor.expand_as, Tensor.reshape_as, Tensor.type_as, Tensor.view_as})
"""Of the second tensor these take the shape or type alone."""

LEAVING = {
    Tensor.numpy: "NumPy",
    Tensor.__array__: "NumPy",
    Tensor.tolist: "a Python list",
    Tensor.item: "a Python number",
    Tensor.__float__: "a Python number",
    Tensor.__int__: "a Python number",
    Tensor.__index__: "a Python number",
    Tensor.__dlpack__: "another library",
}
"""What gives a tensor's values to something that is not followed. A truth value only decides which way is taken."""


@dataclass
class Call:
    """One call of a module."""

    name: str  # path in the module tree; "" is the network itself
    module: nn.Module
    parent: int | None
    has_inner_calls: bool = False


@dataclass
class Operation:
    """A function of torch, or a module with parameters and no modules of its own, and the operations it reads from."""

    function: str  # its __name__; of a module, its class
    inputs: list[int]  # operations, in the order of the arguments; the images are operation 0
    calls: tuple[int, ...]  # the module calls that it stands in, outermost first
    shape: tuple[int, ...] = ()  # of its first output, with the batch
    weights: tuple[int, ...] | None = None  # shape of the first parameter of two dimensions or more that it reads
    module: nn.Module | None = None  # where it is a whole module


@dataclass
class Recording:
    """All that depends on the images. `gap` says why it is not complete; None: it is."""

    operations: list[Operation] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    output: int | None = None  # the operation that gives the logits
    gap: str | None = None


class Recorder:
    """Records one evaluation: `with recorder.following(model, images): logits = model(images)`."""

    def __init__(self) -> None:
        self.recording = Recording([Operation("images", [], ())])
        self._made_by: dict[
            int, int | None
        ] = {}  # id of a tensor to its operation; None: does not depend on the images
        self._kept: list[Tensor] = []  # so that no id is used twice
        self._aliases: dict[int, list[Tensor]] = {}  # storage to the tensors that lie in it
        self._open: list[int] = []
        self._opaque: list[tuple[nn.Module, dict[int, tuple[Tensor, int]]]] = []  # inside: one operation, not its parts

    @contextmanager
    def following(self, model: nn.Module, images: Tensor) -> Iterator[None]:
        names = {module: name for name, module in model.named_modules()}
        for tensor in (*model.parameters(), *model.buffers()):
            if not is_lazy(tensor):
                self._know(tensor, None)
        self._know(images, 0)
        self.recording.operations[0].shape = tuple(images.shape)
        hooks = []
        for module in model.modules():
            if isinstance(module, torch.jit.ScriptModule):
                self._miss(f"{_where(names[module])} is a TorchScript module, whose operations cannot be followed")
                continue
            hooks.append(module.register_forward_pre_hook(self._entering(names[module]), with_kwargs=True))
            hooks.append(module.register_forward_hook(self._leave, with_kwargs=True))
        try:
            with _Following(self):
                yield
        finally:
            for hook in hooks:
                hook.remove()

    def finish(self, outputs: Any, logits: Tensor) -> Recording:
        """`outputs`: what the network gave; `logits`: those among them, or a view. Frees the followed tensors."""
        known = logits if id(logits) in self._made_by else next(tensors_of(outputs), logits)
        self.recording.output = self._operation_of(known)
        if self.recording.output is None:
            self._miss("its output does not come from the images by operations that were recorded")
        self._made_by.clear()
        self._kept.clear()
        self._aliases.clear()
        return self.recording

    # -- Modules -----------------------------------------------------------------------------------------------------

    def _entering(self, name: str) -> Callable[..., None]:
        def enter(module: nn.Module, arguments: Any, keywords: Any) -> None:
            if self._opaque:
                self._opaque.append((module, {}))
                return
            if self._open:
                self.recording.calls[self._open[-1]].has_inner_calls = True
            parent = self._open[-1] if self._open else None
            self._open.append(len(self.recording.calls))
            self.recording.calls.append(Call(name, module, parent))
            if parent is not None and _is_layer(module):
                self._opaque.append((module, _versions((arguments, keywords))))

        return enter

    def _leave(self, module: nn.Module, arguments: Any, keywords: Any, output: Any) -> None:
        if len(self._opaque) > 1:
            self._opaque.pop()
            return
        if self._opaque:
            _, before = self._opaque.pop()
            weights = _first_weight(module.parameters())
            with self._guarded():
                self._note(type(module).__name__, (arguments, keywords), before, output, weights, module)
        self._open.pop()

    # -- Functions ---------------------------------------------------------------------------------------------------

    def called(self, function: Callable[..., Any], arguments: Any, call: Callable[[], Any]) -> Any:
        """Call a function of torch, and record what it read and made."""
        if self._opaque or self.recording.gap is not None:
            return call()
        if function in LIKE_ANOTHER:
            arguments = arguments[0][:1]
        before: dict[int, tuple[Tensor, int]] = {}
        with self._guarded():
            before = _versions(arguments)
        output = call()
        with self._guarded():
            self._record(function, arguments, before, output)
        return output

    def _record(
        self, function: Callable[..., Any], arguments: Any, before: dict[int, tuple[Tensor, int]], output: Any
    ) -> None:
        if function in LEAVING and any(self._operation_of(each) is not None for each in tensors_of(arguments)):
            self._miss(f"{self._place()} gives a tensor to {LEAVING[function]}, where it cannot be followed")
        elif function in FACTORIES:
            for each in tensors_of(output):
                self._know(each, None)
        else:
            parameters = (each for each in tensors_of(arguments) if isinstance(each, nn.Parameter))
            name = getattr(function, "__name__", type(function).__name__)
            self._note(name, arguments, before, output, _first_weight(parameters), None)

    def _note(
        self,
        name: str,
        arguments: Any,
        before: dict[int, tuple[Tensor, int]],
        output: Any,
        weights: tuple[int, ...] | None,
        module: nn.Module | None,
    ) -> None:
        """One call that read `arguments`; what it changed in place is output as well."""
        changed = [tensor for tensor, version in before.values() if _version(tensor) != version]
        read = list(tensors_of(arguments))
        outputs = [*tensors_of(output), *changed]
        if not outputs:
            return
        inputs = [made for each in read if (made := self._operation_of(each)) is not None]
        if module is None and len(outputs) == len(read) == 1 and outputs[0] is read[0] and not changed:
            return  # gave back what it was given
        if not inputs:
            for each in outputs:
                if id(each) not in self._made_by:
                    self._know(each, None)
            return
        if len(self.recording.operations) >= MOST_OPERATIONS:
            self._miss(f"it has more than {MOST_OPERATIONS:,} operations")
            return
        number = len(self.recording.operations)
        shape = tuple(outputs[0].shape)
        self.recording.operations.append(Operation(name, inputs, tuple(self._open), shape, weights, module))
        given = {id(each) for each in read}
        for each in outputs:
            if id(each) not in given or any(each is one for one in changed) or module is not None:
                self._know(each, number)
        for tensor in changed:
            for alias in self._aliases.get(_storage(tensor), ()):
                if _overlap(alias, tensor):
                    self._made_by[id(alias)] = number

    # -- Tensors -----------------------------------------------------------------------------------------------------

    def _know(self, tensor: Tensor, operation: int | None) -> None:
        if id(tensor) not in self._made_by:
            self._kept.append(tensor)
            self._aliases.setdefault(_storage(tensor), []).append(tensor)
        self._made_by[id(tensor)] = operation

    def _operation_of(self, tensor: Tensor) -> int | None:
        """What made it; a tensor with a history that was not recorded ends the recording."""
        if id(tensor) in self._made_by:
            return self._made_by[id(tensor)]
        if tensor.grad_fn is not None:
            self._miss(
                f"{self._place()} reads a tensor whose origin was not recorded (autograd has {tensor.grad_fn.name()})"
            )
        self._know(tensor, None)  # there before the evaluation: a constant
        return None

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """An unusual tensor costs the recording, and not the evaluation that it is made from."""
        try:
            yield
        except Exception as error:
            log.exception("could not record %s", self._place())
            self._miss(f"{self._place()} could not be recorded ({type(error).__name__}: {error})")

    def _miss(self, why: str) -> None:
        if self.recording.gap is None:
            self.recording.gap = why

    def _place(self) -> str:
        return _where(self.recording.calls[self._open[-1]].name if self._open else "")


class _Following(TorchFunctionMode):
    def __init__(self, recorder: Recorder) -> None:
        super().__init__()
        self._recorder = recorder

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        keywords = kwargs or {}
        return self._recorder.called(function, (args, keywords), lambda: function(*args, **keywords))


def tensors_of(value: Any) -> Iterator[Tensor]:
    """All tensors in nested tuples, lists and mappings; lazy parameters have neither shape nor storage yet."""
    if isinstance(value, Tensor):
        if not is_lazy(value):
            yield value
    elif isinstance(value, tuple | list):
        for each in value:
            yield from tensors_of(each)
    elif isinstance(value, dict):
        for each in value.values():
            yield from tensors_of(each)


def _is_layer(module: nn.Module) -> bool:
    """Has parameters of its own and no modules: what it does inside is one operation."""
    return next(module.children(), None) is None and next(module.parameters(), None) is not None


def _first_weight(parameters: Iterable[nn.Parameter]) -> tuple[int, ...] | None:
    """Shape of the first that has two dimensions or more: a matrix or a kernel, and no bias or norm."""
    return next((tuple(each.shape) for each in parameters if not is_lazy(each) and each.dim() > 1), None)


def _versions(arguments: Any) -> dict[int, tuple[Tensor, int]]:
    """What tells later which tensors were changed in place."""
    return {id(each): (each, _version(each)) for each in tensors_of(arguments)}


def _version(tensor: Tensor) -> int:
    return 0 if tensor.is_inference() else tensor._version


def _storage(tensor: Tensor) -> int:
    """0: it has none, as sparse ones."""
    try:
        return int(tensor.untyped_storage()._cdata)
    except (RuntimeError, NotImplementedError):
        return 0


def _overlap(one: Tensor, other: Tensor) -> bool:
    """Whether two tensors of one storage may share an element: the two halves of channels do not."""
    (begin, end), (other_begin, other_end) = _extent(one), _extent(other)
    return begin < other_end and other_begin < end


def _extent(tensor: Tensor) -> tuple[int, int]:
    begin = int(tensor.storage_offset())
    return begin, begin + 1 + sum(
        int((size - 1) * step) for size, step in zip(tensor.shape, tensor.stride(), strict=True)
    )


def _where(name: str) -> str:
    return name or "the network itself"
