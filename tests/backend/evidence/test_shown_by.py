"""Every measure has a figure that shows it."""

import pytest

from backend.evidence.measures import Measure
from backend.evidence.shown_by import SHOWN_BY, FigureLink, figures_of
from backend.figures.kinds import KINDS
from backend.figures.routes import Costs, Times
from skiplab.contract.metrics import Metric

CHOICES = {"key": set(Metric), "x": set(Costs), "time": set(Times)}


@pytest.mark.parametrize("measure", Measure)
def test_every_measure_is_shown_by_figures_that_are_there(measure: Measure) -> None:
    for link in SHOWN_BY[measure]:
        assert link.kind in KINDS
        assert all(value in CHOICES[name] for name, value in link.options.items())


def test_a_time_is_shown_with_its_target_and_nothing_twice() -> None:
    found = figures_of([(Measure.EPOCHS_TO_TARGET, 0.6), (Measure.BEST_ACCURACY, None), (Measure.FINAL_ACCURACY, None)])
    assert found == [
        FigureLink(kind="targets", options={"time": "epochs", "target": "0.6"}),
        FigureLink(kind="curves", options={"key": "test/accuracy"}),
    ]
