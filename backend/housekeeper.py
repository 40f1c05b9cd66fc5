"""Hourly retention: delete what exceeds the settings' limits and expire abandoned imports, in short transactions that
do not block other writers."""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from backend.db import errands, idempotent_responses, imports, quantities, retention
from backend.db.database import Database, Session
from backend.db.tables import utc_now
from backend.settings import Settings
from skiplab.contract import places
from skiplab.contract.errands import ImportTask

PERIOD_SECONDS = 3600.0
RETRY_SECONDS = 60.0
"""Delay after a sweep that failed."""

IMPORT_TIMEOUT = timedelta(days=1)
"""How long an import waits for a worker that has its file."""

ERRAND_RETENTION = timedelta(days=7)
"""How long ended errands are listed; their results are stored separately."""

PREVIEW_RETENTION = timedelta(days=1)
"""How long an inspected upload waits for confirmation."""


RESPONSE_RETENTION = timedelta(days=1)
"""How long responses are stored for idempotency keys."""


class Housekeeper:
    """Safe to run in several backends at once, since deletions are idempotent."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._database, self._settings = database, settings
        self._clock, self._now = clock, now
        self._due = clock()
        self._batches: Iterator[int] = iter(())

    def step(self) -> None:
        """Delete one batch in a short transaction if anything has expired. Raises whatever the sweep raises."""
        try:
            removed = next(self._batches, 0)
        except Exception:
            # The sweep is over: a generator that raised has no next batch.
            self._due = self._clock() + RETRY_SECONDS
            raise
        if removed == 0 and self._clock() >= self._due:
            self._due = self._clock() + PERIOD_SECONDS
            self._batches = self._sweep()

    def _sweep(self) -> Iterator[int]:
        """Yield the number of deleted rows after each transaction."""
        keep = self._settings
        if keep.keep_events_days:
            before = self._now() - timedelta(days=keep.keep_events_days)
            yield from self._in_batches(lambda session: retention.forget_events(session, before=before))
        if keep.keep_step_points:
            with self._database.read() as session:
                runs = retention.runs_with_many_points(session, more_than=keep.keep_step_points)
            for run in runs:
                thin = partial(retention.thin_step_points, run_id=run, keep=keep.keep_step_points)
                yield from self._in_batches(thin)
        if keep.keep_log_lines:
            with self._database.read() as session:
                runs = retention.runs_with_long_logs(session, more_than=keep.keep_log_lines)
            for run in runs:
                yield from self._in_batches(partial(retention.cut_log, run_id=run, keep=keep.keep_log_lines))

        before = self._now() - RESPONSE_RETENTION
        yield from self._in_batches(lambda session: idempotent_responses.forget(session, before=before))
        before = self._now() - ERRAND_RETENTION
        prune = partial(errands.prune, before=before, limit=retention.BATCH)
        yield from self._in_batches(prune)
        # A claims file may be written before its runs, and its plugin be away while it is edited.
        claims = [file.read_text(errors="replace") for file in self._settings.home.glob("claims/*.toml")]
        named = partial(quantities.prune, keep=lambda key: any(key in text for text in claims))
        yield from self._in_batches(named)
        if expired := self._expire_imports(before=self._now() - IMPORT_TIMEOUT):
            yield expired
        if expired := self._expire_previews(before=self._now() - PREVIEW_RETENTION):
            yield expired
        if keep.keep_checkpoints_days:
            yield from self._delete_checkpoints(before=self._now() - timedelta(days=keep.keep_checkpoints_days))

    def _expire_imports(self, *, before: datetime) -> int:
        """Fail overdue imports whose file is not in this home; others wait for the worker on this host."""
        home = self._settings.home
        with self._database.read() as session:
            overdue = {row.id: errands.task_of(row) for row in errands.overdue(session, before=before)}
        lost = [
            errand_id
            for errand_id, task in overdue.items()
            if errand_id is not None and isinstance(task, ImportTask) and places.uploaded(home, task.import_id) is None
        ]
        if not lost:
            return 0
        with self._database.write() as session:
            return errands.give_up(session, lost, error="no worker has the uploaded file in its home; upload it again")

    def _expire_previews(self, *, before: datetime) -> int:
        """Cancel inspected uploads that were not confirmed in time, and delete files of ended imports that another host
        could not delete."""
        home = self._settings.home
        with self._database.write() as session:
            untaken = [row.id for row in imports.untaken(session, before=before) if row.id is not None]
            for import_id in untaken:
                imports.cancel(session, import_id, reason="not confirmed within a day")
        left = [int(folder.name) for folder in places.uploads(home).glob("[0-9]*") if _is_older(folder, before)]
        with self._database.read() as session:
            ended = imports.ended(session, left)
        for import_id in ended:
            shutil.rmtree(places.uploads(home) / str(import_id), ignore_errors=True)
        return len(untaken)

    def _delete_checkpoints(self, *, before: datetime) -> Iterator[int]:
        while True:
            with self._database.write() as session:
                paths = retention.forget_checkpoints(session, before=before)
            if not paths:
                return
            for path in paths:
                # After the commit, so that no row refers to a missing file.
                with suppress(FileNotFoundError):
                    places.file_of_run(self._settings.home, path).unlink()
            yield len(paths)

    def _in_batches(self, remove: Callable[[Session], int]) -> Iterator[int]:
        """Delete until nothing is left, one transaction per batch."""
        while True:
            with self._database.write() as session:
                deleted = remove(session)
            if not deleted:
                return
            yield deleted


def _is_older(folder: Path, than: datetime) -> bool:
    """Whether an upload's folder was last modified before then."""
    try:
        return folder.name.isdecimal() and folder.stat().st_mtime < than.timestamp()
    except FileNotFoundError:
        return False  # deleted in the meantime
