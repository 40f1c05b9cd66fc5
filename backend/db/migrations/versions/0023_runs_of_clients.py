"""Runs that clients log: their own id, what was stored of them last, and whether their client still calls."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("run", sa.Column("external_id", sa.String(), nullable=True))
    op.add_column("run", sa.Column("opened_by", sa.String(), nullable=True))
    op.add_column("run", sa.Column("seq", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("run", sa.Column("lost_contact", sa.DateTime(), nullable=True))
    op.add_column("run", sa.Column("dropped", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("run", sa.Column("dropped_before", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("run", sa.Column("summary", sa.JSON(), nullable=True))
    op.create_index("ix_run_external_id", "run", ["external_id"], unique=True)
