"""Agents: the budget of a token, and which runs count against it."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("token", sa.Column("runs", sa.Integer(), nullable=True))
    op.add_column("token", sa.Column("device_hours", sa.Float(), nullable=True))
    op.add_column("run", sa.Column("agent", sa.Integer(), nullable=True))
    op.add_column("run", sa.Column("estimated_seconds", sa.Float(), nullable=True))
    op.create_index("ix_run_agent", "run", ["agent"])
