"""Colours, line styles and the Plotly template, equal to the page's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Scheme = Literal["light", "dark"]

# frontend/src/theme/palette.ts holds the same; a test compares them.
HUES: Mapping[Scheme, Sequence[str]] = {
    "light": ("#1466c9", "#d9560b", "#15a07a", "#9c2f83", "#2a1668", "#6b2a05", "#8f86d6", "#3d4a24"),
    "dark": ("#4c86f0", "#ff8d4f", "#6fe8b8", "#f08fee", "#e9e45f", "#cf4a2c", "#6fa3a6", "#e9e9ff"),
}
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
MARKERS = (
    "circle", "square", "diamond", "triangle-up", "cross", "x",
    "star", "triangle-down", "pentagon", "hourglass", "bowtie", "star-diamond",
)  # fmt: skip
BAND_OPACITY = 0.16


@dataclass(frozen=True)
class Ink:
    paper: str
    text: str
    faint: str
    grid: str
    panel: str


INKS: Mapping[Scheme, Ink] = {
    "light": Ink("#ffffff", "#3a4150", "#5d6675", "#e9ebf0", "#ffffff"),
    "dark": Ink("#171b22", "#c9d0db", "#98a2b3", "#262c36", "#20262f"),
}

SEQUENTIAL: Mapping[Scheme, list[list[float | str]]] = {
    "light": [[0, "#f3f6fb"], [0.5, "#6fa3dc"], [1, "#0b2f66"]],
    "dark": [[0, "#1b2330"], [0.5, "#3f78c9"], [1, "#dbe9ff"]],
}
DIVERGING: Mapping[Scheme, list[list[float | str]]] = {
    "light": [[0, "#1466c9"], [0.5, "#ffffff"], [1, "#d9560b"]],
    "dark": [[0, "#4c86f0"], [0.5, "#171b22"], [1, "#ff8d4f"]],
}


@dataclass(frozen=True)
class Style:
    """The network sets the colour, its cells differ in dash and marker: told apart without colour, too."""

    colour: str
    dash: str
    marker: str


def styles(models: Sequence[str], catalogue: Sequence[str], scheme: Scheme, lab: Sequence[str] = ()) -> list[Style]:
    """One for each cell, in order. The first networks of the catalogue own a colour each; one further down takes a
    colour whose owner has no runs, the last such first, as the page does.

    `lab`: the networks of all its runs, drawn or not: a colour is lent among them, or it would change with the choice.
    """
    hues = HUES[scheme]
    present = dict.fromkeys([*lab, *models])
    order = list(dict.fromkeys([*catalogue, *present]))
    free = [hue for hue, model in enumerate(order[: len(hues)]) if model not in present]
    colours: dict[str, str] = {}
    for place, model in enumerate(order):
        if model in present:
            hue = place if place < len(hues) else free.pop() if free else place % len(hues)
            colours[model] = hues[hue]
    variants = [models[:place].count(model) for place, model in enumerate(models)]
    return [
        Style(colours[model], DASHES[_turned(variant) % len(DASHES)], MARKERS[variant % len(MARKERS)])
        for model, variant in zip(models, variants, strict=True)
    ]


def _turned(variant: int) -> int:
    """Each time that the markers begin again the dashes are one further: no two cells of a network look the same."""
    return variant + variant // len(MARKERS)


def faded(colour: str, opacity: float) -> str:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"


def template(scheme: Scheme) -> dict[str, Any]:
    """Nested objects throughout: plotly.js ignores dotted keys here."""
    ink = INKS[scheme]
    font = {"family": "'Inter Variable', system-ui, sans-serif", "size": 12, "color": ink.faint}
    axis = {
        "gridcolor": ink.grid,
        "linecolor": ink.grid,
        "zeroline": False,
        "ticks": "",
        "title": {"font": font},
        "automargin": True,
    }
    return {
        "layout": {
            "font": font,
            "paper_bgcolor": ink.paper,
            "plot_bgcolor": ink.paper,
            "xaxis": axis,
            "yaxis": axis,
            "margin": {"l": 60, "r": 16, "t": 32, "b": 52},
            "hoverlabel": {"bgcolor": ink.panel, "bordercolor": ink.grid, "font": {**font, "color": ink.text}},
            "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "font": {"color": ink.text}},
        }
    }
