"""Inspection before imports, cancelled imports, and the metric that selects a run's best epoch."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("run", sa.Column("best_key", sa.String(), nullable=True))
    op.add_column("data_import", sa.Column("names", sa.String(), nullable=True))
    op.add_column("data_import", sa.Column("skip_bad", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("data_import", sa.Column("test_share", sa.Float(), nullable=True))
    op.add_column("data_import", sa.Column("file", sa.String(), nullable=True))
    op.add_column("data_import", sa.Column("preview", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("data_import", sa.Column("found", sa.JSON(), nullable=True))
