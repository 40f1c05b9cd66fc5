"""One table of errands (the background tasks of workers); what was queued in three others moves there. An import may
cover one folder of its upload."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "errand",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("lease", sa.Integer(), nullable=False),
        sa.Column("worker_id", sa.Integer(), nullable=True),
        sa.Column("crashes", sa.Integer(), nullable=False),
        sa.Column("lost_workers", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["worker_id"], ["worker.id"]),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_errand_queue", "errand", ["status", "priority", "id"])
    op.create_index("ix_errand_ended_at", "errand", ["ended_at"])
    _move_what_waits()
    op.drop_index("ix_model_wanted", "model")
    op.drop_column("model", "wanted")
    op.drop_column("dataset", "wanted")
    # SQLite can drop a column with a foreign key only by recreating the table.
    with op.batch_alter_table("data_import", table_kwargs={"sqlite_autoincrement": True}) as table:
        table.drop_column("worker_id")
        table.add_column(sa.Column("part", sa.String(), nullable=True))


def _move_what_waits() -> None:
    """Kinds and priorities are literals, since the contract's may change later."""
    errand = sa.table(
        "errand",
        *(sa.column(name) for name in ("kind", "priority", "status", "done", "total")),
        *(sa.column(name) for name in ("attempt", "lease", "crashes", "lost_workers")),
        sa.column("arguments", sa.JSON()),
        sa.column("created_at", sa.DateTime()),
    )
    connection = op.get_bind()
    model = sa.table("model", sa.column("key"), sa.column("wanted", sa.Boolean()))
    dataset = sa.table("dataset", sa.column("key"), sa.column("wanted", sa.Boolean()))
    upload = sa.table("data_import", sa.column("id"), sa.column("status"), sa.column("created_at", sa.DateTime()))
    is_due = upload.c.status.in_(("waiting", "inspecting", "importing"))
    wanted_models = connection.execute(sa.select(model.c.key).where(model.c.wanted)).scalars()
    wanted_previews = connection.execute(sa.select(dataset.c.key).where(dataset.c.wanted)).scalars()
    uploads = connection.execute(sa.select(upload.c.id, upload.c.created_at).where(is_due).order_by(upload.c.id))
    now = datetime.now(UTC).replace(tzinfo=None)  # times are stored in UTC, without a zone
    moved = [
        *(("measure_card", {"model": key}, 1, now) for key in wanted_models),
        *(("preview_augmentation", {"dataset": key}, 1, now) for key in wanted_previews),
        *(("import_data", {"import_id": import_id}, 0, created_at) for import_id, created_at in uploads),
    ]
    unclaimed = dict.fromkeys(("done", "total", "attempt", "lease", "crashes", "lost_workers"), 0)
    for kind, arguments, priority, created_at in moved:
        values = {"kind": kind, "arguments": arguments, "priority": priority, "created_at": created_at}
        connection.execute(errand.insert().values(**values, **unclaimed, status="waiting"))
    connection.execute(sa.update(upload).where(is_due).values(status="waiting"))
