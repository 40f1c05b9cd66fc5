"""From records of the journal to one request of `POST /runs/{id}/points`.

A record is a JSON object with one of these keys, beside the named ones:

    values    {series: number}; step, time, epoch (or null)
    config    values to merge into the run's config
    summary   values to merge into its summary
    quantity  what `define_metric` says of a series
    line      a line of the run's log
    file      name in the lab; path, of the content in the spool
    edit      changes of name, tags or note
    finish    status and reason
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from skiplab.contract.ingest_limits import MOST_BYTES, MOST_KEYS, MOST_LINES, MOST_POINTS

READ_BYTES = 1 << 20
"""Bytes of records read at once; a longer record is read alone."""

POINT_BYTES = 70
"""Most bytes of a point in the request: step, value, time and epoch."""

BODY_BYTES = MOST_BYTES - (64 << 10)
"""Estimated bytes at which a request is full."""

Record = dict[str, Any]


@dataclass
class Batch:
    seq: int
    size: int = 0
    """Bytes of its records."""

    lines: int = 0
    points: int = 0
    full: bool = False
    """Whether there were more lines."""

    series: dict[str, dict[str, list[Any]]] = field(default_factory=dict)
    log: list[Record] = field(default_factory=list)
    config: Record = field(default_factory=dict)
    summary: Record = field(default_factory=dict)
    quantities: dict[str, Record] = field(default_factory=dict)
    files: list[Record] = field(default_factory=list)
    edit: Record = field(default_factory=dict)
    finish: Record | None = None

    _bytes: int = 0
    """Estimate of the request's size."""

    @classmethod
    def of(cls, seq: int, lines: Iterable[bytes], most_lines: int | None = None) -> "Batch":
        """Take lines until the request is full, or the run has ended. A damaged line is skipped."""
        batch = cls(seq)
        for line in lines:
            record = _parsed(line)
            if batch.lines and (batch.finish or batch.lines == most_lines or not batch._has_room(record, len(line))):
                batch.full = True
                break
            batch.size += len(line)
            batch.lines += 1
            batch._add(record, len(line))
        return batch

    def body(self, holder: int, dropped: int) -> dict[str, Any]:
        """Return the request."""
        body: dict[str, Any] = {"holder": holder, "seq": self.seq, "dropped": dropped}
        if self.series:
            body["series"] = {key: _complete(columns) for key, columns in self.series.items()}
        for name in ("log", "config", "summary"):
            if content := getattr(self, name):
                body[name] = content
        if self.quantities:
            body["quantities"] = [*self.quantities.values()]
        return body

    def _has_room(self, record: Record, size: int) -> bool:
        values = record.get("values", {})
        return (
            self.points + len(values) <= MOST_POINTS
            and len(self.series) + len(values) <= MOST_KEYS
            and len(self.log) < MOST_LINES
            and len(self.quantities) < MOST_KEYS
            and self._bytes + size + len(values) * POINT_BYTES <= BODY_BYTES
        )

    def _add(self, record: Record, size: int) -> None:
        if "values" in record:
            self._add_points(record)
            return
        self._bytes += size
        if "line" in record:
            self.log.append(record["line"])
        elif "quantity" in record:
            self.quantities[record["quantity"]["key"]] = record["quantity"]
        elif "file" in record:
            self.files.append(record)
        elif "finish" in record:
            self.finish = record["finish"]
        else:
            for name in ("config", "summary", "edit"):
                getattr(self, name).update(record.get(name, {}))

    def _add_points(self, record: Record) -> None:
        step, time, epoch = record["step"], record["time"], record.get("epoch")
        for key, value in record["values"].items():
            columns = self.series.get(key)
            if columns is None:
                columns = self.series[key] = {"step": [], "value": [], "time": [], "epoch": []}
                self._bytes += len(key) + POINT_BYTES
            columns["step"].append(step)
            columns["value"].append(value if isfinite(value) else _name(value))
            columns["time"].append(time)
            columns["epoch"].append(epoch)
        self.points += len(record["values"])
        self._bytes += len(record["values"]) * POINT_BYTES


def _parsed(line: bytes) -> Record:
    try:
        record = json.loads(line)
    except ValueError:
        return {}
    return record if isinstance(record, dict) else {}


def _complete(columns: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Leave out the epochs if no point has one; 0 stands for none."""
    epochs = columns["epoch"]
    if not any(epochs):
        return {name: column for name, column in columns.items() if name != "epoch"}
    return columns | {"epoch": [epoch or 0 for epoch in epochs]}


def _name(value: float) -> str:
    """Return how JSON without NaN spells it."""
    return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
