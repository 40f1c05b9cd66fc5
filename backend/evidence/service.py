"""Evidence about runs, each read in one transaction."""

from collections.abc import Sequence
from pathlib import Path

from backend.db.database import Database
from backend.errors import NotFound
from backend.evidence import export, loading
from backend.evidence.cells import cells
from backend.evidence.claim import DEFAULT_TARGET, all_sets
from backend.evidence.columns import cards, cell_curve, cell_views, run_measures
from backend.evidence.evaluate import evaluate
from backend.evidence.labels import labels
from backend.evidence.loading import Loaded
from backend.evidence.schemas import CellCurveList, ClaimSetList, Evidence, Measured


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
    """Return the verdicts and the id of the last event included. Raises NotFound."""
    loaded = _load(database, run_ids, experiment_id)
    return judged(loaded, home, claims_key=claims_key, target=target), loaded.event_id


def judged(loaded: Loaded, home: Path, *, claims_key: str | None = None, target: float | None = None) -> Evidence:
    """Judge the claims on loaded runs. Raises NotFound for an unknown set of claims."""
    sets, problems = all_sets(home)
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
) -> tuple[Measured, int]:
    """Return the measures of the runs, without verdicts. Raises NotFound."""
    loaded = _load(database, run_ids, experiment_id)
    return _measured(loaded, target), loaded.event_id


def table(
    database: Database, *, run_ids: Sequence[int] = (), experiment_id: int | None = None, target: float | None = None
) -> str:
    """Return runs with their specs and measures as CSV. Raises NotFound."""
    loaded = _load(database, run_ids, experiment_id)
    return export.csv(loaded.runs, _measured(loaded, target))


def _measured(loaded: Loaded, target: float | None) -> Measured:
    groups = cells(loaded.runs)
    shown = DEFAULT_TARGET if target is None else target
    return Measured(
        measures=cards(loaded.runs),
        target=shown,
        cells=cell_views(groups, loaded.networks, shown),
        runs=run_measures(groups, shown),
    )


def curves(
    database: Database, *, keys: Sequence[str], run_ids: Sequence[int] = (), experiment_id: int | None = None
) -> tuple[CellCurveList, int]:
    """Return mean, SD and interval of every cell by epoch. Raises NotFound."""
    loaded = _load(database, run_ids, experiment_id)
    groups = cells(loaded.runs)
    named = list(enumerate(zip(groups, labels(groups, loaded.networks), strict=True)))
    found = [cell_curve(place, cell, label, key) for place, (cell, label) in named for key in keys]
    return CellCurveList(series=[each for each in found if each.epoch]), loaded.event_id


def _load(database: Database, run_ids: Sequence[int], experiment_id: int | None) -> Loaded:
    """Raises NotFound."""
    with database.read() as session:
        return loading.load(session, run_ids=run_ids, experiment_id=experiment_id)
