"""A passing event names what it shows: progress of two errands is no longer one event."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_event_passing", "event")
    op.add_column("event", sa.Column("subject", sa.Integer(), nullable=True))
    op.execute("UPDATE event SET subject = run_id WHERE passing")
    op.execute("ALTER TABLE event DROP COLUMN passing")
    op.create_index("ix_event_subject", "event", ["subject"])
