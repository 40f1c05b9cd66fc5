"""Per-class recall over epochs: a map for each cell, all on one scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean as mean

import plotly.graph_objects as go

from backend.db import evidence as queries
from backend.figures.class_names import ClassNames, class_names
from backend.figures.context import CannotDraw, Context, Drawn
from backend.figures.kind import Kind, Source
from backend.figures.many_classes import height_of, named_axis, names_of
from backend.figures.maps import MOST_MAPS, averaged, colours, number_epochs, side_by_side, title_of
from backend.figures.style import template

AROUND = 120
"""Pixels above and below the rows."""


@dataclass(frozen=True)
class Classes:
    histories: Mapping[int, Mapping[int, Sequence[Sequence[int]]]]
    """Confusion matrices by run and epoch."""
    names: ClassNames = field(default_factory=ClassNames)


Recalls = Mapping[int, Sequence[float | None]]
"""Recall of each class by epoch; None for a class without test images."""


def class_accuracy(context: Context, data: Classes) -> go.Figure:
    """Draw mean recalls over the seeds. Raises CannotDraw."""
    every = [(each, recalls) for each in context.cells if (recalls := _recalls(data, each))]
    most = context.options.most
    found = every[:MOST_MAPS]
    if not found:
        raise CannotDraw("None of these runs has confusion matrices: its telemetry must include classes.")
    names = [names_of(_classes(data, each), _count(recalls)) for each, recalls in found]
    # Maps with the same classes share their rows; others have their own.
    alike = all(each == names[0] for each in names)
    together = _lowest_recall([recalls for _, recalls in found], most) if alike else []
    kept = [together or _lowest_recall([recalls], most) for _, recalls in found]
    titles = [
        _joined(title, _rest(len(rows), len(of)), _epochs_in_words(recalls))
        for title, rows, of, (_, recalls) in zip(_titles(data, found), kept, names, found, strict=True)
    ]
    made = side_by_side(titles, len(every), same_rows=alike)
    for column, ((each, recalls), of, rows) in enumerate(zip(found, names, kept, strict=True), start=1):
        shown = [of[place] for place in rows]
        made.add_trace(_heat_map(each, recalls, rows, shown), row=1, col=column)
        made.update_yaxes(autorange="reversed", **named_axis(shown), col=column)
    made.update_layout(
        template=template(context.scheme),
        uirevision="kept",
        coloraxis=colours(context, "Recall", cmin=0, cmax=1, colorbar={"tickformat": ".0%"}),
    )
    number_epochs(made, context, len(found))
    made.update_layout(height_of(max(map(len, kept)), around=AROUND))
    return made


def _classes(data: Classes, each: Drawn) -> Sequence[str] | None:
    # All runs of a cell use one data version, or unknown ones.
    return data.names.of_run.get(each.cell.shown[0].id) or data.names.of_all


def _count(recalls: Recalls) -> int:
    return len(next(iter(recalls.values())))


def _rest(rows: int, classes: int) -> str:
    return f"{rows} of {classes} classes: lowest recall" if rows < classes else ""


def _lowest_recall(found: Sequence[Recalls], most: int) -> list[int]:
    """Indices of the classes with the lowest mean recall at the last epochs, in class order. All maps have the same
    number of classes."""
    # Imported when it computes: most web processes never do, and start without NumPy.
    import numpy as np

    last = np.array([[*recalls.values()][-1] for recalls in found], dtype=np.float64)
    known = ~np.isnan(last)
    means = np.where(known, last, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    # A class without test images has no recall: it sorts last.
    means[~known.any(axis=0)] = np.inf
    return sorted(np.argsort(means, kind="stable")[:most].tolist())


def _joined(*parts: str) -> str:
    return " · ".join(filter(None, parts))


def _epochs_in_words(recalls: Recalls) -> str:
    """With many classes only some epochs are read; the title says so."""
    planned = max(recalls) - min(recalls) + 1
    left_out = len(recalls) < planned or min(recalls) > 1
    return f"{len(recalls)} of {max(recalls)} epochs" if left_out else ""


def _titles(data: Classes, found: Sequence[tuple[Drawn, Recalls]]) -> list[str]:
    """A single map needs no label: the page has one."""
    counted = [(each, len(_histories(data, each))) for each, _ in found]
    return [title_of(each, runs) if len(found) > 1 else averaged(runs) for each, runs in counted]


Histories = Sequence[Mapping[int, Sequence[Sequence[int]]]]


def _histories(data: Classes, each: Drawn) -> Histories:
    found = [data.histories[run.id] for run in each.cell.shown if run.id in data.histories]
    # Runs on unknown versions of the data may have had other classes.
    return [history for history in found if _size(history) == _size(found[0])]


def _size(history: Mapping[int, Sequence[Sequence[int]]]) -> int:
    return len(next(iter(history.values()), ()))


def _recalls(data: Classes, each: Drawn) -> Recalls:
    histories = _histories(data, each)
    epochs = sorted({epoch for history in histories for epoch in history})
    return {epoch: _mean([history[epoch] for history in histories if epoch in history]) for epoch in epochs}


def _mean(tables: Sequence[Sequence[Sequence[int]]]) -> list[float | None]:
    """Mean recall of each class over the runs. Plain Python: for a million counts, converting lists for numpy takes
    longer than these sums."""
    shares = [[_share(row, place) for place, row in enumerate(table)] for table in tables]
    return [
        mean(known) if (known := [each for each in of_class if each is not None]) else None
        for of_class in zip(*shares, strict=True)
    ]


def _share(row: Sequence[int], place: int) -> float | None:
    return row[place] / images if (images := sum(row)) else None


def _heat_map(each: Drawn, recalls: Recalls, kept: Sequence[int], names: Sequence[str]) -> go.Heatmap:
    # An epoch that was not read is a gap, not a wider column.
    epochs = range(min(recalls), max(recalls) + 1)
    unread: list[float | None] = [None] * len(recalls[max(recalls)])
    columns = [recalls.get(epoch, unread) for epoch in epochs]
    return go.Heatmap(
        uid=each.uid,
        name=each.label,
        x=list(epochs),
        y=names,
        z=[[column[place] for column in columns] for place in kept],
        coloraxis="coloraxis",
        hovertemplate="%{y}, epoch %{x}: %{z:.1%}<extra>%{fullData.name}</extra>",
    )


def _load(source: Source) -> Classes:
    return Classes(queries.confusions(source.session, source.run_ids), class_names(source))


KIND = Kind(
    "class-accuracy",
    title="Per-class recall over epochs",
    help="Share of each class's test images that were predicted correctly after each epoch; mean over seeds.",
    options=("most",),
    load=_load,
    build=class_accuracy,
)
