"""Where two networks err differently: the difference of their confusions, true class by predicted class."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from backend.figures.many_classes import class_names, height_of, named_axis
from backend.figures.material import CannotDraw, Drawn, Material, figure
from backend.figures.style import DIVERGING
from backend.telemetry.most_confused import most_confused

SMALL = 0.05
"""Up to here the colours' numbers take a digit more to be told apart."""

AROUND = 220
"""Pixels above and below the rows: title, and long names of columns."""

Shares = npt.NDArray[np.float64]


def confusion_difference(material: Material) -> go.Figure:
    """The first cell less the second, in points of each true class; means over the seeds."""
    known = [(each, shares) for each in material.cells if (shares := _shares(material, each)) is not None]
    if len(known) != 2:
        raise CannotDraw(f"This figure compares two cells with confusions; these runs form {len(known)}. Ask for two.")
    (first, ours), (second, theirs) = known
    if ours.shape != theirs.shape:
        raise CannotDraw("The two cells were tested on data sets with different classes.")
    names = class_names(material.classes, len(ours))
    title = f"{first.label} less {second.label}"
    difference = np.round(ours - theirs, 5)
    if len(names) > material.most:
        title += f" (the {material.most} of {len(names)} classes that differ most)"
        kept = most_confused(np.abs(difference), material.most)
        difference, names = difference[np.ix_(kept, kept)], [names[place] for place in kept]
    reach = float(np.abs(difference).max()) or 0.01
    return figure(
        material,
        [
            go.Heatmap(
                uid="difference",
                x=names,
                y=names,
                z=difference.tolist(),
                zmin=-reach,
                zmax=reach,
                colorscale=DIVERGING[material.scheme],
                colorbar={"tickformat": "+.0%" if reach > SMALL else "+.1%", "outlinewidth": 0},
                hovertemplate="%{y} taken for %{x}: %{z:+.1%}<extra></extra>",
            )
        ],
        title={"text": title, "font": {"size": 13}},
        xaxis={"title": {"text": "Taken for"}, **named_axis(names)},
        yaxis={"title": {"text": "True class"}, **named_axis(names), "autorange": "reversed"},
        **height_of(len(names), around=AROUND),
    )


def _shares(material: Material, each: Drawn) -> Shares | None:
    """Rows add up to 1: what became of the images of one class."""
    counts = [_normalised(material.confusions[run.id]) for run in each.cell.shown if run.id in material.confusions]
    # Runs on unknown versions of the data may have had other classes.
    alike = [table for table in counts if table.shape == counts[0].shape]
    return np.mean(alike, axis=0) if alike else None


def _normalised(counts: Sequence[Sequence[int]]) -> Shares:
    table = np.array(counts, dtype=np.float64)
    shares: Shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    return shares
