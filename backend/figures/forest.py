"""A forest plot of the verdicts: effects in standard deviations, intervals, and the side that was claimed."""

from dataclasses import dataclass
from math import sqrt
from typing import Any

import plotly.graph_objects as go

from backend.evidence.claim import Expect
from backend.evidence.judgement import Judgement, PartVerdict, Verdict
from backend.figures.material import CannotDraw, Material, figure
from backend.figures.style import HUES, INKS, Scheme, faded

SYMBOLS = {Verdict.SUPPORTED: "circle", Verdict.REFUTED: "x", Verdict.INCONCLUSIVE: "circle-open"}


@dataclass(frozen=True)
class Row:
    """One measure of one claim, scaled by the pooled sd of its cells: so points and epochs share an axis."""

    label: str
    part: PartVerdict
    effect: float
    low: float
    high: float
    margin: float


def forest(material: Material) -> go.Figure:
    rows = [
        row
        for claims in material.sets
        for claim in claims.claims
        for judgement in claim.judgements[:1]
        for part in judgement.parts
        if part.decides and (row := _row(claim.id, judgement, part)) is not None
    ]
    if not rows:
        raise CannotDraw("No claim has an interval yet: that takes two finished seeds of each of its networks.")
    reach = 1.15 * max(max(abs(row.low), abs(row.high), row.margin) for row in rows) or 1.0
    labels = [row.label for row in rows]
    traces = [_trace(rows, verdict, material.scheme) for verdict in SYMBOLS]
    return figure(
        material,
        [trace for trace in traces if trace is not None],
        height=120 + 30 * len(rows),
        xaxis={
            "title": {"text": "Effect in pooled standard deviations; shaded: the side that is claimed"},
            "range": [-reach, reach],
            "zeroline": True,
            "zerolinecolor": INKS[material.scheme].faint,
        },
        yaxis={"categoryorder": "array", "categoryarray": labels[::-1]},
        shapes=[_claimed(row, len(rows) - 1 - place, reach, material.scheme) for place, row in enumerate(rows)],
    )


def _row(claim: str, judgement: Judgement, part: PartVerdict) -> Row | None:
    spreads = [(each.n - 1, each.sd) for each in part.roles if each.sd is not None]
    freedom = sum(df for df, _ in spreads)
    if part.effect is None or part.low is None or part.high is None or not freedom:
        return None
    scale = sqrt(sum(df * sd**2 for df, sd in spreads) / freedom)
    if scale == 0:
        return None
    who = " / ".join(dict.fromkeys(judgement.roles.values()))
    label = f"{claim} {part.label} ({who})"
    return Row(label, part, part.effect / scale, part.low / scale, part.high / scale, part.margin / scale)


def _trace(rows: list[Row], verdict: Verdict, scheme: Scheme) -> go.Scatter | None:
    chosen = [row for row in rows if row.part.verdict == verdict]
    if not chosen:
        return None
    colours = HUES[scheme]
    colour = {Verdict.SUPPORTED: colours[2], Verdict.REFUTED: colours[1]}.get(verdict, INKS[scheme].faint)
    return go.Scatter(
        uid=f"verdict-{verdict}",
        name=str(verdict),
        x=[row.effect for row in chosen],
        y=[row.label for row in chosen],
        error_x={
            "type": "data",
            "array": [row.high - row.effect for row in chosen],
            "arrayminus": [row.effect - row.low for row in chosen],
            "color": colour,
        },
        mode="markers",
        marker={"color": colour, "symbol": SYMBOLS[verdict], "size": 10},
        text=[row.part.why for row in chosen],
        hovertemplate="%{text}<extra></extra>",
    )


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
