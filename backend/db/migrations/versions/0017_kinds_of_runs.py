"""Kinds of runs: a run need not have a spec, and its config has a version."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    whole = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute("ALTER TABLE run RENAME COLUMN spec TO config")
    op.execute(f"ALTER TABLE run ADD COLUMN config_version {whole} NOT NULL DEFAULT 1")
    op.execute("ALTER TABLE run ADD COLUMN kind VARCHAR NOT NULL DEFAULT 'lab'")
    for column in ("model", "dataset"):
        _make_nullable(column)


def _make_nullable(column: str) -> None:
    """Make model and dataset nullable: runs of other kinds have neither."""
    if op.get_bind().dialect.name != "sqlite":
        op.execute(f"ALTER TABLE run ALTER COLUMN {column} DROP NOT NULL")
        return
    # SQLite cannot drop NOT NULL, and Alembic would copy the table, to which other tables have foreign keys.
    op.execute(f"DROP INDEX ix_run_{column}")
    op.execute(f"ALTER TABLE run RENAME COLUMN {column} TO {column}_required")
    op.execute(f"ALTER TABLE run ADD COLUMN {column} VARCHAR")
    op.execute(f"UPDATE run SET {column} = {column}_required")
    op.execute(f"ALTER TABLE run DROP COLUMN {column}_required")
    op.execute(f"CREATE INDEX ix_run_{column} ON run ({column})")
