"""The process of one attempt: reads it from stdin, runs fit(), and writes the outcome to stdout."""

import logging
import os
import signal
import sys
import threading
import traceback
from typing import BinaryIO

import torch
from torch import nn

from backend.db.attempts import Fenced
from backend.db.database import Database, DatabaseUnreachable, DatabaseUnusable
from skiplab.contract import logs
from worker.checking import Checking, Untrainable, network_of
from worker.components import Components
from worker.environment import environment, known_or_unknown
from worker.errors import CannotTrain
from worker.files import RunFiles
from worker.forked import forked
from worker.log_and_load_writer import LogAndLoadWriter
from worker.logbook import Logbook, kept
from worker.machine_load import LoadMeter
from worker.messages import Assignment, Outcome, take_stdout
from worker.models.network import Shape
from worker.models.placement import Placement
from worker.models.probing import in_process
from worker.needs import check_memory
from worker.parent_death import die_with_parent
from worker.provenance import Provenance
from worker.reporter import Reporter
from worker.resume import last_state
from worker.run_data import RunDataLoader
from worker.training.exactness import Exactness
from worker.training.fit import Ending, fit

log = logging.getLogger(__name__)

ORPHANED = 3
"""Exit status of a trainer whose slot has died."""


class Stopped(Exception):
    """Raised when the attempt is asked to stop before training starts."""


class Stop:
    """Records whether SIGTERM has been received."""

    def __init__(self) -> None:
        self.asked = False
        signal.signal(signal.SIGTERM, self._ask)

    def _ask(self, _signal: int, _frame: object) -> None:
        self.asked = True

    def __bool__(self) -> bool:
        return self.asked


def main() -> None:
    logs.set_up()
    die_with_parent()  # where the kernel can; the lifeline is for all other systems
    warm_up()
    line = sys.stdin.buffer.readline()
    if not line:
        sys.exit(ORPHANED)
    threading.Thread(target=_follow_lifeline, args=(sys.stdin.buffer,), daemon=True).start()
    slot = take_stdout()
    outcome = attempt(Assignment.model_validate_json(line), Stop())
    slot.write(outcome.model_dump_json() + "\n")
    slot.flush()


def warm_up() -> None:
    """Import what the first training step would import, without initialising CUDA."""
    torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)


def attempt(assignment: Assignment, stop: Stop) -> Outcome:
    """Train one attempt; return how it ended."""
    database, logbook = Database.patient(assignment.database), Logbook()
    try:
        with (
            kept(logbook),
            LogAndLoadWriter(database, assignment.run_id, assignment.attempt, logbook, _meter(assignment)),
        ):
            return _attempt(assignment, stop, database)
    finally:
        database.close()


def _meter(assignment: Assignment) -> LoadMeter | None:
    """Return the load meter; None if it is disabled or not available."""
    if "system" not in assignment.spec.telemetry:
        return None
    meter = known_or_unknown("the machine's load", lambda: LoadMeter(assignment.device))
    return meter if isinstance(meter, LoadMeter) else None


def _attempt(assignment: Assignment, stop: Stop, database: Database) -> Outcome:
    files = RunFiles(assignment.home, assignment.run_id, assignment.attempt)
    reporter = Reporter(database, files, assignment.run_id, assignment.attempt)
    spec = assignment.spec

    def tell(activity: str) -> None:
        if stop:
            raise Stopped
        reporter.tell(activity)

    try:
        log.info("attempt %d: %s on %s, %s", assignment.attempt, spec.model, spec.dataset, assignment.device)
        _check_device(assignment.device)
        components = Components(database, assignment.home, spec)
        before = reporter.kept_environment()
        state = last_state(database, files, assignment.run_id, assignment.attempt)
        facts = environment(spec, assignment.device)
        provenance = Provenance(
            reporter,
            components,
            facts,
            before=before if state is not None else None,
            epoch=0 if state is None else state.counters.epoch,
        )
        provenance.keep()
        of_run = RunDataLoader(
            database,
            assignment.home,
            assignment.run_id,
            assignment.attempt,
            spec.dataset,
            plugin=components.data_plugin,
        )
        data = of_run.load(components.data, tell, resumed=state is not None)
        # State that a plugin's network keeps from the pass on the meta device must not reach the run.
        check_memory(
            spec, data, components.build, assignment.device, run=forked if components.is_own_network else in_process
        )
        checking = Checking(database, assignment, components, tell)
        check = checking.check(data.image_shape, len(data.classes), resumed=state is not None)
        reporter.keep_network(network_of(check))
        if components.is_own_network:
            provenance.add("resume", check.resume or str(Exactness(None, "the training check ended before it")))

        def build(key: str, *, classes: int, image_shape: Shape) -> nn.Module:
            built = components.build(key, classes=classes, image_shape=image_shape)
            provenance.keep()
            return built

        ending = fit(
            spec,
            data,
            device=assignment.device,
            report=reporter.report,
            should_stop=lambda: stop.asked,
            state=state,
            build=build,
            placement=Placement.of(check),
            own_metrics=components.metrics,
        )
    except Stopped:
        return Outcome(ending="stopped")
    except Fenced as fence:
        return Outcome(ending="fenced", reason=str(fence))
    except Untrainable as error:
        log.warning("%s", error)
        return Outcome(ending="failed", reason=str(error), traceback=error.traceback)
    except CannotTrain as error:
        log.warning("%s", error)
        return Outcome(ending="failed", reason=str(error))
    except DatabaseUnreachable as away:
        # During a transaction that may or may not have been committed: the next attempt reads what was stored.
        log.warning("%s", away)
        return Outcome(ending="stopped", reason="the database was unavailable for a moment")
    except DatabaseUnusable as error:
        log.warning("%s", error)
        reason = f"{error} Once that is fixed, resume the run from its last checkpoint."
        return Outcome(ending="failed", reason=reason)
    except Exception as error:
        # The process's edge: any error is stored with the run, with its traceback.
        log.exception("run %d failed", assignment.run_id)
        return Outcome(ending="failed", reason=f"{type(error).__name__}: {error}", traceback=traceback.format_exc())
    match ending:
        case Ending.STOPPED:
            return Outcome(ending="stopped")
        case Ending.STOPPED_EARLY:
            return Outcome(ending="finished", reason=f"stopped early: no improvement for {spec.patience} epochs")
        case Ending.FINISHED:
            return Outcome(ending="finished")


def _check_device(device: str) -> None:
    if device == "cuda" and not torch.cuda.is_available():
        raise CannotTrain(
            f"This machine has a GPU, but PyTorch {torch.__version__} cannot use it. Install a CUDA build of PyTorch"
            " that matches the driver, or hide the GPU with CUDA_VISIBLE_DEVICES= to train on the CPU."
        )
    if device == "mps" and not torch.backends.mps.is_available():
        raise CannotTrain(
            f"PyTorch {torch.__version__} cannot use this Mac's GPU. Set CUDA_VISIBLE_DEVICES= to train on the CPU."
        )


def _follow_lifeline(stdin: BinaryIO) -> None:
    """Exit when stdin reaches end-of-file, which means that the slot's process has ended."""
    stdin.read()
    os._exit(ORPHANED)


if __name__ == "__main__":
    main()
