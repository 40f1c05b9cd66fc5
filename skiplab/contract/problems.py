"""The body of every error response: problem details (RFC 9457, application/problem+json)."""

from typing import Any

from pydantic import BaseModel, Field


class FieldError(BaseModel):
    """A field with an unusable value."""

    field: str = Field(description="Dotted path, such as `epochs` or `vary.model.0`.")
    value: Any = Field(None, description="The value given; omitted if none was.")
    message: str
    allowed: list[Any] | None = Field(None, description="The allowed values, if they can be listed.")


class ProblemBody(BaseModel):
    """The body of every error response."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[FieldError] | None = None
