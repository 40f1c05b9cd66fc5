"""Store the events of fit() as rows and files; each write is fenced by the attempt."""

import logging
from typing import Any

from backend.db import records
from backend.db.artifacts import NewArtifact
from backend.db.database import Database
from backend.db.records import EpochRecord
from skiplab.contract.metrics import Metric
from skiplab.contract.run import RunNetwork
from worker.files import RunFiles
from worker.training.events import EpochFinished, Interrupted, LayersSeen, Progress, TrainingEvent

log = logging.getLogger(__name__)


class Reporter:
    """Writes for one attempt. Every method raises Fenced once the attempt has lost its run."""

    def __init__(self, database: Database, files: RunFiles, run_id: int, attempt: int) -> None:
        self._database, self._files = database, files
        self._run_id, self._attempt = run_id, attempt

    def report(self, event: TrainingEvent) -> None:
        """Store an event. Raises CannotKeep when a checkpoint cannot be written."""
        match event:
            case Progress(epoch=epoch, share=share, losses=losses):
                with self._database.write() as session:
                    records.progress(session, self._run_id, self._attempt, epoch=epoch, share=share, losses=losses)
            case LayersSeen(layers=layers):
                with self._database.write() as session:
                    records.layers(session, self._run_id, self._attempt, layers)
            case EpochFinished():
                self._keep_epoch(event)
            case Interrupted():
                self._keep_interruption(event)

    def tell(self, activity: str) -> None:
        """Publish what the run is doing before training, such as downloading."""
        with self._database.write() as session:
            records.activity(session, self._run_id, self._attempt, activity)

    def keep_environment(self, facts: dict[str, Any]) -> None:
        with self._database.write() as session:
            records.environment(session, self._run_id, self._attempt, facts)

    def kept_environment(self) -> dict[str, Any] | None:
        """Return the environment stored by the previous attempt; None without one."""
        with self._database.read() as session:
            return records.kept_environment(session, self._run_id, self._attempt)

    def twin(self) -> tuple[int, dict[str, Any]] | None:
        """Return another run with the same settings, and its environment; None without one."""
        with self._database.read() as session:
            return records.twin(session, self._run_id, self._attempt)

    def remark(self, text: str) -> None:
        """Add an entry to the run's history."""
        with self._database.write() as session:
            records.remark(session, self._run_id, self._attempt, text)

    def keep_network(self, facts: RunNetwork) -> None:
        with self._database.write() as session:
            records.network(session, self._run_id, self._attempt, facts)

    def _keep_epoch(self, event: EpochFinished) -> None:
        record = EpochRecord(
            epoch=event.epoch,
            step=event.step,
            values=event.values,
            losses=event.losses,
            layers=event.layers,
            confusion=event.detail.confusion if event.detail else None,
            mistakes=event.detail.mistakes if event.detail else (),
            artifacts=self._write_files(event),
        )
        with self._database.write() as session:
            superfluous = records.epoch(session, self._run_id, self._attempt, record)
        self._files.remove(superfluous)
        log.info("epoch %d: %s", event.epoch, _in_words(event.values))

    def _keep_interruption(self, event: Interrupted) -> None:
        finished = event.epoch - 1
        checkpoint = self._files.write("checkpoint", event.state.save, epoch=finished, step=event.step)
        with self._database.write() as session:
            superfluous = records.interruption(
                session, self._run_id, self._attempt, epoch=event.epoch, losses=event.losses, checkpoint=checkpoint
            )
        self._files.remove(superfluous)
        log.info("stopped in epoch %d, at step %d, with a checkpoint", event.epoch, event.step)

    def _write_files(self, event: EpochFinished) -> list[NewArtifact]:
        """Write files before the transaction that records them, so that no row refers to a missing file."""
        if event.state is None:
            return []
        files = [self._files.write("checkpoint", event.state.save, epoch=event.epoch, step=event.step)]
        if event.best:
            files.append(self._files.write("best", event.state.save_weights, epoch=event.epoch, step=event.step))
        return files


def _in_words(values: dict[str, float]) -> str:
    return (
        f"train loss {values[Metric.TRAIN_LOSS]:.4f}, test loss {values[Metric.TEST_LOSS]:.4f},"
        f" test accuracy {values[Metric.TEST_ACCURACY]:.2%}, {values[Metric.EPOCH_SECONDS]:.1f} s"
    )
