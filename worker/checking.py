"""The training check of a run: whether its network trains on its data, cached or tried now."""

import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from tempfile import TemporaryFile

from pydantic import ValidationError

from backend.db import catalog, checks
from backend.db.checks import Subject
from backend.db.database import Database
from skiplab.contract.check import ImageShape, TrainingCheck
from skiplab.contract.run import RunNetwork
from worker.components import Components
from worker.errors import CannotTrain
from worker.messages import Assignment
from worker.models.check import check_training
from worker.models.cost import Cost
from worker.plugins.plugin_check import unknown
from worker.process import ended
from worker.training.exactness import Exactness
from worker.watchdog import end_group

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 180.0
"""Timeout for a plugin's network; mostly for importing torch on a busy machine."""

POLL_SECONDS = 0.5


class Untrainable(CannotTrain):
    """Raised when the training check refuses the network."""

    def __init__(self, check: TrainingCheck) -> None:
        super().__init__(check.reason)
        self.traceback = check.traceback


class Checking:
    """The check of one attempt. `tell` is called while it runs; what it raises ends the wait."""

    def __init__(
        self, database: Database, assignment: Assignment, components: Components, tell: Callable[[str], None]
    ) -> None:
        self._database, self._assignment, self._components, self._tell = database, assignment, components, tell

    def check(self, image_shape: ImageShape, classes: int, *, resumed: bool) -> TrainingCheck:
        """Return the cached check, or run and cache it. Raises Untrainable, unless the run has trained already."""
        model, device = self._assignment.spec.model, self._assignment.device
        version = self._components.model_version
        with self._database.read() as session:
            known = checks.find(session, Subject(model, version, image_shape, classes), device)
        if known is None or self._lacks_resume(known):
            self._tell(f"checking {model}")
            known = self._tried(image_shape, classes, known)
            with self._database.write() as session:
                checks.keep(session, model, version, lasting(known))
        if known.resume is not None and known.resume != str(Exactness(True)):
            log.warning("resuming this network is %s.", known.resume)
        for note in known.notes:
            log.info("%s: %s", model, note)
        if known.outcome != "trains":
            log.warning("training check of %s: %s", model, known.reason)
        if known.outcome == "refused" and not resumed:
            raise Untrainable(known)
        return known

    def _lacks_resume(self, known: TrainingCheck) -> bool:
        """Return whether the resume is unchecked; built-in networks and torchvision's are known to resume exactly."""
        return self._components.is_own_network and known.outcome == "trains" and known.resume is None

    def _tried(self, image_shape: ImageShape, classes: int, known: TrainingCheck | None) -> TrainingCheck:
        if self._components.model_plugin is not None:
            return self._tried_apart(self._components.model_plugin, image_shape, classes, known)
        model = self._assignment.spec.model
        return check_training(
            model,
            lambda: self._components.build(model, classes=classes, image_shape=image_shape),
            classes=classes,
            image_shape=image_shape,
            device=self._assignment.device,
            cost=self._cost_on_card(image_shape, classes),
        )

    def _cost_on_card(self, image_shape: ImageShape, classes: int) -> Cost | None:
        with self._database.read() as session:
            card = catalog.model(session, self._assignment.spec.model)
        if card is None or (card.version, card.image_shape, card.classes) != (
            self._components.model_version,
            image_shape,
            classes,
        ):
            return None
        return None if card.parameters is None or card.flops is None else Cost(card.parameters, card.flops, card.depth)

    def _tried_apart(
        self, plugin: str, image_shape: ImageShape, classes: int, known: TrainingCheck | None
    ) -> TrainingCheck:
        """Run the check in a separate process.

        Its effects on the plugin's module must not reach the run, whose results would otherwise depend on whether the
        check was cached. A check that hangs or crashes has an unknown outcome.
        """
        device, home = self._assignment.device, str(self._assignment.home)
        what = [plugin, self._assignment.spec.model, *map(str, image_shape), str(classes), device]
        if known is not None:
            what += ["--known", known.model_dump_json()]
        with TemporaryFile() as answers:
            checker = subprocess.Popen(
                [sys.executable, "-m", "worker", "check", *what],
                stdin=subprocess.DEVNULL,
                stdout=answers,
                stderr=subprocess.DEVNULL,
                env={"PYTORCH_NVML_BASED_CUDA_CHECK": "1", **os.environ, "SKIPLAB_HOME": home},
                start_new_session=True,
            )
            try:
                is_done = self._wait(checker)
            finally:
                end_group(checker)
            # Also after a crash or timeout: the first line may be the complete check, without its resume.
            answers.seek(0)
            found = _last(answers.read()) or known
        if found is not None:
            return found
        reason = f"not checked: the checking process {ended(checker.returncode)}"
        if not is_done:
            reason = f"not checked: timed out after {TIMEOUT_SECONDS:g} s"
        return unknown(reason, image_shape=image_shape, classes=classes, device=device)

    def _wait(self, checker: "subprocess.Popen[bytes]") -> bool:
        """Wait for the process; return whether it ended in time."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            with suppress(subprocess.TimeoutExpired):
                checker.wait(timeout=POLL_SECONDS)
                return True
            self._tell(f"checking {self._assignment.spec.model}")
        return False


def _last(answers: bytes) -> TrainingCheck | None:
    """Return the last complete line, which has all that was found before the process ended."""
    for line in reversed(answers.splitlines()):
        with suppress(ValidationError):
            return TrainingCheck.model_validate_json(line)
    return None


def lasting(check: TrainingCheck) -> TrainingCheck:
    """Return the check for the cache, without a resume result that is unknown this time."""
    is_known = check.resume is not None and not check.resume.startswith(str(Exactness(None)))
    return check if is_known else check.model_copy(update={"resume": None})


def network_of(check: TrainingCheck) -> RunNetwork:
    """Return the facts about the network that are stored with the run."""
    return RunNetwork(
        parameters=check.parameters,
        flops=check.flops,
        depth=check.depth,
        image_shape=check.image_shape,
        classes=check.classes,
        memory_format=check.memory_format,
    )
