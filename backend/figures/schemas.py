"""Answers of the figures' routes."""

from typing import Any

from pydantic import BaseModel, Field


class FigureCard(BaseModel):
    kind: str
    title: str


class FigureList(BaseModel):
    items: list[FigureCard]


class Figure(BaseModel):
    """A Plotly figure, to be drawn as it is."""

    kind: str
    title: str
    data: list[dict[str, Any]]
    layout: dict[str, Any]
    runs: list[int] = Field(description="The runs it was made from.")
