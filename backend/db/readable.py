"""Reads what a row holds as JSON: one that is damaged, or of another version of the lab, is one that holds nothing."""

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

Model = TypeVar("Model", bound=BaseModel)


def readable(kind: type[Model], stored: Any) -> Model | None:
    """None where nothing is stored, and where it cannot be read: what is beside it is shown all the same."""
    if stored is None:
        return None
    try:
        return kind.model_validate(stored)
    except ValidationError:
        return None
