"""Numbers of runs are counted in indices: their rows are kilobytes wide."""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_run_queue", "run")
    op.create_index("ix_run_queue", "run", ["status", "priority", "position", "id", "archived"])
    op.create_index("ix_run_count", "run", ["id", "archived", "kind"])
