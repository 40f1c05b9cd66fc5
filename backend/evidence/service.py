"""From a question about runs to its answer."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from backend.db import events
from backend.db.database import Database
from backend.errors import NotFound
from backend.evidence import export, loading
from backend.evidence.answer import evidence
from backend.evidence.cells import cells
from backend.evidence.claim import all_sets
from backend.evidence.columns import cards, cell_curve, cell_views, run_measures
from backend.evidence.labels import labels
from backend.evidence.records import NetworkFacts, RunRecord
from backend.evidence.schemas import CellCurveList, ClaimSetList, Evidence, Measured

TARGET = 0.6
"""What times are taken to in tables, where no claim says."""


def claims(home: Path) -> ClaimSetList:
    sets, problems = all_sets(home)
    return ClaimSetList(items=sets, problems=[str(problem) for problem in problems])


def answer(
    database: Database,
    home: Path,
    *,
    run_ids: Sequence[int] = (),
    experiment_id: int | None = None,
    claims_key: str | None = None,
    target: float | None = None,
) -> tuple[Evidence, int]:
    """The verdicts and the event id they were true at. Raises NotFound."""
    sets, problems = all_sets(home)
    if claims_key is not None:
        sets = [claims for claims in sets if claims.key == claims_key]
        if not sets:
            raise NotFound(f"There is no set of claims {claims_key!r}.")
    records, networks, event_id = load(database, run_ids=run_ids, experiment_id=experiment_id)
    judged = evidence(sets, records, networks, target)
    derived = _measured(records, networks, target)
    told = [str(problem) for problem in problems]
    return Evidence(sets=judged, problems=told, **dict(derived)), event_id


def measured(
    database: Database, *, run_ids: Sequence[int] = (), experiment_id: int | None = None, target: float | None = None
) -> tuple[Measured, int]:
    """What was derived of the runs, without a verdict. Raises NotFound."""
    records, networks, event_id = load(database, run_ids=run_ids, experiment_id=experiment_id)
    return _measured(records, networks, target), event_id


def table(
    database: Database, *, run_ids: Sequence[int] = (), experiment_id: int | None = None, target: float | None = None
) -> str:
    """Runs with their specs and all that was derived of them, as CSV. Raises NotFound."""
    records, networks, _ = load(database, run_ids=run_ids, experiment_id=experiment_id)
    return export.csv(records, _measured(records, networks, target))


def _measured(records: Sequence[RunRecord], networks: Mapping[str, NetworkFacts], target: float | None) -> Measured:
    groups = cells(records)
    shown = TARGET if target is None else target
    return Measured(
        measures=cards(records),
        target=shown,
        cells=cell_views(groups, networks, shown),
        runs=run_measures(groups, shown),
    )


def curves(
    database: Database, *, keys: Sequence[str], run_ids: Sequence[int] = (), experiment_id: int | None = None
) -> tuple[CellCurveList, int]:
    """Mean, sd and interval of every cell, epoch by epoch. Raises NotFound."""
    records, networks, event_id = load(database, run_ids=run_ids, experiment_id=experiment_id)
    groups = cells(records)
    named = list(enumerate(zip(groups, labels(groups, networks), strict=True)))
    found = [cell_curve(place, cell, label, key) for place, (cell, label) in named for key in keys]
    return CellCurveList(series=[each for each in found if each.epoch]), event_id


def load(
    database: Database, *, run_ids: Sequence[int] = (), experiment_id: int | None = None
) -> tuple[list[RunRecord], dict[str, NetworkFacts], int]:
    """Records, networks and the event id they were true at. Raises NotFound."""
    with database.read() as session:
        if experiment_id is not None:
            records = loading.of_experiment(session, experiment_id)
        else:
            records = loading.of_runs(session, run_ids)
        return records, loading.networks(session), events.latest_id(session)
