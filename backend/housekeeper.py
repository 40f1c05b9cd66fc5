"""Once an hour, forgets what is older or more than the settings keep, and gives up what nobody can import; a piece at a
time, so that nobody waits."""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from backend.db import errands, first_answers, imports, retention
from backend.db.database import Database, Session
from backend.db.tables import utc_now
from backend.settings import Settings
from skiplab.contract import places
from skiplab.contract.errands import ImportTask

PERIOD_SECONDS = 3600.0
RETRY_SECONDS = 60.0
"""After a round that failed."""

IMPORT_WAITS = timedelta(days=1)
"""For a worker that has its file."""

ERRANDS_STAY = timedelta(days=7)
"""After they ended, for people to read; their results are files and rows of their own."""

PREVIEW_STAYS = timedelta(days=1)
"""An upload that was inspected, for somebody to take it."""


ANSWERS_STAY = timedelta(days=1)
"""First answers to requests with an idempotency key."""


class Housekeeper:
    """Safe to run in several backends at once: what one has removed, the other does not find."""

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
        self._pieces: Iterator[int] = iter(())

    def step(self) -> None:
        """One short transaction, where there is something to forget; else next to nothing."""
        try:
            removed = next(self._pieces, 0)
        except Exception:
            # The round is over: a generator that raised has no next piece.
            self._due = self._clock() + RETRY_SECONDS
            raise
        if removed == 0 and self._clock() >= self._due:
            self._due = self._clock() + PERIOD_SECONDS
            self._pieces = self._round()

    def _round(self) -> Iterator[int]:
        """Yields after each transaction that removed something."""
        keep = self._settings
        if keep.keep_events_days:
            before = self._now() - timedelta(days=keep.keep_events_days)
            yield from self._all_gone(lambda session: retention.forget_events(session, before=before))
        if keep.keep_step_points:
            with self._database.read() as session:
                runs = retention.runs_with_many_points(session, more_than=keep.keep_step_points)
            for run in runs:
                thin = partial(retention.thin_step_points, run_id=run, keep=keep.keep_step_points)
                yield from self._all_gone(thin)
        if keep.keep_log_lines:
            with self._database.read() as session:
                runs = retention.runs_with_long_logs(session, more_than=keep.keep_log_lines)
            for run in runs:
                yield from self._all_gone(partial(retention.cut_log, run_id=run, keep=keep.keep_log_lines))

        before = self._now() - ANSWERS_STAY
        yield from self._all_gone(lambda session: first_answers.forget(session, before=before))
        before = self._now() - ERRANDS_STAY
        prune = partial(errands.prune, before=before, limit=retention.BATCH)
        yield from self._all_gone(prune)
        if given_up := self._give_up_imports(before=self._now() - IMPORT_WAITS):
            yield given_up
        if forgotten := self._forget_previews(before=self._now() - PREVIEW_STAYS):
            yield forgotten
        if keep.keep_checkpoints_days:
            yield from self._checkpoints_gone(before=self._now() - timedelta(days=keep.keep_checkpoints_days))

    def _give_up_imports(self, *, before: datetime) -> int:
        """One whose file lies here waits for a worker beside it, however long that takes."""
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
            return errands.give_up(session, lost, error="no worker has its file in its home; upload it again")

    def _forget_previews(self, *, before: datetime) -> int:
        """Uploads that were inspected and nobody has taken; and the files of those that have ended, which whoever
        ended them could not reach."""
        home = self._settings.home
        with self._database.write() as session:
            untaken = [row.id for row in imports.untaken(session, before=before) if row.id is not None]
            for import_id in untaken:
                imports.cancel(session, import_id, reason="nobody took it within a day")
        left = [int(folder.name) for folder in places.uploads(home).glob("[0-9]*") if _is_older(folder, before)]
        with self._database.read() as session:
            gone = imports.ended(session, left)
        for import_id in gone:
            shutil.rmtree(places.uploads(home) / str(import_id), ignore_errors=True)
        return len(untaken)

    def _checkpoints_gone(self, *, before: datetime) -> Iterator[int]:
        while True:
            with self._database.write() as session:
                paths = retention.forget_checkpoints(session, before=before)
            if not paths:
                return
            for path in paths:
                # After the commit: a row never speaks of a file that is not there.
                with suppress(FileNotFoundError):
                    places.file_of_run(self._settings.home, path).unlink()
            yield len(paths)

    def _all_gone(self, remove: Callable[[Session], int]) -> Iterator[int]:
        """Again and again until nothing is left to remove, each time in a transaction of its own."""
        while True:
            with self._database.write() as session:
                gone = remove(session)
            if not gone:
                return
            yield gone


def _is_older(folder: Path, than: datetime) -> bool:
    """Whether a folder of an upload has lain there since before then."""
    try:
        return folder.name.isdecimal() and folder.stat().st_mtime < than.timestamp()
    except FileNotFoundError:
        return False  # gone meanwhile
