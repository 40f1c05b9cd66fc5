"""Turns what fit() tells into rows, each write fenced by the attempt."""

from backend.db import attempts
from backend.db.database import Database
from worker.training.events import EpochFinished, Progress, TrainingEvent


class Reporter:
    """Writes for one attempt. Every method raises Fenced once the attempt has lost its run."""

    def __init__(self, database: Database, run_id: int, attempt: int) -> None:
        self._database, self._run_id, self._attempt = database, run_id, attempt

    def report(self, event: TrainingEvent) -> None:
        with self._database.write() as session:
            match event:
                case Progress(epoch=epoch, share=share):
                    attempts.record_progress(session, self._run_id, self._attempt, epoch=epoch, share=share)
                case EpochFinished(epoch=epoch, step=step, values=values):
                    attempts.record_epoch(session, self._run_id, self._attempt, epoch=epoch, step=step, values=values)

    def tell(self, activity: str) -> None:
        """Say what the run is doing beside training."""
        with self._database.write() as session:
            attempts.record_activity(session, self._run_id, self._attempt, activity)
