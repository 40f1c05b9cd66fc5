"""The measures as CSV (RFC 4180), one row per run."""

import csv as files
import io
from collections.abc import Sequence
from typing import Any

from backend.evidence.records import RunRecord
from backend.evidence.schemas import Measured, RunMeasures
from skiplab.contract.csv_cells import cell
from skiplab.contract.spec import RunSpec

BEFORE = ("run", "name", "status", *RunSpec.model_fields, "target")


def csv(records: Sequence[RunRecord], measured: Measured) -> str:
    """Write one row per run; a value is empty if it was not measured or the target never reached."""
    derived = {each.run: each for each in measured.runs}
    output = io.StringIO()
    columns = (*BEFORE, *(card.key for card in measured.measures), "data_version")
    writer = files.DictWriter(output, fieldnames=columns)
    writer.writeheader()
    writer.writerows(_row(record, derived[record.id], measured.target) for record in records)
    return output.getvalue()


def _row(record: RunRecord, derived: RunMeasures, target: float) -> dict[str, Any]:
    spec = {field: cell(value) for field, value in record.spec.model_dump(mode="json").items()}
    facts = {"run": record.id, "name": cell(record.name), "status": cell(record.status), "target": target}
    data = {"data_version": record.data.words if record.data else None if record.open else "unknown"}
    return {**facts, **spec, **data, **{str(measure): value for measure, value in derived.values.items()}}
