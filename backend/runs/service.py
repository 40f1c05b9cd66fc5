"""What is decided about runs before they reach the database."""

from collections.abc import Sequence

from backend.contract.catalog import DatasetCard, ModelCard
from backend.contract.lifecycle import Status, may_move
from backend.contract.run import Run
from backend.contract.spec import RunSpec
from backend.db import catalog, events, experiments, runs
from backend.db.database import Database, Session
from backend.db.tables import RunTable
from backend.errors import Conflict, FieldError, Invalid, NotFound, NotReady
from backend.queue import RunQueue
from backend.runs.schemas import NewRun, RunFilter, RunPage


def submit(database: Database, queue: RunQueue, new: NewRun) -> Run:
    """Store the run, commit, ring.

    Raises Invalid for a network or data set that no worker offers, NotReady before a worker has said what it offers.
    """
    spec = new.spec()
    with database.write() as session:
        check_offered(session, [spec])
        if new.experiment is not None and experiments.get(session, new.experiment) is None:
            raise Invalid(
                f"There is no experiment {new.experiment}.",
                errors=[FieldError(field="experiment", value=new.experiment, message="no such experiment")],
            )
        row = runs.add(session, spec, name=new.name or default_name(spec), tags=new.tags, experiment_id=new.experiment)
        run = runs.view(session, row)
    queue.ring(run.id)
    return run


def default_name(spec: RunSpec) -> str:
    return f"{spec.model} on {spec.dataset}, seed {spec.seed}"


def check_offered(session: Session, specs: Sequence[RunSpec]) -> None:
    """Refuse what no worker could train. Raises Invalid, NotReady."""
    if not catalog.is_announced(session):
        raise NotReady("No worker has announced its networks yet; try again in a few seconds.", retry_after=3)
    models = {card.key: card for card in catalog.models(session)}
    datasets = {card.key: card for card in catalog.datasets(session)}
    wrong = [_unknown("model", spec.model, list(models)) for spec in specs if spec.model not in models]
    wrong += [_unknown("dataset", spec.dataset, list(datasets)) for spec in specs if spec.dataset not in datasets]
    if not wrong:
        pairs = dict.fromkeys((spec.model, spec.dataset) for spec in specs)
        wrong = [error for model, data in pairs for error in _misfit(models[model], datasets[data])]
    if wrong:
        raise Invalid("; ".join(dict.fromkeys(error.message for error in wrong)), errors=wrong)


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
            row.stop_requested = True
        else:
            runs.end(row, Status.CANCELLED, f"cancelled while {row.status}")
        runs.tell(session, row)
        return runs.view(session, row)


def _get(session: Session, run_id: int) -> RunTable:
    row = runs.get(session, run_id)
    if row is None:
        raise NotFound(f"There is no run {run_id}.")
    return row


def _misfit(model: ModelCard, data: DatasetCard) -> list[FieldError]:
    """Why the network cannot be trained on the data set, as far as their cards tell."""
    if data.image_shape is None or model.smallest is None or min(data.image_shape[1:]) >= model.smallest:
        return []
    _, height, width = data.image_shape
    message = (
        f"{model.key} needs at least {model.smallest} x {model.smallest} pixels; the images of {data.key} are"
        f" {height} x {width}"
    )
    return [FieldError(field="model", value=model.key, message=message)]


def _unknown(field: str, given: str, offered: list[str]) -> FieldError:
    kind = {"model": "network", "dataset": "data set"}[field]
    return FieldError(
        field=field, value=given, message=f"no {kind} {given!r}; there are {', '.join(offered)}", allowed=offered
    )
