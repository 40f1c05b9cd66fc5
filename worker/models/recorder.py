"""Record the operations of one forward pass, and which tensors each of them reads.

Module hooks alone miss what `forward` does between modules, such as adding a residual connection; a symbolic trace
(`torch.fx`) fails on code that depends on data. So the network is called on real tensors, and a `TorchFunctionMode`
sees every call of a torch function.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy
from torch.overrides import TorchFunctionMode

from worker.models.recording import Call, Operation, Recording
from worker.models.tensor_origins import TensorOrigins, Versions, changed_since, tensors_of, versions

log = logging.getLogger(__name__)

MAX_OPERATIONS = 5_000
"""Limit after which the recording ends: a network unrolled over time would exhaust the memory."""

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
"""Functions that read only the shape, dtype and device of their argument."""

SHAPED_LIKE = frozenset({Tensor.expand_as, Tensor.reshape_as, Tensor.type_as, Tensor.view_as})
"""Functions that read only the shape or dtype of their second argument."""

EXPORTS = {
    Tensor.numpy: "NumPy",
    Tensor.__array__: "NumPy",
    Tensor.tolist: "a Python list",
    Tensor.item: "a Python number",
    Tensor.__float__: "a Python number",
    Tensor.__int__: "a Python number",
    Tensor.__index__: "a Python number",
    Tensor.__dlpack__: "another library",
}
"""Functions whose results are no tensors, so that what is computed from them cannot be followed.

`__bool__` is not among them: a truth value only decides which branch is taken.
"""


class Recorder:
    """Records one forward pass: `with recorder.recording_of(model, images): outputs = model(images)`."""

    def __init__(self) -> None:
        self._recording = Recording([Operation("images", [], ())])
        self._origins = TensorOrigins()
        self._open: list[int] = []  # calls in progress, outermost first
        # A layer in progress with its arguments' versions, and the modules it calls: one operation, whatever it does.
        self._opaque: list[tuple[nn.Module, Versions]] = []

    @contextmanager
    def recording_of(self, model: nn.Module, images: Tensor) -> Iterator[None]:
        """Record inside the context. `images`: the batch (N, C, H, W) that the network is called with."""
        names = {module: name for name, module in model.named_modules()}
        for tensor in (*model.parameters(), *model.buffers()):
            if not is_lazy(tensor):
                self._origins[tensor] = None
        self._origins[images] = 0
        self._recording.operations[0].shape = tuple(images.shape)
        hooks = []
        for module in model.modules():
            if isinstance(module, torch.jit.ScriptModule):
                self._stop(f"{_where(names[module])} is a TorchScript module, whose operations cannot be followed")
                continue
            hooks.append(module.register_forward_pre_hook(self._entering(names[module]), with_kwargs=True))
            hooks.append(module.register_forward_hook(self._leave, with_kwargs=True))
        try:
            with _FunctionMode(self):
                yield
        finally:
            for hook in hooks:
                hook.remove()

    def finish(self, outputs: Any, logits: Tensor) -> Recording:
        """Return the recording and free the tensors. `outputs`: of the network; `logits`: among them, or a view."""
        known = logits if logits in self._origins else next(tensors_of(outputs), logits)
        self._recording.output = self._operation_of(known)
        if self._recording.output is None:
            self._stop("its output does not come from the images by operations that were recorded")
        self._origins.clear()
        return self._recording

    # -- Modules -----------------------------------------------------------------------------------------------------

    def _entering(self, name: str) -> Callable[..., None]:
        def enter(module: nn.Module, arguments: Any, keywords: Any) -> None:
            if self._opaque:
                self._opaque.append((module, {}))
                return
            if self._open:
                self._recording.calls[self._open[-1]].has_inner_calls = True
            parent = self._open[-1] if self._open else None
            self._open.append(len(self._recording.calls))
            self._recording.calls.append(Call(name, module, parent))
            if parent is not None and _is_layer(module):
                self._opaque.append((module, versions((arguments, keywords))))

        return enter

    def _leave(self, module: nn.Module, arguments: Any, keywords: Any, output: Any) -> None:
        if len(self._opaque) > 1:
            # Called by a layer, which is recorded as one operation when it returns itself.
            self._opaque.pop()
            return
        if self._opaque:
            _, before = self._opaque.pop()
            weights = _first_weight(module.parameters())
            with self._guarded():
                self._add(type(module).__name__, (arguments, keywords), before, output, weights, module)
        self._open.pop()

    # -- Functions ---------------------------------------------------------------------------------------------------

    def call(self, function: Callable[..., Any], arguments: Any, perform: Callable[[], Any]) -> Any:
        """Call a torch function with `perform`, and record what it read and returned."""
        if self._opaque or self._recording.gap is not None:
            return perform()
        if function in SHAPED_LIKE:
            # Otherwise `x.view_as(y)` would be an edge from y to the result, which has none of its values.
            arguments = arguments[0][:1]
        before: Versions = {}
        with self._guarded():
            before = versions(arguments)
        output = perform()
        with self._guarded():
            self._record(function, arguments, before, output)
        return output

    def _record(self, function: Callable[..., Any], arguments: Any, before: Versions, output: Any) -> None:
        if function in EXPORTS and any(self._operation_of(each) is not None for each in tensors_of(arguments)):
            self._stop(f"{self._place()} gives a tensor to {EXPORTS[function]}, where it cannot be followed")
        elif function in FACTORIES:
            for each in tensors_of(output):
                self._origins[each] = None
        else:
            # `functional.linear(x, weight)` is a layer too: it is known by the parameter among its arguments.
            parameters = (each for each in tensors_of(arguments) if isinstance(each, nn.Parameter))
            name = getattr(function, "__name__", type(function).__name__)
            self._add(name, arguments, before, output, _first_weight(parameters), None)

    def _add(
        self,
        name: str,
        arguments: Any,
        before: Versions,
        output: Any,
        weights: tuple[int, ...] | None,
        module: nn.Module | None,
    ) -> None:
        """Add the operation of one call; arguments that it changed in place count as outputs."""
        changed = changed_since(before)
        read = list(tensors_of(arguments))
        outputs = [*tensors_of(output), *changed]
        if not outputs:
            return
        inputs = [index for each in read if (index := self._operation_of(each)) is not None]
        if module is None and len(outputs) == len(read) == 1 and outputs[0] is read[0] and not changed:
            return  # returned its argument, such as `contiguous()` of a contiguous tensor
        if not inputs:
            for each in outputs:
                if each not in self._origins:
                    self._origins[each] = None
            return
        if len(self._recording.operations) >= MAX_OPERATIONS:
            self._stop(f"it has more than {MAX_OPERATIONS:,} operations")
            return
        index = len(self._recording.operations)
        shape = tuple(outputs[0].shape)
        self._recording.operations.append(Operation(name, inputs, tuple(self._open), shape, weights, module))
        given = {id(each) for each in read}
        for each in outputs:
            # A function that returns an argument untouched among other outputs has not produced it.
            if id(each) not in given or any(each is one for one in changed) or module is not None:
                self._origins[each] = index
        for tensor in changed:
            self._origins.overwrite(tensor, index)

    def _operation_of(self, tensor: Tensor) -> int | None:
        """Return the operation that produced a tensor; one with an unrecorded history ends the recording."""
        if tensor in self._origins:
            return self._origins[tensor]
        if tensor.grad_fn is not None:
            self._stop(
                f"{self._place()} reads a tensor whose origin was not recorded (autograd has {tensor.grad_fn.name()})"
            )
        self._origins[tensor] = None  # older than the forward pass: a constant
        return None

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """End the recording on an error, which must not end the forward pass: a card needs its other numbers."""
        try:
            yield
        except Exception as error:  # tensor subclasses and foreign modules may raise anything here
            log.exception("could not record %s", self._place())
            self._stop(f"{self._place()} could not be recorded ({type(error).__name__}: {error})")

    def _stop(self, why: str) -> None:
        if self._recording.gap is None:
            self._recording.gap = why

    def _place(self) -> str:
        return _where(self._recording.calls[self._open[-1]].name if self._open else "")


class _FunctionMode(TorchFunctionMode):
    def __init__(self, recorder: Recorder) -> None:
        super().__init__()
        self._recorder = recorder

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        keywords = kwargs or {}
        return self._recorder.call(function, (args, keywords), lambda: function(*args, **keywords))


def _is_layer(module: nn.Module) -> bool:
    """Return whether a module has parameters but no submodules; its whole call is then one operation."""
    return next(module.children(), None) is None and next(module.parameters(), None) is not None


def _first_weight(parameters: Iterable[nn.Parameter]) -> tuple[int, ...] | None:
    """Return the shape of the first parameter with two or more dimensions: a weight, and no bias or norm."""
    return next((tuple(each.shape) for each in parameters if not is_lazy(each) and each.dim() > 1), None)


def _where(name: str) -> str:
    return name or "the network itself"
