"""What figures are made of: cells with their names and looks, and what was asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import plotly.graph_objects as go

from backend.evidence.answer import SetEvidence
from backend.evidence.cells import Cell
from backend.evidence.measures import Measure
from backend.evidence.records import LayerGradients, NetworkFacts
from backend.figures.style import Look, looks, template
from skiplab.contract.metrics import Metric
from skiplab.contract.palette import Scheme
from skiplab.contract.telemetry import SystemSample

MOST_CLASSES = 50
"""That a figure draws unless it is asked for more."""


@dataclass(frozen=True)
class Drawn:
    """One cell as figures show it."""

    place: int
    cell: Cell
    label: str
    look: Look

    @property
    def uid(self) -> str:
        """Plotly tells traces apart by it, and makes CSS selectors of it: no slash."""
        return f"cell-{self.cell.runs[0].id}"

    @property
    def name(self) -> str:
        n = len(self.cell.shown)
        return f"{self.label} ({n} run{'s' * (n > 1)})"


@dataclass(frozen=True)
class Material:
    cells: Sequence[Drawn]
    networks: Mapping[str, NetworkFacts]
    scheme: Scheme = "light"
    key: Metric = Metric.TEST_ACCURACY
    x: Measure = Measure.PARAMETERS
    time: Measure = Measure.EPOCHS_TO_TARGET
    target: float = 0.6
    sets: Sequence[SetEvidence] = ()
    updates: Mapping[int, Sequence[LayerGradients]] = field(default_factory=dict)
    weights: Mapping[int, Sequence[LayerGradients]] = field(default_factory=dict)
    """Run to its layers' gradients, where its network repeats no block."""
    confusions: Mapping[int, Sequence[Sequence[int]]] = field(default_factory=dict)
    histories: Mapping[int, Mapping[int, Sequence[Sequence[int]]]] = field(default_factory=dict)
    """Run to its confusions, by epoch."""
    classes: Sequence[str] | None = None
    """Where all runs were tested on the same ones."""
    own_classes: Mapping[int, Sequence[str]] = field(default_factory=dict)
    """Run to the names of its classes."""
    most: int = MOST_CLASSES
    """Classes that are drawn, where there are more."""
    loads: Mapping[int, Sequence[SystemSample]] = field(default_factory=dict)


class CannotDraw(Exception):
    """The runs asked for cannot make this figure; the message says what it needs."""


def drawn(
    cells: Sequence[Cell],
    labels: Sequence[str],
    scheme: Scheme,
    lab: Sequence[str] = (),
) -> list[Drawn]:
    """`lab`: the networks of all its runs, which share the colours."""
    models = [str(cell.fields["model"]) for cell in cells]
    styles = looks(models, scheme, lab)
    return [
        Drawn(place, cell, label, look)
        for place, (cell, label, look) in enumerate(zip(cells, labels, styles, strict=True))
    ]


TICK_EACH_EPOCH = 12
"""Up to here every epoch has its tick, as on the page."""


def epoch_axis(material: Material, title: str = "Epoch") -> dict[str, Any]:
    last = max((run.spec.epochs for each in material.cells for run in each.cell.runs), default=1)
    ticks = {"dtick": 1, "tick0": 1} if last <= TICK_EACH_EPOCH else {"nticks": 10}
    return {"title": {"text": title}, "autorangeoptions": {"clipmin": -0.5}, **ticks}


def figure(material: Material, data: Sequence[Any], **layout: Any) -> go.Figure:
    """Validated by Python's plotly, in the page's template."""
    return go.Figure(data=list(data), layout={"template": template(material.scheme), "uirevision": "kept", **layout})


LINE_HEIGHT = 16
"""Pixels."""


def say_left_out(made: go.Figure, shown: int, found: int, what: str, *, above: int = LINE_HEIGHT) -> None:
    """Where a figure has room for the first ones only, it says so: what is not drawn must not seem not to be there.

    `above`: pixels over the plot that its titles take.
    """
    if shown < found:
        say(made, f"The first {shown} of {found} {what}", above=above)


def say(made: go.Figure, text: str, *, above: int = LINE_HEIGHT) -> None:
    """A line over the plot. `above`: pixels over it that its titles take."""
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
