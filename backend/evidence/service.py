"""Evidence about runs, each read in one transaction."""

from collections.abc import Sequence
from pathlib import Path

from backend.db import quantities
from backend.db.database import Database, Session
from backend.errors import NotFound
from backend.evidence import export, loading
from backend.evidence.cells import cells
from backend.evidence.claim import DEFAULT_TARGET, BadClaims, ClaimSet, all_sets, quantities_of
from backend.evidence.columns import cards, cell_curve, cell_views, offered, run_measures
from backend.evidence.evaluate import evaluate
from backend.evidence.labels import labels
from backend.evidence.loading import Loaded
from backend.evidence.schemas import CellCurveList, ClaimSetList, Evidence, Measured
from backend.metrics.quantity import quantity_of
from backend.snapshot import Snapshot


def claims(database: Database, home: Path) -> ClaimSetList:
    with database.read() as session:
        sets, problems = read_claims(session, home)
    return ClaimSetList(items=sets, problems=[str(problem) for problem in problems])


def answer(
    database: Database,
    home: Path,
    *,
    run_ids: Sequence[int] = (),
    experiment_id: int | None = None,
    claims_key: str | None = None,
    target: float | None = None,
) -> Snapshot[Evidence]:
    """Return the verdicts. Raises NotFound."""
    with database.read() as session:
        given = read_claims(session, home)
        loaded = loading.load(session, run_ids=run_ids, experiment_id=experiment_id, keys=quantities_of(given[0]))
    return Snapshot(judged(loaded, given, claims_key=claims_key, target=target), loaded.event_id)


Claims = tuple[list[ClaimSet], list[BadClaims]]
"""All sets, and the files that cannot be used."""


def read_claims(session: Session, home: Path) -> Claims:
    """Read all sets of claims, which may refer to plugins' quantities, stored in the database."""
    return all_sets(home, quantities.own(session))


def judged(loaded: Loaded, given: Claims, *, claims_key: str | None = None, target: float | None = None) -> Evidence:
    """Judge the claims on runs loaded with the quantities they name. Raises NotFound for an unknown set of claims."""
    sets, problems = given
    if claims_key is not None:
        sets = [claims for claims in sets if claims.key == claims_key]
        if not sets:
            raise NotFound(f"There is no set of claims {claims_key!r}.")
    return Evidence(
        sets=evaluate(sets, loaded.runs, loaded.networks, target),
        problems=[*(str(problem) for problem in problems), *loaded.problems],
        **dict(_measured(loaded, target)),
    )


def measured(
    database: Database, *, run_ids: Sequence[int] = (), experiment_id: int | None = None, target: float | None = None
) -> Snapshot[Measured]:
    """Return the measures of the runs, without verdicts. Raises NotFound."""
    loaded = _load(database, run_ids, experiment_id)
    return Snapshot(_measured(loaded, target), loaded.event_id)


def table(
    database: Database, *, run_ids: Sequence[int] = (), experiment_id: int | None = None, target: float | None = None
) -> str:
    """Return runs with their specs and measures as CSV. Raises NotFound."""
    loaded = _load(database, run_ids, experiment_id)
    return export.csv(loaded.runs, _measured(loaded, target))


def _measured(loaded: Loaded, target: float | None) -> Measured:
    groups = cells(loaded.runs)
    shown = DEFAULT_TARGET if target is None else target
    measures = offered(loaded.own)
    return Measured(
        measures=cards(loaded.runs, measures),
        target=shown,
        cells=cell_views(groups, loaded.networks, shown, measures),
        runs=run_measures(groups, shown, measures),
    )


def curves(
    database: Database, *, keys: Sequence[str], run_ids: Sequence[int] = (), experiment_id: int | None = None
) -> Snapshot[CellCurveList]:
    """Return mean, SD and CI of every cell by epoch. Raises NotFound, and Invalid for an unknown quantity."""
    with database.read() as session:
        for key in keys:
            quantity_of(session, key)
        loaded = loading.load(session, run_ids=run_ids, experiment_id=experiment_id, keys=keys)
    groups = cells(loaded.runs)
    named = list(enumerate(zip(groups, labels(groups, loaded.networks), strict=True)))
    found = [cell_curve(place, cell, label, key) for place, (cell, label) in named for key in keys]
    return Snapshot(CellCurveList(series=[each for each in found if each.epoch]), loaded.event_id)


def _load(database: Database, run_ids: Sequence[int], experiment_id: int | None) -> Loaded:
    """Raises NotFound."""
    with database.read() as session:
        return loading.load(session, run_ids=run_ids, experiment_id=experiment_id)
