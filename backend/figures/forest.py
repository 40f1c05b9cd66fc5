"""A forest plot of the verdicts: effects in pooled standard deviations, intervals, and the claimed side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import median
from typing import Any

import plotly.graph_objects as go

from backend.db import quantities
from backend.evidence.claim import all_sets
from backend.evidence.evaluate import SetEvidence, evaluate
from backend.evidence.judgement import Judgement, PartVerdict
from backend.figures.context import CannotDraw, Context, figure
from backend.figures.kind import Kind, Source
from backend.figures.style import INKS, faded
from skiplab.contract.evidence import Expect, Verdict
from skiplab.contract.palette import HUES, Scheme

LEAST_REACH, MOST_REACH = 4.0, 3.0
"""The axis reaches the largest effect, but at least 4 SD and at most this many times the median effect: one network
that costs a hundred standard deviations more would flatten all others."""

NO_SPREAD = 1e-9
"""Relative SD below which values count as equal, so that no effect size can be computed."""

SYMBOLS = {Verdict.SUPPORTED: "circle", Verdict.REFUTED: "x", Verdict.INCONCLUSIVE: "circle-open"}


@dataclass(frozen=True)
class Row:
    """One measure of one claim, scaled by the pooled SD of its cells so that all measures share an axis."""

    label: str
    part: PartVerdict
    effect: float
    low: float
    high: float
    margin: float


def forest(context: Context, sets: Sequence[SetEvidence]) -> go.Figure:
    rows = [
        row
        for claims in sets
        for claim in claims.claims
        for judgement in claim.judgements[:1]
        for part in judgement.parts
        if part.decides and (row := _row(claim.id, judgement, part)) is not None
    ]
    if not rows:
        raise CannotDraw("No claim has an interval yet: that takes two finished seeds of each of its networks.")
    reach = _reach([max(abs(row.low), abs(row.high), row.margin) for row in rows])
    labels = [row.label for row in rows]
    traces = [_trace(rows, verdict, reach, context.scheme) for verdict in SYMBOLS]
    return figure(
        context,
        [trace for trace in traces if trace is not None],
        height=120 + 30 * len(rows),
        xaxis={
            "title": {"text": "Effect in pooled standard deviations; arrow: beyond axis"},
            "range": [-reach, reach],
            "zeroline": True,
            "zerolinecolor": INKS[context.scheme].faint,
        },
        yaxis={"categoryorder": "array", "categoryarray": labels[::-1]},
        shapes=[_claimed(row, len(rows) - 1 - place, reach, context.scheme) for place, row in enumerate(rows)],
    )


def _row(claim: str, judgement: Judgement, part: PartVerdict) -> Row | None:
    spreads = [(each.n - 1, each.sd) for each in part.roles if each.sd is not None]
    freedom = sum(df for df, _ in spreads)
    if part.effect is None or part.low is None or part.high is None or not freedom:
        return None
    scale = sqrt(sum(df * sd**2 for df, sd in spreads) / freedom)
    if scale <= NO_SPREAD * abs(part.effect):
        return None
    who = " / ".join(dict.fromkeys(judgement.roles.values()))
    label = f"{claim} {part.label} ({who})"
    return Row(label, part, part.effect / scale, part.low / scale, part.high / scale, part.margin / scale)


def _reach(extents: list[float]) -> float:
    return 1.15 * (min(max(extents), max(LEAST_REACH, MOST_REACH * median(extents))) or 1.0)


def _trace(rows: list[Row], verdict: Verdict, reach: float, scheme: Scheme) -> go.Scatter | None:
    # The legend shows the first row's marker: prefer one that is not an arrow.
    chosen = sorted((row for row in rows if row.part.verdict == verdict), key=lambda row: abs(row.effect))
    if not chosen:
        return None
    colours = HUES[scheme]
    colour = {Verdict.SUPPORTED: colours[2], Verdict.REFUTED: colours[1]}.get(verdict, INKS[scheme].faint)
    return go.Scatter(
        uid=f"verdict-{verdict}",
        name=str(verdict),
        x=[_within(row.effect, reach) for row in chosen],
        y=[row.label for row in chosen],
        error_x={
            "type": "data",
            "array": [_within(row.high, reach) - _within(row.effect, reach) for row in chosen],
            "arrayminus": [_within(row.effect, reach) - _within(row.low, reach) for row in chosen],
            "color": colour,
        },
        mode="markers",
        marker={"color": colour, "symbol": [_symbol(row, verdict, reach) for row in chosen], "size": 10},
        text=[row.part.why for row in chosen],
        hovertemplate="%{text}<extra></extra>",
    )


def _within(value: float, reach: float) -> float:
    """Clip to just inside the axis."""
    edge = 0.97 * reach
    return max(-edge, min(edge, value))


def _symbol(row: Row, verdict: Verdict, reach: float) -> str:
    if _within(row.effect, reach) == row.effect:
        return SYMBOLS[verdict]
    return "triangle-right" if row.effect > 0 else "triangle-left"


def _claimed(row: Row, place: int, reach: float, scheme: Scheme) -> dict[str, Any]:
    sides = {
        Expect.GREATER: (row.margin, reach),
        Expect.LESS: (-reach, -row.margin),
        Expect.SAME: (-row.margin, row.margin),
    }
    begin, end = sides[row.part.expect]
    return {
        "type": "rect",
        "layer": "below",
        "x0": begin,
        "x1": end,
        "y0": place - 0.4,
        "y1": place + 0.4,
        "fillcolor": faded(HUES[scheme][0], 0.1),
        "line": {"width": 0},
    }


def _load(source: Source) -> Sequence[SetEvidence]:
    if source.judged is not None:
        return source.judged
    options, networks = source.context.options, source.context.networks
    sets, _ = all_sets(source.home, quantities.own(source.session))
    return evaluate(
        [each for each in sets if options.claims in (None, each.key)], source.runs, networks, options.target
    )


KIND = Kind(
    "forest",
    title="Effects of the claims",
    help="In pooled standard deviations, so that accuracies and epochs share an axis, with the interval that decides."
    " Shaded: the claimed side; a claim is supported when its whole interval lies there.",
    options=("claims", "target"),
    wide=True,
    load=_load,
    build=forest,
)
