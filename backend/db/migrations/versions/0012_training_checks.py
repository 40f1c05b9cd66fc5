"""Cache training checks, and store each run's network cost at its own image shape and classes."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "training_check",
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("image_shape", sa.String(), nullable=False),
        sa.Column("classes", sa.Integer(), nullable=False),
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("refused", sa.Boolean(), nullable=False),
        sa.Column("found", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("model", "version", "image_shape", "classes", "device"),
    )
    op.add_column("run", sa.Column("network", sa.JSON(), nullable=True))
    _fill_runs()


def _fill_runs() -> None:
    """Copy the card's numbers to trained runs, if it was measured at the shape and classes of their data.
    A plugin may have changed since."""
    database = op.get_bind()
    cards = {key: _read(card) for key, card in database.execute(sa.text("SELECT key, card FROM model"))}
    shapes = {key: _shape(_read(card)) for key, card in database.execute(sa.text("SELECT key, card FROM dataset"))}
    pairs = database.execute(sa.text("SELECT DISTINCT model, dataset FROM run WHERE epoch > 0")).all()
    run = sa.table("run", sa.column("model"), sa.column("dataset"), sa.column("epoch"), sa.column("network", sa.JSON()))
    for model, dataset in pairs:
        card, shape = cards.get(model, {}), shapes.get(dataset)
        if shape is None or card.get("origin") == "plugin" or card.get("parameters") is None:
            continue
        if (card.get("image_shape"), card.get("classes", 10)) == shape:
            found = {name: card.get(name) for name in ("parameters", "flops", "depth")}
            network = {**found, "image_shape": shape[0], "classes": shape[1], "memory_format": "channels_last"}
            of_pair = (run.c.model == model, run.c.dataset == dataset, run.c.epoch > 0)
            database.execute(sa.update(run).where(*of_pair).values(network=network))


def _read(card: Any) -> dict[str, Any]:
    """SQLite returns JSON as text, PostgreSQL parsed."""
    read: dict[str, Any] = json.loads(card) if isinstance(card, str) else card
    return read


def _shape(card: dict[str, Any]) -> tuple[list[int], int] | None:
    shape, classes = card.get("image_shape"), card.get("classes")
    return (list(shape), len(classes)) if shape and classes else None
