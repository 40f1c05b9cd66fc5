"""A rule about several fields, broken: which field to mend, and the value that was given for it."""

from typing import Any

from pydantic_core import PydanticCustomError

KIND = "fields_disagree"


def disagreement(field: str, given: Any, message: str) -> PydanticCustomError:
    """For a validator of a whole model to raise. Without it pydantic blames the whole body, and shows all of it."""
    return PydanticCustomError(KIND, "{message}", {"field": field, "given": given, "message": message})
