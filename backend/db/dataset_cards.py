"""Read data set cards as workers stored them; an unreadable one becomes a card with an error."""

from pydantic import ValidationError

from backend.db.tables import DatasetTable
from skiplab.contract.catalog import DatasetCard

UNREADABLE = "This card was written by another version of Skiplab: restart the worker to rewrite it."


def dataset_card(row: DatasetTable) -> DatasetCard:
    """Parse the card of a row, without a label that a user gave."""
    try:
        return DatasetCard.model_validate(row.card)
    except ValidationError:
        return DatasetCard(key=row.key, label=row.key, available=False, source="unknown", error=UNREADABLE)
