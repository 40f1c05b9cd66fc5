"""Reads a data set's card as a worker stored it; one that cannot be read is one that says so, and spoils no list."""

from pydantic import ValidationError

from backend.db.tables import DatasetTable
from skiplab.contract.catalog import DatasetCard

UNREADABLE = "Its card is of another version of the lab: restart the worker, which writes it anew."


def dataset_card(row: DatasetTable) -> DatasetCard:
    """Without what people named it."""
    try:
        return DatasetCard.model_validate(row.card)
    except ValidationError:
        return DatasetCard(key=row.key, label=row.key, available=False, source="unknown", error=UNREADABLE)
