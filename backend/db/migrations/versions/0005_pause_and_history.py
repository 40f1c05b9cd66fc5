"""Requested status at stop, transitions and training time of runs; draining workers."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("run", sa.Column("stop_as", sa.String(), nullable=True))
    op.execute("UPDATE run SET stop_as = 'cancelled' WHERE stop_requested")
    # Plain SQL: Alembic would copy the table in SQLite, which would lose the rows that refer to it.
    op.execute("ALTER TABLE run DROP COLUMN stop_requested")
    op.add_column("run", sa.Column("trained_seconds", sa.Float(), nullable=False, server_default="0"))
    op.execute(
        "UPDATE run SET trained_seconds = coalesce("
        "(SELECT sum(value) FROM metric WHERE metric.run_id = run.id AND metric.key = 'time/epoch'), 0)"
    )
    op.add_column("worker", sa.Column("draining", sa.Boolean(), nullable=False, server_default="0"))
    op.create_table(
        "transition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("time", sa.DateTime(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_transition_run_id", "transition", ["run_id"])
