"""What every figure is built from: cells with names, styles and options; and layout helpers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

# Plotly loads a class when it is first accessed, which takes a tenth of a second for the first. Annotations are not
# evaluated in files that draw, and what imports all of Plotly is imported by its caller: a start loads no class.
import plotly.graph_objects as go

from backend.evidence.cells import Cell
from backend.evidence.records import NetworkFacts
from backend.figures.options import Options
from backend.figures.style import Style, styles, template
from skiplab.contract.metrics import Metric
from skiplab.contract.palette import Scheme
from skiplab.contract.quantities import Quantity


@dataclass(frozen=True)
class Drawn:
    """One cell as figures show it."""

    place: int
    cell: Cell
    label: str
    style: Style

    @property
    def uid(self) -> str:
        """Plotly identifies traces by it and uses it in CSS selectors: no slash."""
        return f"cell-{self.cell.runs[0].id}"

    @property
    def name(self) -> str:
        n = len(self.cell.shown)
        return f"{self.label} ({n} run{'s' * (n > 1)})"


@dataclass(frozen=True)
class Context:
    """What every figure is built from."""

    cells: Sequence[Drawn]
    networks: Mapping[str, NetworkFacts]
    scheme: Scheme = "light"
    options: Options = field(default_factory=Options)
    own: Sequence[Quantity] = ()
    """Those of plugins' metrics, beside the lab's."""

    @property
    def quantity(self) -> Quantity:
        """What the option `key` names."""
        key = self.options.key
        return next((each for each in self.own if each.key == key), None) or Metric(key).quantity


class CannotDraw(Exception):
    """The figure cannot be drawn from these runs; the message says what it needs."""


def drawn(
    cells: Sequence[Cell],
    labels: Sequence[str],
    scheme: Scheme,
    lab: Sequence[str] = (),
) -> list[Drawn]:
    """Style the cells. `lab`: the networks of all runs, among which the colours are assigned."""
    models = [str(cell.fields["model"]) for cell in cells]
    chosen = styles(models, scheme, lab)
    return [
        Drawn(place, cell, label, style)
        for place, (cell, label, style) in enumerate(zip(cells, labels, chosen, strict=True))
    ]


TICK_EACH_EPOCH = 12
"""Up to this many epochs each has a tick, as on the page."""


def epoch_axis(context: Context, title: str = "Epoch") -> dict[str, Any]:
    last = max((run.spec.epochs for each in context.cells for run in each.cell.runs), default=1)
    ticks = {"dtick": 1, "tick0": 1} if last <= TICK_EACH_EPOCH else {"nticks": 10}
    return {"title": {"text": title}, "autorangeoptions": {"clipmin": -0.5}, **ticks}


def figure(context: Context, data: Sequence[Any], **layout: Any) -> go.Figure:
    """Make a figure validated by Plotly, in the page's template."""
    return go.Figure(data=list(data), layout={"template": template(context.scheme), "uirevision": "kept", **layout})


LINE_HEIGHT = 16
"""Pixels."""


def note_left_out(made: go.Figure, shown: int, found: int, what: str, *, above: int = LINE_HEIGHT) -> None:
    """Note that only the first ones are shown.

    `above`: pixels over the plot that its titles take.
    """
    if shown < found:
        note(made, f"First {shown} of {found} {what}", above=above)


def note(made: go.Figure, text: str, *, above: int = LINE_HEIGHT) -> None:
    """Add a line of text over the plot. `above`: pixels that titles take there."""
    made.add_annotation(
        text=text,
        x=1,
        y=1,
        xref="paper",
        yref="paper",
        xanchor="right",
        yanchor="bottom",
        yshift=above + 8,
        showarrow=False,
    )
    made.update_layout(margin={"t": above + 3 * LINE_HEIGHT})
