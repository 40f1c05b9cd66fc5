"""Links from a verdict to the figures that show its measures."""

from pydantic import BaseModel, Field


class FigureLink(BaseModel):
    """One figure, drawn from the verdict's own runs."""

    kind: str = Field(description="As listed by GET /figures.")
    options: dict[str, str] = Field(default_factory=dict, description="Its options, such as the metric.")
