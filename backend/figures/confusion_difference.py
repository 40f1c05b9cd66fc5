"""The difference of two networks' confusion matrices, true class by predicted class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import plotly.graph_objects as go

from backend.db import evidence as queries
from backend.figures.class_names import ClassNames, class_names
from backend.figures.context import CannotDraw, Context, Drawn, figure
from backend.figures.kind import Kind, Source
from backend.figures.many_classes import height_of, named_axis, names_of
from backend.figures.style import DIVERGING
from backend.telemetry.most_confused import most_confused

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

SMALL = 5.0
"""Up to so many percentage points the colour bar needs one more digit."""

AROUND = 220
"""Pixels above and below the rows, for the title and long column names."""


@dataclass(frozen=True)
class Confusions:
    counts: Mapping[int, Sequence[Sequence[int]]]
    """Confusion matrices after the last epoch, by run."""
    names: ClassNames = field(default_factory=ClassNames)


Shares: TypeAlias = "npt.NDArray[np.float64]"


def confusion_difference(context: Context, data: Confusions) -> go.Figure:
    """Draw first minus second cell, in percentage points of each true class, mean over seeds. Raises
    CannotDraw."""
    # Imported when it computes: most web processes never do, and start without NumPy.
    import numpy as np

    known = [(each, shares) for each in context.cells if (shares := _shares(data, each)) is not None]
    most = context.options.most
    if len(known) != 2:
        raise CannotDraw(f"This figure needs two configurations with confusion matrices; these runs form {len(known)}.")
    (first, ours), (second, theirs) = known
    if ours.shape != theirs.shape:
        raise CannotDraw("The two configurations were tested on data sets with different classes.")
    names = names_of(data.names.of_all, len(ours))
    title = f"{first.label} \N{MINUS SIGN} {second.label}"
    difference = np.round(100 * (ours - theirs), 3)
    if len(names) > most:
        title += f" ({most} of {len(names)} classes: those that differ most)"
        kept = most_confused(np.abs(difference), most)
        difference, names = difference[np.ix_(kept, kept)], [names[place] for place in kept]
    reach = float(np.abs(difference).max()) or 1.0
    return figure(
        context,
        [
            go.Heatmap(
                uid="difference",
                x=names,
                y=names,
                z=difference.tolist(),
                zmin=-reach,
                zmax=reach,
                colorscale=DIVERGING[context.scheme],
                colorbar={"tickformat": "+.0f" if reach > SMALL else "+.1f", "ticksuffix": " pp", "outlinewidth": 0},
                hovertemplate="%{y} predicted as %{x}: %{z:+.1f} pp<extra></extra>",
            )
        ],
        title={"text": title, "font": {"size": 13}},
        xaxis={"title": {"text": "Predicted class"}, **named_axis(names)},
        yaxis={"title": {"text": "True class"}, **named_axis(names), "autorange": "reversed"},
        **height_of(len(names), around=AROUND),
    )


def _shares(data: Confusions, each: Drawn) -> Shares | None:
    """Normalise rows (true classes) to sum to 1. None without a confusion matrix."""
    import numpy as np

    counts = [_normalised(data.counts[run.id]) for run in each.cell.shown if run.id in data.counts]
    # Runs on unknown versions of the data may have had other classes.
    alike = [table for table in counts if table.shape == counts[0].shape]
    return np.mean(alike, axis=0) if alike else None


def _normalised(counts: Sequence[Sequence[int]]) -> Shares:
    import numpy as np

    table = np.array(counts, dtype=np.float64)
    shares: Shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    return shares


def _load(source: Source) -> Confusions:
    return Confusions(queries.last_confusions(source.session, source.run_ids), class_names(source))


KIND = Kind(
    "confusion-difference",
    title="Confusion difference",
    help="Percentage points of each true class, first minus second configuration; mean over seeds.",
    options=("most",),
    load=_load,
    build=confusion_difference,
)
