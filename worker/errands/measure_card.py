"""Measure a torchvision network's parameters, FLOPs and layers."""

from backend.db import catalog
from skiplab.contract.errands import CardTask, Task
from worker.errands.kind import Context, Kind


def run(task: Task, context: Context) -> None:
    """Run the errand. Raises ErrandLost."""
    from worker.models import zoo

    assert isinstance(task, CardTask)
    card = zoo.measured_card(task.model)
    context.finish(lambda session: catalog.keep_measured(session, card))


KIND = Kind(run, limit_seconds=300, is_quick=True)
