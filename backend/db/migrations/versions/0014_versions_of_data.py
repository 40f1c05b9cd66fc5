"""Versions of data sets, the version that each run uses, and labels given by users."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "dataset_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=True),
        sa.Column("provenance", sa.String(), nullable=True),
        sa.Column("classes", sa.JSON(), nullable=True),
        sa.Column("train_images", sa.Integer(), nullable=True),
        sa.Column("test_images", sa.Integer(), nullable=True),
        sa.Column("train_counts", sa.JSON(), nullable=True),
        sa.Column("test_counts", sa.JSON(), nullable=True),
        sa.Column("image_shape", sa.JSON(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key", "number", name="dataset_version_key_number_key"),
    )
    op.create_table(
        "dataset_label",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    # Existing runs stay NULL: their version is unknown. Plain SQL: Alembic would recreate the table in SQLite.
    whole = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(f"ALTER TABLE run ADD COLUMN data_version_id {whole} REFERENCES dataset_version (id)")
    op.create_index("ix_run_data_version_id", "run", ["data_version_id"])
