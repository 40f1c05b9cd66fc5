"""Every measure has a figure that shows it."""

import pytest

from backend.evidence.measures import Measure, figures_of
from backend.figures.kinds import FigureKind
from backend.figures.options import choices
from skiplab.contract.evidence import FigureLink


@pytest.mark.parametrize("measure", Measure)
def test_every_measure_is_shown_by_figures_that_are_there(measure: Measure) -> None:
    assert measure.definition.figures
    for link in measure.definition.figures:
        read = FigureKind(link.kind).kind.options
        offered: dict[str, list[str]] = {option: [value for value, _ in choices(option)] for option in read}
        assert all(value in offered[name] for name, value in link.options.items())


def test_a_time_is_shown_with_its_target_and_nothing_twice() -> None:
    found = figures_of([(Measure.EPOCHS_TO_TARGET, 0.6), (Measure.BEST_ACCURACY, None), (Measure.FINAL_ACCURACY, None)])
    assert found == [
        FigureLink(kind="targets", options={"time": "epochs", "target": "0.6"}),
        FigureLink(kind="curves", options={"key": "test/accuracy"}),
    ]
