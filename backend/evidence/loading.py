"""Load runs from the database as the records that verdicts are made from."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, TypedDict

from backend.db import catalog, events, evidence, experiments, quantities, versions
from backend.db.database import Session
from backend.db.readable import readable
from backend.db.tables import RunTable
from backend.errors import NotFound
from backend.evidence.cells import key_of, recipe
from backend.evidence.definitions import Value
from backend.evidence.measures import Measure
from backend.evidence.records import DataVersion, LayerGradients, NetworkFacts, RunRecord, Series
from skiplab.contract.catalog import RunData, version_in_words
from skiplab.contract.lifecycle import Status
from skiplab.contract.metrics import Metric
from skiplab.contract.quantities import Quantity
from skiplab.contract.run import RunNetwork
from skiplab.contract.spec import RunSpec, images_per_epoch

KEYS = frozenset(
    {
        *(Metric.TRAIN_LOSS, Metric.TRAIN_ACCURACY, Metric.TRAIN_EVAL_LOSS, Metric.TRAIN_EVAL_ACCURACY),
        *(Metric.VAL_ACCURACY, Metric.TEST_LOSS, Metric.TEST_ACCURACY, Metric.EPOCH_SECONDS, Metric.EVALUATION_SECONDS),
        *(
            key
            for measure in Measure
            if isinstance(measure.definition, Value)
            for key in measure.definition.of_run.metrics
        ),
    }
)
"""What figures, times to targets and measures are made of."""


@dataclass(frozen=True)
class Loaded:
    """Everything that evidence needs, read in one transaction."""

    runs: list[RunRecord]
    networks: dict[str, NetworkFacts]
    own: list[Quantity]
    """Of plugins' metrics, which the runs' series hold as well."""
    problems: list[str]
    """Runs that are excluded, and why."""
    event_id: int


def load(
    session: Session,
    *,
    run_ids: Sequence[int] = (),
    experiment_id: int | None = None,
    keys: Collection[str] = (),
) -> Loaded:
    """Of the runs given, or else of the experiment. `keys`: metrics that are read beside the usual ones. Raises
    NotFound."""
    rows = _runs(session, run_ids) if experiment_id is None else _of_experiment(session, experiment_id)
    own = quantities.own(session)
    records = _records(session, rows, {*KEYS, *(each.key for each in own), *keys})
    return Loaded(
        runs=records if experiment_id is not None else _with_others(session, records),
        networks=networks(session),
        own=own,
        problems=[problem for row in rows if (problem := _left_out(row)) is not None],
        event_id=events.latest_id(session),
    )


def _left_out(row: RunTable) -> str | None:
    """Return why a run cannot be compared; None if it can."""
    stored = row.stored_spec
    if stored is None:
        return f"run {row.id} is left out: it is of kind {row.kind}, and has no spec to compare by"
    if stored.problem is not None:
        return f"run {row.id} is left out: this version cannot use its config ({stored.problem})"
    return None


class DataFields(TypedDict):
    data: DataVersion | None
    open: bool
    outdated: bool


class RunsData:
    """The data set versions that runs trained on."""

    def __init__(self, session: Session, rows: Sequence[RunTable]) -> None:
        self._of, self._newest = versions.of_runs(session, rows), versions.newest(session)

    def of(self, row: RunTable) -> DataFields:
        assert row.id is not None
        dataset = row.dataset or ""
        known, newest = self._of.get(row.id), self._newest.get(dataset)
        if known is None:
            begun = row.epoch > 0
            return DataFields(data=None, open=not begun, outdated=begun and newest is not None)
        data = _version(dataset, known)
        return DataFields(data=data, open=False, outdated=newest is not None and _version(dataset, newest) != data)


def _version(key: str, known: RunData) -> DataVersion:
    words = version_in_words(known.version, known.sha256)
    return DataVersion(known.sha256 or f"{key}, {words}", words, verified=known.provenance != "unverified")


def _runs(session: Session, run_ids: Sequence[int]) -> Sequence[RunTable]:
    """Raises NotFound for an unknown run."""
    rows = evidence.runs(session, run_ids)
    if missing := set(run_ids) - {row.id for row in rows}:
        raise NotFound(f"There is no run {min(missing)}.")
    return rows


def _of_experiment(session: Session, experiment_id: int) -> Sequence[RunTable]:
    """Raises NotFound."""
    if experiments.get(session, experiment_id) is None:
        raise NotFound(f"There is no experiment {experiment_id}.")
    return experiments.runs_of(session, experiment_id)


def networks(session: Session) -> dict[str, NetworkFacts]:
    """Return what is known of each network on offer, by key."""
    return {card.key: NetworkFacts(card.key, card.label, tuple(card.defaults)) for card in catalog.models(session)}


def _with_others(session: Session, records: Sequence[RunRecord]) -> list[RunRecord]:
    """Add the other runs of the same cells, so that results cannot be cherry-picked by seed: finished ones are
    reported, and those planned in the same experiment are waited for.

    An experiment's seeds were fixed at its launch, so runs of other experiments do not delay its verdict.
    """
    asked = {record.id for record in records}
    rows = evidence.of_models(session, sorted({record.spec.model for record in records}))
    data = RunsData(session, rows)
    others: dict[str, list[RunRecord]] = {}
    for row in rows:
        spec = row.usable_spec
        if row.id not in asked and spec is not None:
            others.setdefault(key_of(recipe(spec)), []).append(_unmeasured(row, spec, data))
    return [_with_others_of(record, others.get(key_of(recipe(record.spec)), ())) for record in records]


def _with_others_of(record: RunRecord, others: Sequence[RunRecord]) -> RunRecord:
    alike = [each for each in others if each.open or record.open or each.data == record.data]
    finished = tuple(each.id for each in alike if each.status == Status.FINISHED)
    planned = tuple(each for each in alike if each.experiment is not None and each.experiment == record.experiment)
    return replace(record, left_out=finished, siblings=planned)


def _unmeasured(row: RunTable, spec: RunSpec, data: RunsData) -> RunRecord:
    """A run that was not selected: its spec, status and times, without its metrics."""
    assert row.id is not None
    return RunRecord(
        id=row.id,
        name=row.name,
        spec=spec,
        status=row.status,
        reason=row.reason,
        experiment=row.experiment_id,
        created_at=row.created_at,
        finished_at=row.finished_at,
        **data.of(row),
    )


def _records(session: Session, rows: Sequence[RunTable], keys: Collection[str]) -> list[RunRecord]:
    ids = [row.id for row in rows if row.id is not None]
    points: dict[tuple[int, str], dict[int, float | None]] = {}
    for run_id, key, epoch, value in evidence.points(session, ids, keys):
        points.setdefault((run_id, key), {})[epoch] = value
    gradients = _by_depth(evidence.block_gradients(session, ids))
    data = RunsData(session, rows)
    available = versions.train_images_of(session, rows)
    hosts, beside = evidence.hosts(session, rows), evidence.beside(session, rows)
    return [
        RunRecord(
            id=row.id,
            name=row.name,
            spec=spec,
            status=row.status,
            series={key: Series.of(points[row.id, key]) for key in keys if (row.id, key) in points},
            layers=gradients.get(row.id, ()),
            environment=_environment(row.environment or {}),
            code=_code(row.environment or {}),
            edited=_edited(row.environment or {}),
            hardware=f"{hosts[row.id]}: {row.device}" if row.id in hosts and row.device else None,
            beside=beside.get(row.id, 0.0),
            reason=row.reason,
            experiment=row.experiment_id,
            created_at=row.created_at,
            finished_at=row.finished_at,
            images_per_epoch=_images_per_epoch(spec, available.get(row.id)),
            network=readable(RunNetwork, row.network),
            **data.of(row),
        )
        for row in rows
        if row.id is not None and (spec := row.usable_spec) is not None
    ]


def _images_per_epoch(spec: RunSpec, available: int | None) -> int | None:
    return None if available is None else images_per_epoch(spec, available)


def update_ratios(session: Session, run_ids: Sequence[int]) -> dict[int, tuple[LayerGradients, ...]]:
    """Return each run's update-to-weight ratios by layer and epoch."""
    return _by_depth(evidence.update_ratios(session, run_ids))


def weight_gradients(session: Session, run_ids: Sequence[int]) -> dict[int, tuple[LayerGradients, ...]]:
    """Return each run's weight-gradient norms by layer and epoch."""
    return _by_depth(evidence.weight_gradients(session, run_ids))


def _by_depth(rows: Sequence[tuple[int, int, str, float | None]]) -> dict[int, tuple[LayerGradients, ...]]:
    """Group rows by run and epoch, without epochs that have no value at any depth (a network without repeated blocks,
    or whose block outputs have no gradient)."""
    found: dict[int, list[LayerGradients]] = {}
    for (run_id, epoch), group in groupby(rows, lambda row: (row[0], row[1])):
        rows_of_epoch = list(group)
        values = tuple(value for _, _, _, value in rows_of_epoch)
        if any(value is not None for value in values):
            names = tuple(name for _, _, name, _ in rows_of_epoch)
            found.setdefault(run_id, []).append(LayerGradients(epoch, names, values))
    return {run_id: tuple(epochs) for run_id, epochs in found.items()}


def _environment(facts: Mapping[str, Any]) -> dict[str, str]:
    """What results may depend on besides the spec and the machine."""
    packages = facts.get("packages")
    packages = packages if isinstance(packages, dict) else {}
    named = {
        "threads": facts.get("threads"),
        "precision": facts.get("precision"),
        "torch version": packages.get("torch"),
        "version of the lab": facts.get("commit"),
    }
    return {name: str(value) for name, value in named.items() if value is not None}


def _code(facts: Mapping[str, Any]) -> dict[str, str]:
    """Hashes of the run's plugin files and versions of their packages; old runs have one hash per plugin."""
    files, packages = facts.get("plugin_files"), facts.get("plugin_packages")
    if not isinstance(files, dict):
        files = facts.get("plugins")
    return {
        str(name): str(value) for each in (files, packages) if isinstance(each, dict) for name, value in each.items()
    }


def _edited(facts: Mapping[str, Any]) -> tuple[str, ...]:
    changes = facts.get("code_changes") or []
    return tuple(dict.fromkeys(str(name) for change in changes for name in change.get("changed", ())))
