"""Transitions record which worker held the run."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    held = sa.ForeignKey("worker.id", name="transition_worker_id_fkey")
    # SQLite recreates the table for it, which is safe: no other table refers to this one.
    with op.batch_alter_table("transition") as table:
        table.add_column(sa.Column("worker_id", sa.Integer(), held, nullable=True))
    # For existing rows only the last worker of each run is known.
    op.execute("UPDATE transition SET worker_id = (SELECT worker_id FROM run WHERE run.id = transition.run_id)")
