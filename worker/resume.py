"""Find the checkpoint from which an attempt resumes."""

import logging

import torch

from backend.db import artifacts, attempts
from backend.db.database import Database
from worker.files import RunFiles, TornFile
from worker.training.state import TrainingState

log = logging.getLogger(__name__)


def last_state(database: Database, files: RunFiles, run_id: int, attempt: int) -> TrainingState | None:
    """Return the state of the newest intact checkpoint; None to start from the beginning.

    A corrupt checkpoint is discarded, with the rows measured since the one before it. An intact one that is unreadable
    or out of reach is not: the run fails and keeps its data. Unrecorded files are deleted.

    Raises Fenced, CannotReach, UnreadableState.
    """
    state = None
    while state is None:
        with database.read() as session:
            recorded = artifacts.of_run(session, run_id)
            newest = artifacts.last_checkpoint(session, run_id)
        if newest is None:
            break
        try:
            state = TrainingState.load(files.checked(newest))
        except TornFile as error:
            log.warning("%s; falling back to the previous checkpoint", error)
            assert newest.id is not None
            with database.write() as session:
                attempts.discard_checkpoint(session, run_id, attempt, newest.id)
    files.sweep({artifact.path for artifact in recorded})
    if state is not None:
        _log_state(state)
    return state


def _log_state(state: TrainingState) -> None:
    counters = state.counters
    log.info("resuming after epoch %d, batch %d of the next", counters.epoch, counters.batch)
    if state.facts["threads"] != torch.get_num_threads():
        log.warning(
            "the checkpoint was written with %d threads and is resumed with %d: results will differ in the last bits",
            state.facts["threads"],
            torch.get_num_threads(),
        )
    if state.facts["torch"] != torch.__version__:
        log.warning(
            "the checkpoint was written by torch %s and is resumed with %s", state.facts["torch"], torch.__version__
        )
