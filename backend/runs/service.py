"""What is decided about runs before they reach the database."""

from pydantic import ValidationError

from backend.contract.lifecycle import Status, may_move
from backend.contract.run import Run
from backend.contract.spec import RunSpec
from backend.db import events, experiments, runs
from backend.db.database import Database, Session
from backend.db.tables import RunTable
from backend.errors import Conflict, FieldError, Invalid, NotFound, field_error
from backend.queue import RunQueue
from backend.runs.offer import Offer
from backend.runs.schemas import NewRun, ResolvedSpec, RunFilter, RunPage


def submit(database: Database, queue: RunQueue, new: NewRun) -> Run:
    """Store the run, commit, ring.

    Raises Invalid for a network or data set that no worker offers, NotReady before a worker has said what it offers.
    """
    with database.write() as session:
        offer = Offer.read(session)
        spec = complete(offer, new).spec
        offer.check([spec])
        if new.experiment is not None and experiments.get(session, new.experiment) is None:
            raise Invalid(
                f"There is no experiment {new.experiment}.",
                errors=[FieldError(field="experiment", value=new.experiment, message="no such experiment")],
            )
        row = runs.add(session, spec, name=new.name or default_name(spec), tags=new.tags, experiment_id=new.experiment)
        run = runs.view(session, row)
    queue.ring(run.id)
    return run


def preview(database: Database, new: NewRun) -> ResolvedSpec:
    """What a run of this would be. Raises Invalid, NotReady."""
    with database.read() as session:
        return complete(Offer.read(session), new)


def complete(offer: Offer, new: NewRun) -> ResolvedSpec:
    """The request made whole. Raises Invalid when fields that come from different places do not agree."""
    resolved = offer.resolve(new.given(), new.preset)
    try:
        spec = RunSpec.model_validate(resolved.fields)
    except ValidationError as error:
        errors = [field_error(problem) for problem in error.errors()]
        raise Invalid("; ".join(f"{each.field}: {each.message}" for each in errors), errors=errors) from None
    return ResolvedSpec(spec=spec, origins=resolved.origins)


def default_name(spec: RunSpec) -> str:
    return f"{spec.model} on {spec.dataset}, seed {spec.seed}"


def page(database: Database, wanted: RunFilter) -> tuple[RunPage, int]:
    """A page of runs and the event id it was true at."""
    query = runs.search(
        status=wanted.status,
        model=wanted.model,
        dataset=wanted.dataset,
        experiment=wanted.experiment,
        tag=wanted.tag,
        text=wanted.q,
    )
    with database.read() as session:
        rows = runs.page(session, query, sort=wanted.sort, after_id=wanted.cursor, limit=wanted.limit + 1)
        shown = rows[: wanted.limit]
        answer = RunPage(
            items=runs.views(session, shown),
            next_cursor=shown[-1].id if len(rows) > len(shown) else None,
            total=runs.count(session, query),
        )
        return answer, events.latest_id(session)


def read(database: Database, run_id: int) -> tuple[Run, int]:
    """A run and the event id it was true at. Raises NotFound."""
    with database.read() as session:
        return runs.view(session, _get(session, run_id)), events.latest_id(session)


def cancel(database: Database, run_id: int) -> Run:
    """End a waiting run at once; ask a running one to stop at its next batch. Raises NotFound, Conflict."""
    with database.write() as session:
        row = _get(session, run_id)
        if not may_move(Status(row.status), Status.CANCELLED):
            raise Conflict(f"Run {run_id} is {row.status}: only a queued, running or paused run can be cancelled.")
        if row.status == Status.RUNNING:
            row.stop_as = Status.CANCELLED
        else:
            runs.end(session, row, Status.CANCELLED, f"cancelled while {row.status}")
        runs.tell(session, row)
        return runs.view(session, row)


def _get(session: Session, run_id: int) -> RunTable:
    row = runs.get(session, run_id)
    if row is None:
        raise NotFound(f"There is no run {run_id}.")
    return row
