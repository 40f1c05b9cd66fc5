"""Submission, listing, changes and deletion of runs."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from backend.db import experiments, run_queue, run_search, run_views, runs, submissions
from backend.db.database import Database, Session
from backend.db.submissions import Submission
from backend.db.tables import RunTable
from backend.errors import Conflict, Invalid, NotFound, detail_of, field_error
from backend.notifier import Notifier
from backend.runs import lifecycle
from backend.runs.lookup import get_run
from backend.runs.schemas import Move, NewRun, ResolvedSpec, RunChange, SpecDefaults, SpecDefaultsList
from backend.runs.spec_resolver import SpecResolver
from backend.snapshot import Snapshot, snapshot
from skiplab.contract import places
from skiplab.contract.lifecycle import Status, may_move
from skiplab.contract.problems import FieldError
from skiplab.contract.run import Run
from skiplab.contract.run_lists import Bulk, BulkAnswer, Refusal, RunFilter, RunPage
from skiplab.contract.spec import RunSpec


def submit(database: Database, notifier: Notifier, new: NewRun) -> Run:
    """Queue a run and notify a worker.

    Raises Invalid for an unusable spec, NotReady before a worker has announced its networks.
    """
    with database.write() as session:
        resolver = SpecResolver.read(session)
        spec = complete(resolver, new).spec
        resolver.check([spec])
        name, experiment = new.name or default_name(spec), _experiment(session, new)
        submission = Submission(spec, name, new.tags, experiment_id=experiment, priority=new.priority)
        (run,) = run_views.views(session, submissions.add_all(session, [submission]))
    notifier.notify_run(run.id)
    return run


def _experiment(session: Session, new: NewRun) -> int | None:
    """Return the experiment to join, begun if it is named and there is none. Raises Invalid for an unknown id."""
    if new.experiment_name is not None:
        return experiments.named(session, new.experiment_name).id
    if new.experiment is not None and experiments.get(session, new.experiment) is None:
        raise Invalid(
            f"There is no experiment {new.experiment}.",
            errors=[FieldError(field="experiment", value=new.experiment, message="no such experiment")],
        )
    return new.experiment


def preview(database: Database, new: NewRun) -> ResolvedSpec:
    """Resolve a request without queueing it. Raises Invalid, NotReady."""
    with database.read() as session:
        return complete(SpecResolver.read(session), new)


def defaults(database: Database, models: Sequence[str], preset: str | None) -> SpecDefaultsList:
    """Return the values of omitted fields per network; networks with equal values share an item.

    Raises Invalid for an unknown preset, NotReady before a worker has announced its networks.
    """
    with database.read() as session:
        resolver = SpecResolver.read(session)
    items: dict[str, SpecDefaults] = {}
    named: list[str | None] = [*dict.fromkeys(models)]
    for model in named or [None]:
        resolved = resolver.resolve({} if model is None else {"model": model}, preset)
        resolved.fields.pop("model", None)
        resolved.origins.pop("model", None)
        item = SpecDefaults(models=[], fields=resolved.fields, origins=resolved.origins)
        items.setdefault(item.model_dump_json(), item).models.extend([] if model is None else [model])
    return SpecDefaultsList(items=[*items.values()])


def complete(resolver: SpecResolver, new: NewRun) -> ResolvedSpec:
    """Resolve a request to a complete spec. Raises Invalid."""
    resolved = resolver.resolve(new.given(), new.preset)
    try:
        spec = RunSpec.model_validate(resolved.fields)
    except ValidationError as error:
        errors = [field_error(problem) for problem in error.errors()]
        raise Invalid(detail_of(errors), errors=errors) from None
    return ResolvedSpec(spec=spec, origins=resolved.origins)


def default_name(spec: RunSpec) -> str:
    return f"{spec.model} on {spec.dataset}, seed {spec.seed}"


def page(database: Database, wanted: RunFilter) -> Snapshot[RunPage]:
    """Return a page of runs. Raises Invalid for a deleted cursor."""
    query = run_search.search(
        ids=wanted.id,
        name=wanted.name,
        status=wanted.status,
        kind=wanted.kind,
        model=wanted.model,
        dataset=wanted.dataset,
        experiment=wanted.experiment,
        tag=wanted.tag,
        text=wanted.q,
        archived={"no": False, "yes": True, "all": None}[wanted.archived],
    )
    with database.read() as session:
        try:
            rows = run_search.page(session, query, sort=wanted.sort, after_id=wanted.cursor, limit=wanted.limit + 1)
        except run_search.CursorGone:
            raise _cursor_deleted(wanted) from None
        shown = rows[: wanted.limit]
        answer = RunPage(
            items=run_views.of_rows(session, shown),
            next_cursor=shown[-1].id if len(rows) > len(shown) else None,
            total=run_search.count(session, query),
        )
        return snapshot(session, answer)


def _cursor_deleted(wanted: RunFilter) -> Invalid:
    message = f"run {wanted.cursor} was deleted, so this order cannot be continued: start at the first page"
    return Invalid.of("cursor", wanted.cursor, message)


def read(database: Database, run_id: int) -> Snapshot[Run]:
    """Return a run. Raises NotFound."""
    with database.read() as session:
        return snapshot(session, run_views.view(session, get_run(session, run_id)))


def cancel(database: Database, run_id: int) -> Run:
    """Cancel a queued run at once, a running one at its next batch. Raises NotFound, Conflict."""
    with database.write() as session:
        row = get_run(session, run_id)
        _cancel(session, row)
        return run_views.view(session, row)


def change(database: Database, run_id: int, wanted: RunChange) -> Run:
    """Change name, tags, note, priority or archived state. Raises NotFound."""
    with database.write() as session:
        row = get_run(session, run_id)
        if wanted.priority is not None:
            row.priority = wanted.priority.rank
        for field, value in wanted.model_dump(exclude={"priority"}, exclude_unset=True, exclude_none=True).items():
            setattr(row, field, value)
        runs.publish(session, [row])
        return run_views.view(session, row)


def delete(database: Database, home: Path, run_id: int) -> None:
    """Delete a run with its metrics and files. Raises NotFound, and Conflict while it is running."""
    with database.write() as session:
        _delete(session, get_run(session, run_id))
    _remove_files(home, run_id)


def move(database: Database, run_id: int, wanted: Move) -> Run:
    """Move a queued run within the queue. Raises NotFound, Conflict."""
    with database.write() as session:
        row = get_run(session, run_id)
        if row.status != Status.QUEUED:
            raise Conflict(f"Run {run_id} is {row.status}: only a queued run can be moved.")
        _put(session, row, wanted)
        # One event is enough: it makes the page reload the order.
        runs.publish(session, [row])
        return run_views.view(session, row)


def _put(session: Session, row: RunTable, wanted: Move) -> None:
    if wanted.to == "front":
        run_queue.put_first(session, row)
    elif wanted.before is None:
        run_queue.put_last(session, row)
    else:
        try:
            run_queue.put_before(session, row, wanted.before)
        except run_queue.NotQueued:
            raise Conflict(f"Run {wanted.before} is not another queued run, so no run can precede it.") from None


def bulk(database: Database, home: Path, wanted: Bulk) -> BulkAnswer:
    """Apply one action to many runs in one transaction; report those that do not allow it."""
    answer = BulkAnswer(done=[], refused=[])
    with database.write() as session:
        for run_id in dict.fromkeys(wanted.runs):
            try:
                _do(session, get_run(session, run_id), wanted)
                answer.done.append(run_id)
            except (NotFound, Conflict) as refusal:
                answer.refused.append(Refusal(run=run_id, detail=refusal.detail))
    if wanted.action == "delete":
        for run_id in answer.done:
            _remove_files(home, run_id)
    return answer


def _do(session: Session, row: RunTable, wanted: Bulk) -> None:
    match wanted.action:
        case "cancel":
            _cancel(session, row)
            return
        case "delete":
            _delete(session, row)
            return
        case "archive" | "unarchive":
            row.archived = wanted.action == "archive"
        case "tag" | "untag":
            assert wanted.tag is not None
            kept = [tag for tag in row.tags or [] if tag != wanted.tag]
            row.tags = [*kept, wanted.tag] if wanted.action == "tag" else kept
    runs.publish(session, [row])


def _delete(session: Session, row: RunTable) -> None:
    if row.status == Status.RUNNING:
        raise Conflict(f"Run {row.id} is running: cancel it first.")
    runs.delete(session, row)


def _remove_files(home: Path, run_id: int) -> None:
    """Delete files, after the commit: files without a row are harmless, a row without its files is not."""
    shutil.rmtree(places.runs(home) / str(run_id), ignore_errors=True)


def _cancel(session: Session, row: RunTable) -> None:
    """Cancel a queued run at once, a running one at its next batch. Raises Conflict."""
    if not may_move(Status(row.status), Status.CANCELLED):
        raise Conflict(f"Run {row.id} is {row.status}: only a queued, running or paused run can be cancelled.")
    lifecycle.stop(session, row, Status.CANCELLED)
