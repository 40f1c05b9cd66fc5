"""Classify errors: those of a network's code, and those of the machine, such as lack of memory."""

from collections.abc import Iterator
from http.client import HTTPException

import torch

USER_CODE_ERRORS = (Exception, SystemExit)
"""What a network's code may throw."""

ELSEWHERE = (OSError, ImportError, HTTPException, MemoryError, torch.OutOfMemoryError)
"""A file that is not there yet, a network that is down, a package that is not installed, memory that others have."""

OF_CLIENTS = ("httpx", "httpcore", "urllib3", "requests", "aiohttp", "huggingface_hub")
"""Packages that fetch: not all of their errors are of Python's kinds."""

OF_DEVICES = (
    "CUDA error",
    "CUDA driver",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUBLAS_STATUS_NOT_INITIALIZED",
    "CUDNN_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_NOT_INITIALIZED",
    "CUDNN_STATUS_INTERNAL_ERROR",
    "CUDA out of memory",
    "DefaultCPUAllocator",
    "NCCL error",
)
"""In the text of a RuntimeError, which is all that torch says."""

OF_CODE = ("device-side assert", "illegal memory access", "misaligned address")
"""CUDA errors that a network causes itself."""


def is_lack_of_memory(error: BaseException) -> bool:
    """Of the main memory torch says so by a plain RuntimeError, which only its text tells from others."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or "DefaultCPUAllocator" in str(error)


def is_transient(error: BaseException) -> bool:
    """Whether the same network may do without it later, or elsewhere."""
    return any(_is_elsewhere(each) for each in _with_causes(error))


def _is_elsewhere(error: BaseException) -> bool:
    if isinstance(error, ELSEWHERE) or type(error).__module__.partition(".")[0] in OF_CLIENTS:
        return True
    text = str(error)
    return isinstance(error, RuntimeError) and any(
        sign in text and not any(own in text for own in OF_CODE) for sign in OF_DEVICES
    )


def _with_causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        yield following
        following = following.__cause__ or (None if following.__suppress_context__ else following.__context__)
