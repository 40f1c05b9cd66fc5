"""Validation errors of rules between fields, attributed to one field and its value."""

from typing import Any

from pydantic_core import PydanticCustomError

KIND = "fields_disagree"


def disagreement(field: str, given: Any, message: str) -> PydanticCustomError:
    """Return an error for a model validator to raise. A ValueError would be attributed to the whole request body."""
    return PydanticCustomError(KIND, "{message}", {"field": field, "given": given, "message": message})
