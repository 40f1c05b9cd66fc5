"""Answers of the figures' routes."""

from typing import Any

from pydantic import BaseModel, Field


class FigureChoice(BaseModel):
    value: str
    title: str


class FigureOption(BaseModel):
    """A query parameter that a kind reads."""

    name: str
    title: str
    choices: list[FigureChoice] = Field(description="Empty where there is no list of them.")


class FigureCard(BaseModel):
    kind: str
    title: str
    help: str = Field(description="How to read it.")
    wide: bool = Field(description="Wide by nature: scroll it sideways where there is too little room.")
    options: list[FigureOption]


class FigureList(BaseModel):
    items: list[FigureCard]


class Figure(BaseModel):
    """A Plotly figure, to be drawn as it is."""

    kind: str
    title: str
    data: list[dict[str, Any]]
    layout: dict[str, Any]
    runs: list[int] = Field(description="The runs it was made from.")
