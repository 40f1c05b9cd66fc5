"""Colours, line styles and the Plotly template, equal to the page's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from skiplab.contract.palette import DASHES, HUES, MARKERS, Scheme, hues_of

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
    """Colour by network, dash and marker by cell, so that cells are distinguishable without colour."""

    colour: str
    dash: str
    marker: str


def styles(models: Sequence[str], scheme: Scheme, lab: Sequence[str] = ()) -> list[Style]:
    """Return one style per cell, in order.

    `lab`: the networks of all runs, drawn or not, so that a colour does not change with the selection.
    """
    hues = hues_of([*lab, *models])
    variants = [models[:place].count(model) for place, model in enumerate(models)]
    return [
        Style(HUES[scheme][hues[model]], DASHES[_turned(variant) % len(DASHES)], MARKERS[variant % len(MARKERS)])
        for model, variant in zip(models, variants, strict=True)
    ]


def _turned(variant: int) -> int:
    """Shift the dashes each time the markers repeat, so that no two cells of a network look the same."""
    return variant + variant // len(MARKERS)


def faded(colour: str, opacity: float) -> str:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"


def template(scheme: Scheme) -> dict[str, Any]:
    """Return the template as nested objects: plotly.js ignores dotted keys here."""
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
