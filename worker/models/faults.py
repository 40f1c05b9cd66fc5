"""Classify errors of user code: transient ones, such as a failed download or lack of memory, and all others."""

from collections.abc import Iterator
from http.client import HTTPException

import torch

USER_CODE_ERRORS = (Exception, SystemExit)
"""All that user code may raise; SystemExit, since scripts call `sys.exit()`."""

TRANSIENT = (OSError, ImportError, HTTPException, MemoryError, torch.OutOfMemoryError)
"""Errors of missing files or packages, connections, and memory that other processes use."""

HTTP_CLIENTS = ("httpx", "httpcore", "urllib3", "requests", "aiohttp", "huggingface_hub")
"""Packages with errors of their own for failed downloads."""

DEVICE_ERRORS = (
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
"""Texts of errors of a device: torch raises a plain RuntimeError for them."""

KERNEL_ERRORS = ("device-side assert", "illegal memory access", "misaligned address")
"""Texts of CUDA errors that the network's own code causes, such as a label out of range."""


def is_lack_of_memory(error: BaseException) -> bool:
    """Return whether memory was exhausted; for main memory torch raises a RuntimeError, known by its text."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or "DefaultCPUAllocator" in str(error)


def is_transient(error: BaseException) -> bool:
    """Return whether the same code may succeed later or on another machine."""
    return any(_is_transient_itself(each) for each in _with_causes(error))


def _is_transient_itself(error: BaseException) -> bool:
    if isinstance(error, TRANSIENT) or type(error).__module__.partition(".")[0] in HTTP_CLIENTS:
        return True
    text = str(error)
    return isinstance(error, RuntimeError) and any(
        sign in text and not any(own in text for own in KERNEL_ERRORS) for sign in DEVICE_ERRORS
    )


def _with_causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and its causes, as a traceback shows them."""
    seen: set[int] = set()  # user code may link errors in a cycle
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        yield following
        following = following.__cause__ or (None if following.__suppress_context__ else following.__context__)
