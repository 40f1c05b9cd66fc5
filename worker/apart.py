"""Runs a function in a forked process: what it does to modules, generators and caches ends with that process."""

import os
import pickle
import select
import signal
import struct
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
"""Before the answer: a process that the function has started may hold the pipe open."""

TIMEOUT_SECONDS = 120.0


class DiedApart(Exception):
    """The process gave no result; the message says why, and ends with the traceback where there is one."""


def apart(function: Callable[[], Result], *, timeout: float = TIMEOUT_SECONDS) -> Result:
    """What `function` gives, which has to be picklable. It has one thread, and nothing that it changes is seen here.

    A process that uses a GPU cannot fork: there the function runs here. Raises DiedApart when it raises, dies, or takes
    more than `timeout` seconds.
    """
    if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]  # torch leaves it untyped
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
        raise DiedApart(f"it was not done after {timeout:g} s")
    if not answer:
        raise DiedApart(_death(os.waitstatus_to_exitcode(status)))
    is_result, content = pickle.loads(answer)  # of our own process
    if not is_result:
        raise DiedApart(content)
    return cast(Result, content)


def _serve(function: Callable[[], object], writing: int, parent: int) -> None:
    """In the forked process, which this ends: nothing of the caller's may run twice."""
    try:
        die_with_parent(parent)
        # The caller's handlers are for the caller: here a signal ends the process.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        # Other threads have not been forked, and a pool that waits for them would wait for ever.
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
    """None: it did not come in time. Empty: the process ended without one."""
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
            return f"its process was ended by {signal.Signals(-exitcode).name}"
    return "its process ended without an answer"
