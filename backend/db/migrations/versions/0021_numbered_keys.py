"""Values refer to their key by number, in a table that is its own index, and times of values and events are integers.
Events are no longer indexed by time, which follows their ids."""

from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from alembic import op

from backend.db import progress

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

MICROSECONDS = {
    "sqlite": "CAST(strftime('%s', substr({0}, 1, 19)) AS INTEGER) * 1000000 + CAST(substr({0}, 21, 6) AS INTEGER)",
    "postgresql": "CAST(extract(epoch FROM {0}) * 1000000 AS bigint)",
}
"""Since 1970, of a time in UTC without a zone."""

COUNTS = sa.text("SELECT run_id, count(*) FROM metric GROUP BY run_id ORDER BY run_id")

STRETCH_ROWS = 50_000
"""Rows of a statement: about a third of a second."""


def upgrade() -> None:
    _number_keys()
    _shrink_events()


def _number_keys() -> None:
    op.create_table(
        "metric_key",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("key", sa.String(), nullable=False, unique=True),
    )
    op.execute("INSERT INTO metric_key (key) SELECT DISTINCT key FROM metric ORDER BY key")
    op.create_table(
        "point",
        sa.Column("run_id", sa.Integer(), sa.ForeignKey("run.id"), primary_key=True),
        sa.Column("key_id", sa.Integer(), sa.ForeignKey("metric_key.id"), primary_key=True),
        sa.Column("step", sa.Integer(), primary_key=True),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("nonfinite", sa.String(), nullable=True),
        sqlite_with_rowid=False,
    )
    _copy_points()
    op.drop_table("metric")
    op.rename_table("point", "metric")


def _copy_points() -> None:
    """Copy the values, some runs at a time."""
    counts = [tuple(row) for row in op.get_bind().execute(COUNTS)]
    reported = progress.of(op.get_context())
    reported.begin("metric values", total=sum(count for _, count in counts))
    statement = sa.text(
        "INSERT INTO point (run_id, key_id, step, epoch, time, value, nonfinite)"
        f" SELECT run_id, metric_key.id, step, epoch, {_microseconds('time')}, value, nonfinite"
        " FROM metric JOIN metric_key ON metric_key.key = metric.key"
        " WHERE run_id BETWEEN :first AND :last ORDER BY run_id, metric_key.id, step"
    )
    for first, last, rows in _stretches(counts):
        op.get_bind().execute(statement, {"first": first, "last": last})
        reported.advance(rows)


def _stretches(counts: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
    """Yield first run, last run and rows of consecutive runs with about STRETCH_ROWS rows together."""
    rows, first = 0, None
    for run_id, count in counts:
        first = run_id if first is None else first
        rows += count
        if rows >= STRETCH_ROWS:
            yield first, run_id, rows
            rows, first = 0, None
    if first is not None:
        yield first, run_id, rows


def _shrink_events() -> None:
    op.drop_index("ix_event_created_at", "event")
    op.drop_index("ix_event_subject", "event")
    is_passing = sa.text("subject IS NOT NULL")
    op.create_index("ix_event_subject", "event", ["subject"], sqlite_where=is_passing, postgresql_where=is_passing)
    if op.get_bind().dialect.name == "postgresql":
        progress.of(op.get_context()).begin("events")
        op.execute(f"ALTER TABLE event ALTER COLUMN created_at TYPE bigint USING {_microseconds('created_at')}")
        return
    op.execute("ALTER TABLE event RENAME COLUMN created_at TO created_as_text")
    op.add_column("event", sa.Column("created_at", sa.BigInteger(), nullable=False, server_default="0"))
    _convert_times()
    op.execute("ALTER TABLE event DROP COLUMN created_as_text")


def _convert_times() -> None:
    connection, reported = op.get_bind(), progress.of(op.get_context())
    total, first, last = connection.execute(sa.text("SELECT count(*), min(id), max(id) FROM event")).one()
    reported.begin("events", total=total)
    update = f"UPDATE event SET created_at = {_microseconds('created_as_text')} WHERE id BETWEEN :first AND :last"
    for start in range(first, last + 1, STRETCH_ROWS) if total else ():
        done = connection.execute(sa.text(update), {"first": start, "last": start + STRETCH_ROWS - 1})
        reported.advance(done.rowcount)


def _microseconds(column: str) -> str:
    return MICROSECONDS[op.get_bind().dialect.name].format(column)
