"""Where an attempt begins: at the newest checkpoint that is what was written, or at the start."""

import logging

import torch

from backend.db import artifacts, attempts
from backend.db.database import Database
from worker.files import RunFiles, TornFile
from worker.training.state import TrainingState

log = logging.getLogger(__name__)


def last_state(database: Database, files: RunFiles, run_id: int, attempt: int) -> TrainingState | None:
    """None: from the start. A torn checkpoint is given up for the one before it, and the rows measured after that one
    with it. One that is whole, but in another format or out of reach, is not: the run fails and keeps what it has.
    Files that no row speaks of are removed.

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
            log.warning("%s; the checkpoint before it is taken", error)
            assert newest.id is not None
            with database.write() as session:
                attempts.discard_checkpoint(session, run_id, attempt, newest.id)
    files.sweep({artifact.path for artifact in recorded})
    if state is not None:
        _say_where(state)
    return state


def _say_where(state: TrainingState) -> None:
    counters = state.counters
    log.info("going on after epoch %d, batch %d of the next", counters.epoch, counters.batch)
    if state.facts["threads"] != torch.get_num_threads():
        log.warning(
            "the checkpoint was written with %d threads and goes on with %d: the last bits of the numbers will differ",
            state.facts["threads"],
            torch.get_num_threads(),
        )
    if state.facts["torch"] != torch.__version__:
        log.warning(
            "the checkpoint was written by torch %s and goes on with %s", state.facts["torch"], torch.__version__
        )
