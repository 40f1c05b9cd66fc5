"""Parse stored JSON; what is damaged or of another version reads as None."""

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

Model = TypeVar("Model", bound=BaseModel)


def readable(kind: type[Model], stored: Any) -> Model | None:
    """Return the value of stored JSON, parsed or a text; None if nothing is stored or it cannot be read, so that the
    rest stays usable."""
    if stored is None:
        return None
    try:
        return kind.model_validate_json(stored) if isinstance(stored, str) else kind.model_validate(stored)
    except ValidationError:
        return None
