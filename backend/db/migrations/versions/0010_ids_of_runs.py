"""A counter for run ids: SQLite reuses the id of the newest row once it is deleted."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "counter",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    # Events refer to deleted runs, and an attempt of one may still be suspended.
    op.execute(
        "INSERT INTO counter (name, last) SELECT 'run', coalesce(max(id), 0) FROM"
        " (SELECT max(id) AS id FROM run UNION ALL SELECT max(run_id) FROM event) AS given"
    )
