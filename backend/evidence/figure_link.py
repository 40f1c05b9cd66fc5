"""A figure that shows a measure, so that a verdict can be looked at."""

from pydantic import BaseModel, Field


class FigureLink(BaseModel):
    """One figure, to be drawn of the verdict's own runs."""

    kind: str = Field(description="As listed by GET /figures.")
    options: dict[str, str] = Field(default_factory=dict, description="Its options, such as the metric.")
