"""Track which operation produced each tensor, also through views and in-place changes."""

from collections.abc import Iterator
from typing import Any

from torch import Tensor
from torch.nn.parameter import is_lazy

Versions = dict[int, tuple[Tensor, int]]
"""Tensor and version counter by id(), taken before a call to find what it changes in place."""


class TensorOrigins:
    """Maps tensors to the operations that produced them; None for tensors that do not depend on the images."""

    def __init__(self) -> None:
        self._producers: dict[int, int | None] = {}  # by id() of the tensor
        self._kept: list[Tensor] = []  # references, so that no id() is reused
        self._aliases: dict[int, list[Tensor]] = {}  # tensors by storage

    def __contains__(self, tensor: Tensor) -> bool:
        return id(tensor) in self._producers

    def __getitem__(self, tensor: Tensor) -> int | None:
        return self._producers[id(tensor)]

    def __setitem__(self, tensor: Tensor, operation: int | None) -> None:
        if id(tensor) not in self._producers:
            self._kept.append(tensor)
            self._aliases.setdefault(_storage(tensor), []).append(tensor)
        self._producers[id(tensor)] = operation

    def overwrite(self, changed: Tensor, operation: int) -> None:
        """Attribute a tensor that was changed in place, and all views that overlap it, to an operation."""
        for alias in self._aliases.get(_storage(changed), ()):
            if _overlap(alias, changed):
                self._producers[id(alias)] = operation

    def clear(self) -> None:
        """Free the tensors."""
        self._producers.clear()
        self._kept.clear()
        self._aliases.clear()


def tensors_of(value: Any) -> Iterator[Tensor]:
    """Yield all tensors in nested tuples, lists and dicts, except lazy parameters, which have no shape or storage."""
    if isinstance(value, Tensor):
        if not is_lazy(value):
            yield value
    elif isinstance(value, tuple | list):
        for each in value:
            yield from tensors_of(each)
    elif isinstance(value, dict):
        for each in value.values():
            yield from tensors_of(each)


def versions(arguments: Any) -> Versions:
    """Return the version counters of all tensors among the arguments of a call."""
    return {id(each): (each, _version(each)) for each in tensors_of(arguments)}


def changed_since(before: Versions) -> list[Tensor]:
    """Return the tensors that were changed in place since `before` was taken."""
    return [tensor for tensor, version in before.values() if _version(tensor) != version]


def _version(tensor: Tensor) -> int:
    # Inference tensors have no version counter; reading it raises.
    return 0 if tensor.is_inference() else tensor._version


def _storage(tensor: Tensor) -> int:
    """Return an identifier of the storage; 0 for tensors without one, such as sparse ones."""
    try:
        # The object's address: `data_ptr()` is 0 for every tensor on the meta device.
        return int(tensor.untyped_storage()._cdata)
    except (RuntimeError, NotImplementedError):
        return 0


def _overlap(one: Tensor, other: Tensor) -> bool:
    """Return whether two tensors of one storage may share an element, from the ranges that they span.

    Telling `chunk`s of the channels apart is enough: networks change one half in place and then read the other.
    """
    (begin, end), (other_begin, other_end) = _extent(one), _extent(other)
    return begin < other_end and other_begin < end


def _extent(tensor: Tensor) -> tuple[int, int]:
    """Return the first element in the storage, and one past the last."""
    begin = int(tensor.storage_offset())
    return begin, begin + 1 + sum(
        int((size - 1) * step) for size, step in zip(tensor.shape, tensor.stride(), strict=True)
    )
