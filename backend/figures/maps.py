"""Heat maps side by side, one per cell: titles, epochs, rows and colour bars."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from textwrap import wrap
from typing import Any

import plotly.graph_objects as go

from backend.figures.context import LINE_HEIGHT, Context, Drawn, epoch_axis, note_left_out
from backend.figures.style import SEQUENTIAL

MOST_MAPS = 6
"""More maps would be too narrow side by side."""

FEW_MAPS = 3
"""Up to this many maps have a tick at every epoch and an axis title each."""

ROW_LETTERS = 60
"""Characters of all titles in one row, at the report's width."""

NO_BREAK = "\N{NO-BREAK SPACE}"

MOST_NAMED = 16
"""Row names that fit at the minimum height; with more rows only every second or third has one."""

NAME_LETTERS = 26
"""Longest row name; a longer one keeps its end, which is more specific."""


def side_by_side(titles: Sequence[str], found: int, *, same_rows: bool = True) -> go.Figure:
    """Lay out a row of empty maps with wrapped titles, and note if more were found. `same_rows`: they share row
    names."""
    from plotly.subplots import make_subplots  # imports all of Plotly, see context.py

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
    """Return a title suffix for a mean over several seeds; empty for a single one."""
    return f"(mean of {runs} seeds)".replace(" ", NO_BREAK) if runs > 1 else ""


def title_of(each: Drawn, runs: int) -> str:
    return f"{each.label} {averaged(runs)}".rstrip()


def number_epochs(made: go.Figure, context: Context, maps: int, title: str = "Epoch") -> None:
    """Label the epoch axes: fully for a few maps; of many, only the first has a title."""
    axis = epoch_axis(context, title)
    if maps <= FEW_MAPS:
        made.update_xaxes(axis)
    else:
        made.update_xaxes({**axis, "title": None, "dtick": None, "nticks": 4})
        made.update_xaxes(title_text=title, col=1)


def name_rows(made: go.Figure, names: Sequence[str]) -> None:
    """Name the rows of the first map, which all share; rows are numbered from 1."""
    places = range(0, len(names), ceil(len(names) / MOST_NAMED))
    texts = [_short(name) for name in _without_common(names)]
    made.update_yaxes(tickvals=[place + 1 for place in places], ticktext=[texts[place] for place in places], col=1)


def colours(context: Context, title: str, **axis: Any) -> dict[str, Any]:
    """Return a colour axis with its title along the bar, where it does not overlap the top tick."""
    bar = {
        "title": {"text": title, "side": "right", "font": {"size": 12}},
        "outlinewidth": 0,
        **axis.pop("colorbar", {}),
    }
    return {"colorscale": SEQUENTIAL[context.scheme], "colorbar": bar, **axis}


def _without_common(names: Sequence[str]) -> list[str]:
    """Strip a common prefix, such as `features.`, but keep at least two parts."""
    parts = [name.split(".") for name in names]
    while len(names) > 1 and all(len(each) > 2 for each in parts) and len({each[0] for each in parts}) == 1:
        parts = [each[1:] for each in parts]
    return [".".join(each) for each in parts]


def _short(name: str) -> str:
    return name if len(name) <= NAME_LETTERS else f"…{name[1 - NAME_LETTERS :]}"
