"""Maps side by side, one for each cell: their titles, epochs, rows and bars of colour."""

from collections.abc import Sequence
from math import ceil
from textwrap import wrap
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from backend.figures.context import LINE_HEIGHT, Context, Drawn, epoch_axis, note_left_out
from backend.figures.style import SEQUENTIAL

MOST_MAPS = 6
"""More would be too narrow side by side."""

FEW_MAPS = 3
"""So many have room for a tick at every epoch and a title under each."""

ROW_LETTERS = 60
"""Of the titles of all maps in a row, as wide as the report is."""

NO_BREAK = "\N{NO-BREAK SPACE}"

MOST_NAMED = 16
"""Rows with a name beside them, in the lowest figure; of more every second or third one has it."""

NAME_LETTERS = 26
"""Of a row's name; where it is longer, its end tells more than its beginning."""


def side_by_side(titles: Sequence[str], found: int, *, same_rows: bool = True) -> go.Figure:
    """A row of empty maps, whose titles are broken into lines so that they do not meet; it says if more were found.
    `same_rows`: they share the names of their rows."""
    letters = ROW_LETTERS // len(titles)
    whole = [title if len(titles) <= FEW_MAPS else title.replace(NO_BREAK, " ") for title in titles]
    broken = ["<br>".join(wrap(title, letters, break_long_words=False)) for title in whole]
    made = make_subplots(1, len(titles), subplot_titles=broken, shared_yaxes=same_rows)
    made.update_annotations(font={"size": 13 if len(titles) <= FEW_MAPS else 11})
    height = LINE_HEIGHT * max(1 + title.count("<br>") for title in broken)
    made.update_layout(margin={"t": height + LINE_HEIGHT})
    note_left_out(made, len(titles), found, "configurations", above=height)
    return made


def averaged(runs: int) -> str:
    """Beside the title of a map in which several seeds are one; empty where there is a single one."""
    return f"(mean of {runs} seeds)".replace(" ", NO_BREAK) if runs > 1 else ""


def title_of(each: Drawn, runs: int) -> str:
    return f"{each.label} {averaged(runs)}".rstrip()


def number_epochs(made: go.Figure, context: Context, maps: int, title: str = "Epoch") -> None:
    """Under each of a few maps; of many every one has some ticks, and the first the title."""
    axis = epoch_axis(context, title)
    if maps <= FEW_MAPS:
        made.update_xaxes(axis)
    else:
        made.update_xaxes({**axis, "title": None, "dtick": None, "nticks": 4})
        made.update_xaxes(title_text=title, col=1)


def name_rows(made: go.Figure, names: Sequence[str]) -> None:
    """Those of the first map, which all others share; the rows are numbered from 1."""
    places = range(0, len(names), ceil(len(names) / MOST_NAMED))
    texts = [_short(name) for name in _without_common(names)]
    made.update_yaxes(tickvals=[place + 1 for place in places], ticktext=[texts[place] for place in places], col=1)


def colours(context: Context, title: str, **axis: Any) -> dict[str, Any]:
    """A colour axis, with its title along the bar: above it, it would meet the highest tick."""
    bar = {
        "title": {"text": title, "side": "right", "font": {"size": 12}},
        "outlinewidth": 0,
        **axis.pop("colorbar", {}),
    }
    return {"colorscale": SEQUENTIAL[context.scheme], "colorbar": bar, **axis}


def _without_common(names: Sequence[str]) -> list[str]:
    """`features.block1.conv` as `block1.conv` where all begin with `features.`; two parts are always left."""
    parts = [name.split(".") for name in names]
    while len(names) > 1 and all(len(each) > 2 for each in parts) and len({each[0] for each in parts}) == 1:
        parts = [each[1:] for each in parts]
    return [".".join(each) for each in parts]


def _short(name: str) -> str:
    return name if len(name) <= NAME_LETTERS else f"…{name[1 - NAME_LETTERS :]}"
