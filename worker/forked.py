"""Run a function in a forked process, so that its changes to modules, generators and caches have no effect here."""

import os
import pickle
import select
import signal
import struct
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar, cast

import torch

from worker.parent_death import die_with_parent
from worker.watchdog import kill_family

Result = TypeVar("Result")

LENGTH = struct.Struct("!Q")
"""Length prefix of the result: end of file does not mark its end, as a grandchild may keep the pipe open."""

TIMEOUT_SECONDS = 120.0


class ForkFailed(Exception):
    """Raised when the process returns no result; the message has the reason, and ends with any traceback."""


def forked(function: Callable[[], Result], *, timeout: float = TIMEOUT_SECONDS) -> Result:
    """Call `function` in a forked process with a single thread; return its result, which must be picklable.

    CUDA does not survive a fork: once it is initialised, the function runs in this process. So it does on macOS, whose
    libraries may hang or crash in a forked process. Raises ForkFailed when the function raises, its process dies, or it
    takes more than `timeout` seconds.
    """
    initialised = torch.cuda.is_initialized()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    if initialised or sys.platform == "darwin":
        return function()
    reading, writing = os.pipe()
    parent, child = os.getpid(), os.fork()
    if not child:
        _serve(function, writing, parent)
    os.close(writing)
    try:
        answer = _answer(reading, time.monotonic() + timeout)
    finally:
        os.close(reading)
        kill_family(child)
        _, status = os.waitpid(child, 0)
    if answer is None:
        raise ForkFailed(f"timed out after {timeout:g} s")
    if not answer:
        raise ForkFailed(_death(os.waitstatus_to_exitcode(status)))
    is_result, content = pickle.loads(answer)  # written by our own process
    if not is_result:
        raise ForkFailed(content)
    return cast(Result, content)


def _serve(function: Callable[[], object], writing: int, parent: int) -> None:
    """Run the function in the forked process and exit it, so that no code of the caller runs twice."""
    try:
        die_with_parent(parent)
        # Signals must end this process instead of running the caller's handlers.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        # Other threads are not forked: a thread pool that waits for them would deadlock.
        torch.set_num_threads(1)
        try:
            answer = pickle.dumps((True, function()))
        except BaseException as error:  # noqa: BLE001  # the process's edge
            answer = pickle.dumps((False, "".join(traceback.format_exception(error)).strip()))
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(LENGTH.pack(len(answer)) + answer)
    finally:
        os._exit(0)


def _answer(reading: int, deadline: float) -> bytes | None:
    """Read the result; None after the deadline, empty if the process ended without one."""
    found = b""
    while len(found) < LENGTH.size or len(found) < LENGTH.size + LENGTH.unpack_from(found)[0]:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([reading], [], [], left)[0]:
            return None
        part = os.read(reading, 2**20)
        if not part:
            return b""
        found += part
    return found[LENGTH.size :]


def _death(exitcode: int) -> str:
    if exitcode < 0:
        with suppress(ValueError):
            return f"its process was killed by {signal.Signals(-exitcode).name}"
    return "its process ended without a result"
