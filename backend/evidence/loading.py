"""Rows into records: the one place where evidence meets the database."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from backend.contract.lifecycle import Status
from backend.contract.metrics import Metric
from backend.contract.run import RunNetwork
from backend.contract.spec import RunSpec
from backend.db import catalog, evidence, experiments
from backend.db.database import Session
from backend.db.tables import RunTable
from backend.errors import NotFound
from backend.evidence.cells import key_of, recipe
from backend.evidence.records import LayerGradients, NetworkFacts, RunRecord, Series

KEYS = (
    Metric.TRAIN_LOSS,
    Metric.TRAIN_ACCURACY,
    Metric.TRAIN_EVAL_LOSS,
    Metric.TRAIN_EVAL_ACCURACY,
    Metric.VAL_ACCURACY,
    Metric.TEST_LOSS,
    Metric.TEST_ACCURACY,
    Metric.EPOCH_SECONDS,
    Metric.EVALUATION_SECONDS,
    Metric.IMAGES_PER_SECOND,
)


def of_runs(session: Session, run_ids: Sequence[int]) -> list[RunRecord]:
    """Raises NotFound for a run that is not there."""
    rows = evidence.runs(session, run_ids)
    if missing := set(run_ids) - {row.id for row in rows}:
        raise NotFound(f"There is no run {min(missing)}.")
    return _with_others(session, _records(session, rows))


def of_experiment(session: Session, experiment_id: int) -> list[RunRecord]:
    """Raises NotFound."""
    if experiments.get(session, experiment_id) is None:
        raise NotFound(f"There is no experiment {experiment_id}.")
    return _records(session, experiments.runs_of(session, [experiment_id]))


def networks(session: Session) -> dict[str, NetworkFacts]:
    """As announced: what does not vary with the seed."""
    return {card.key: NetworkFacts(card.key, card.label, tuple(card.defaults)) for card in catalog.models(session)}


def _with_others(session: Session, records: Sequence[RunRecord]) -> list[RunRecord]:
    """Who picks runs by hand may pick the seeds that suit him: what else finished in the same cells is told, and what
    was planned with them, in the same experiment, is waited for.

    An experiment's seeds were fixed at its launch, so other experiments leave it alone.
    """
    asked = {record.id for record in records}
    others: dict[str, list[RunTable]] = {}
    for row in evidence.of_models(session, sorted({record.spec.model for record in records})):
        if row.id not in asked:
            others.setdefault(key_of(recipe(RunSpec.model_validate(row.spec))), []).append(row)
    return [_with_others_of(record, others.get(key_of(recipe(record.spec)), ())) for record in records]


def _with_others_of(record: RunRecord, others: Sequence[RunTable]) -> RunRecord:
    finished = tuple(row.id for row in others if row.id is not None and row.status == Status.FINISHED)
    planned = [row for row in others if row.experiment_id is not None and row.experiment_id == record.experiment]
    return replace(record, left_out=finished, siblings=tuple(_unmeasured(row) for row in planned))


def _unmeasured(row: RunTable) -> RunRecord:
    """What is known of a run that nobody asked for: its spec, what became of it and when."""
    assert row.id is not None
    return RunRecord(
        id=row.id,
        name=row.name,
        spec=RunSpec.model_validate(row.spec),
        status=row.status,
        reason=row.reason,
        created_at=row.created_at,
        finished_at=row.finished_at,
    )


def _records(session: Session, rows: Sequence[RunTable]) -> list[RunRecord]:
    ids = [row.id for row in rows if row.id is not None]
    points: dict[tuple[int, str], dict[int, float | None]] = {}
    for run_id, key, epoch, value in evidence.points(session, ids, KEYS):
        points.setdefault((run_id, key), {})[epoch] = value
    gradients = _by_depth(evidence.block_gradients(session, ids))
    hosts, beside = evidence.hosts(session, rows), evidence.beside(session, rows)
    return [
        RunRecord(
            id=row.id,
            name=row.name,
            spec=RunSpec.model_validate(row.spec),
            status=row.status,
            series={key: Series.of(points[row.id, key]) for key in KEYS if (row.id, key) in points},
            layers=gradients.get(row.id, ()),
            environment=_environment(row.environment or {}),
            hardware=f"{hosts[row.id]}: {row.device}" if row.id in hosts and row.device else None,
            beside=beside.get(row.id, 0.0),
            reason=row.reason,
            experiment=row.experiment_id,
            created_at=row.created_at,
            finished_at=row.finished_at,
            network=None if row.network is None else RunNetwork.model_validate(row.network),
        )
        for row in rows
        if row.id is not None
    ]


def update_ratios(session: Session, run_ids: Sequence[int]) -> dict[int, tuple[LayerGradients, ...]]:
    """Run to how far a step moves each layer's weight, by its size."""
    return _by_depth(evidence.update_ratios(session, run_ids))


def weight_gradients(session: Session, run_ids: Sequence[int]) -> dict[int, tuple[LayerGradients, ...]]:
    """Run to the norm of the gradient of each layer's weight."""
    return _by_depth(evidence.weight_gradients(session, run_ids))


def _by_depth(rows: Sequence[tuple[int, int, str, float | None]]) -> dict[int, tuple[LayerGradients, ...]]:
    """Run to its epochs. A run without rows, of a network that repeats no block, is not in it."""
    found: dict[int, list[LayerGradients]] = {}
    for (run_id, epoch), group in groupby(rows, lambda row: (row[0], row[1])):
        known = [(name, value) for _, _, name, value in group if value is not None]
        names, values = tuple(name for name, _ in known), tuple(value for _, value in known)
        found.setdefault(run_id, []).append(LayerGradients(epoch, names, values))
    return {run_id: tuple(epochs) for run_id, epochs in found.items()}


def _environment(facts: Mapping[str, Any]) -> dict[str, str]:
    """What numbers may depend on beside the spec and the machine."""
    packages = facts.get("packages") or {}
    named = {
        "threads": facts.get("threads"),
        "precision": facts.get("precision"),
        "torch version": packages.get("torch"),
        "version of the lab": facts.get("commit"),
    }
    return {name: str(value) for name, value in named.items() if value is not None}
