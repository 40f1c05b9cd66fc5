"""Quantities of plugins' metrics."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "quantity",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("better", sa.String(), nullable=False),
        sa.Column("part", sa.String(), nullable=True),
        sa.Column("plugin", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("key"),
    )
