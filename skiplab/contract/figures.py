"""Response models of the figure routes."""

from typing import Any

from pydantic import BaseModel, Field


class FigureChoice(BaseModel):
    value: str
    title: str


class FigureOption(BaseModel):
    """A query parameter that a kind reads."""

    name: str
    title: str
    choices: list[FigureChoice] = Field(description="Empty if any value of the type is allowed.")
    default: str = Field(description="Its value if it is not given; empty if that depends on the request.")


class FigureCard(BaseModel):
    kind: str
    title: str
    help: str = Field(description="How to read it.")
    wide: bool = Field(description="Whether it should scroll horizontally on narrow pages.")
    plain: bool = Field(description="Whether the evidence page and the report show it as it is.")
    options: list[FigureOption]


class FigureList(BaseModel):
    items: list[FigureCard]


class Figure(BaseModel):
    """A Plotly figure, ready to draw."""

    kind: str
    title: str
    data: list[dict[str, Any]]
    layout: dict[str, Any]
    runs: list[int] = Field(description="The runs it was made from.")
