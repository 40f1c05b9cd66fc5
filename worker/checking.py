"""Whether a run's network trains on its data: from the lab's cache of training checks, or tried now and kept there."""

import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable

from pydantic import ValidationError

from backend.db import catalog, checks
from backend.db.checks import Subject
from backend.db.database import Database
from skiplab.contract.check import ImageShape, TrainingCheck
from skiplab.contract.run import RunNetwork
from worker.errors import CannotTrain
from worker.messages import Assignment
from worker.models.check import Cost, check_training
from worker.supply import Supply

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 180.0
"""For a plugin's network; most of it is for importing torch on a busy machine."""

LOOK_SECONDS = 0.5


class Untrainable(CannotTrain):
    """The training check has refused the network."""

    def __init__(self, check: TrainingCheck) -> None:
        super().__init__(check.reason)
        self.traceback = check.traceback


class Checking:
    """For one attempt. What `tell` raises ends the wait for a check."""

    def __init__(self, database: Database, assignment: Assignment, supply: Supply, tell: Callable[[str], None]) -> None:
        self._database, self._assignment, self._supply, self._tell = database, assignment, supply, tell

    def check(self, image_shape: ImageShape, classes: int, *, resumed: bool) -> TrainingCheck:
        """From the cache, or tried now. Raises Untrainable, but not for a run that has trained already."""
        model, device = self._assignment.spec.model, self._assignment.device
        version = self._supply.model_version
        with self._database.read() as session:
            known = checks.find(session, Subject(model, version, image_shape, classes), device)
        if known is None:
            self._tell(f"checking {model}")
            known = self._tried(image_shape, classes)
            with self._database.write() as session:
                checks.keep(session, model, version, known)
        for note in known.notes:
            log.info("%s: %s", model, note)
        if known.outcome != "trains":
            log.warning("training check of %s: %s", model, known.reason)
        if known.outcome == "refused" and not resumed:
            raise Untrainable(known)
        return known

    def _tried(self, image_shape: ImageShape, classes: int) -> TrainingCheck:
        if self._supply.model_plugin is not None:
            return self._tried_apart(self._supply.model_plugin, image_shape, classes)
        model = self._assignment.spec.model
        return check_training(
            model,
            lambda: self._supply.build(model, classes=classes, image_shape=image_shape),
            classes=classes,
            image_shape=image_shape,
            device=self._assignment.device,
            cost=self._cost_on_card(image_shape, classes),
        )

    def _cost_on_card(self, image_shape: ImageShape, classes: int) -> Cost | None:
        with self._database.read() as session:
            card = catalog.model(session, self._assignment.spec.model)
        if card is None or (card.version, card.image_shape, card.classes) != (
            self._supply.model_version,
            image_shape,
            classes,
        ):
            return None
        return None if card.parameters is None or card.flops is None else Cost(card.parameters, card.flops, card.depth)

    def _tried_apart(self, plugin: str, image_shape: ImageShape, classes: int) -> TrainingCheck:
        """In a process of its own: what the check does to the plugin's module must not reach the run, whose numbers
        would depend on whether the check was cached; and a check that hangs or dies is one that is not known."""
        device, home = self._assignment.device, str(self._assignment.home)
        what = [plugin, self._assignment.spec.model, *map(str, image_shape), str(classes), device]
        checker = subprocess.Popen(
            [sys.executable, "-m", "worker", "check", *what],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "SKIPLAB_HOME": home},
        )
        with checker:
            try:
                answer = self._answer(checker)
            finally:
                checker.kill()
        try:
            return TrainingCheck.model_validate_json(answer)
        except ValidationError:
            reason = f"not checked: the process that tried it ended with status {checker.returncode}"
            if checker.returncode == -9:
                reason = f"not checked: it was not done after {PATIENCE_SECONDS:g} s, or was killed by the system"
            return TrainingCheck(
                image_shape=image_shape, classes=classes, device=device, outcome="unknown", reason=reason
            )

    def _answer(self, checker: "subprocess.Popen[bytes]") -> bytes:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                return checker.communicate(timeout=LOOK_SECONDS)[0]
            except subprocess.TimeoutExpired:
                self._tell(f"checking {self._assignment.spec.model}")
        return b""


def network_of(check: TrainingCheck) -> RunNetwork:
    """What the run keeps of it."""
    return RunNetwork(
        parameters=check.parameters,
        flops=check.flops,
        depth=check.depth,
        image_shape=check.image_shape,
        classes=check.classes,
        memory_format=check.memory_format,
    )
