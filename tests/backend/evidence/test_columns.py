"""What tables show of cells side by side."""

import pytest

from backend.evidence.cells import cells
from backend.evidence.columns import cell_views
from backend.evidence.measures import Measure
from tests.backend.evidence.runs import run


def test_times_of_all_cells_are_cut_at_one_budget() -> None:
    """The short run stopped after 4 epochs without getting there: what it took is not less than the 6 of the other."""
    arrives = [run("cnn", seed, epochs=8, accuracy=[0.1 * epoch for epoch in range(1, 9)]) for seed in range(2)]
    stops = [run("resnet18", seed, epochs=4, accuracy=[0.1, 0.1, 0.1, 0.1]) for seed in range(2)]
    first, second = cell_views(cells(arrives + stops), {}, 0.6)
    measured = [view.summaries[Measure.EPOCHS_TO_TARGET] for view in (first, second)]
    assert [found.mean for found in measured] == pytest.approx([4, 4])
    assert [(found.reached, found.n) for found in measured] == [(0, 2), (0, 2)]


def test_a_cell_without_a_measure_leaves_it_out() -> None:
    tested, waiting = cell_views(cells([run("cnn", accuracy=[0.5]), run("resnet18")]), {}, 0.6)
    assert Measure.BEST_ACCURACY in tested.summaries
    assert waiting.summaries == {}
