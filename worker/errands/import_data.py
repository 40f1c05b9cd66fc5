"""Inspect an upload, or import it as a data set, depending on the status of its import."""

import shutil
import time
from pathlib import Path

from backend.db import catalog, errands, imports, versions
from backend.db.database import Database, Session
from skiplab.contract import places
from skiplab.contract.errands import ImportTask, Task
from skiplab.contract.imports import Choices, Found, Import
from worker.errands.kind import Context, ErrandFailed, Kind

PROGRESS_SECONDS = 0.5
"""Interval at which progress is published."""


def run(task: Task, context: Context) -> None:
    """Run the errand. Raises ErrandFailed, ErrandLost."""
    from worker.errors import CannotTrain

    assert isinstance(task, ImportTask)
    with context.database.read() as session:
        row = imports.get(session, task.import_id)
        wanted = None if row is None else imports.view(row)
    if wanted is None:
        raise ErrandFailed(f"import {task.import_id} no longer exists")
    upload = places.uploaded(context.home, wanted.id) or places.upload(context.home, wanted.id, wanted.key)
    try:
        _import(wanted, upload, context)
    except CannotTrain as error:
        # Folders of the server mean nothing to the person who uploaded the file.
        raise ErrandFailed(str(error).replace(f"{upload.parent}/", "")) from error
    except OSError as error:
        raise ErrandFailed(f"the worker cannot read or write its files: {error.strerror or error}") from error


def _import(wanted: Import, upload: Path, context: Context) -> None:
    """Inspect or import the upload. Raises CannotTrain, OSError, ErrandLost."""
    from worker.datasets import cards
    from worker.importer import import_images, inspect

    progress = Progress(context)
    called = wanted.file or f"{wanted.key}.zip"
    options = Choices.model_validate(wanted, from_attributes=True).options()
    if wanted.preview:
        found = inspect(upload, options, scratch=context.home, progress=progress, called=called)
        context.finish(lambda session: imports.keep_found(session, wanted.id, found))
        return

    def keep(found: Found) -> None:
        with context.database.write() as session:
            errands.held(session, context.claim.errand_id, context.claim.attempt)
            imports.keep_found(session, wanted.id, found)

    data = import_images(
        wanted.key,
        upload,
        context.home,
        progress,
        options=options,
        called=called,
        inspect_progress=progress.inspected,
        on_report=keep,
    )

    def announce(session: Session) -> None:
        versions.hold(session)
        catalog.announce_datasets(session, cards(context.home))

    context.finish(announce, result={"dataset": wanted.key, "sha256": data.sha256})


class Progress:
    """Publishes progress at most every PROGRESS_SECONDS, and at the end."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._published_at = 0.0

    def __call__(self, done: int, total: int) -> None:
        """Publish progress if it is due. Raises ErrandLost."""
        now = time.monotonic()
        if now - self._published_at >= PROGRESS_SECONDS or done == total:
            self._published_at = now
            self._context.progress(done, total)

    def inspected(self, done: int, total: int) -> None:
        """Publish progress of the inspection, during which no image is imported yet. Raises ErrandLost."""
        if done < total:
            self(0, total)


def _has_upload(task: Task, home: Path) -> bool:
    """Return whether this host has the upload, which is only in the home folder of the backend that received it."""
    return isinstance(task, ImportTask) and places.uploaded(home, task.import_id) is not None


def clean_up(task: Task, home: Path, database: Database) -> None:
    """Remove incomplete data sets of killed processes, and the upload of an import that has ended."""
    from worker.datasets import maker  # imports numpy, so only after the pool has been forked

    assert isinstance(task, ImportTask)
    with database.read() as session:
        is_over = task.import_id in imports.ended(session, [task.import_id])
    if is_over:
        shutil.rmtree(places.uploads(home) / str(task.import_id), ignore_errors=True)
    maker.sweep(home)


KIND = Kind(
    run,
    limit_seconds=12 * 3600,
    is_quick=False,
    remedy="Import smaller images (size).",
    can_run_here=_has_upload,
    clean_up=clean_up,
)
