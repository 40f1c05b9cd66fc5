"""The process of one attempt: fit() between a reporter and a stop signal. It waits for its attempt on stdin."""

import ctypes
import logging
import os
import signal
import sys
import threading
import traceback
from typing import BinaryIO

import torch

from backend.contract import logs
from backend.db.attempts import Fenced
from backend.db.database import Database
from worker.datasets import load
from worker.errors import CannotTrain
from worker.messages import Assignment, Outcome
from worker.reporter import Reporter
from worker.training.fit import Ending, fit

log = logging.getLogger(__name__)

ORPHANED = 3
"""Exit status of a trainer whose slot has gone."""


class Stopped(Exception):
    """The attempt was asked to end while it was not training yet."""


class Stop:
    """Whether SIGTERM has come."""

    def __init__(self) -> None:
        self.asked = False
        signal.signal(signal.SIGTERM, self._ask)

    def _ask(self, _signal: int, _frame: object) -> None:
        self.asked = True

    def __bool__(self) -> bool:
        return self.asked


def main() -> None:
    logs.set_up()
    _die_with_parent()
    warm_up()
    line = sys.stdin.buffer.readline()
    if not line:
        sys.exit(ORPHANED)
    threading.Thread(target=_follow_lifeline, args=(sys.stdin.buffer,), daemon=True).start()
    outcome = attempt(Assignment.model_validate_json(line), Stop())
    print(outcome.model_dump_json(), flush=True)


def warm_up() -> None:
    """What the first training step would import otherwise; CUDA stays untouched."""
    torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)


def attempt(assignment: Assignment, stop: Stop) -> Outcome:
    """Train one attempt and say how it ended."""
    database = Database(assignment.database)
    reporter = Reporter(database, assignment.run_id, assignment.attempt)

    def tell(activity: str) -> None:
        if stop:
            raise Stopped
        reporter.tell(activity)

    try:
        _check_device(assignment.device)
        spec = assignment.spec
        data = load(spec.dataset, assignment.home, tell)
        ending = fit(spec, data, device=assignment.device, report=reporter.report, should_stop=lambda: stop.asked)
    except Stopped:
        return Outcome(ending="stopped")
    except Fenced as fence:
        return Outcome(ending="fenced", reason=str(fence))
    except CannotTrain as error:
        return Outcome(ending="failed", reason=str(error))
    except Exception as error:
        # The process's edge: whatever it was, the run says so and keeps the traceback.
        log.exception("run %d failed", assignment.run_id)
        return Outcome(ending="failed", reason=f"{type(error).__name__}: {error}", traceback=traceback.format_exc())
    finally:
        database.close()
    return Outcome(ending="finished" if ending is Ending.FINISHED else "stopped")


def _check_device(device: str) -> None:
    if device == "cuda" and not torch.cuda.is_available():
        raise CannotTrain(
            f"This machine has a GPU, but torch {torch.__version__} cannot use it: install a CUDA build of torch that"
            " fits the driver, or hide the GPU with CUDA_VISIBLE_DEVICES= to train on the CPU."
        )


def _follow_lifeline(stdin: BinaryIO) -> None:
    """The pipe's other end is closed when the slot's process is gone, however it went."""
    stdin.read()
    os._exit(ORPHANED)


def _die_with_parent() -> None:
    """The second belt, Linux only: the kernel ends this process with its parent, even inside a long C call."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


if __name__ == "__main__":
    main()
