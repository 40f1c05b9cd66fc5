"""Render a preview of each augmentation on a few images of a data set, see `worker.previews`."""

from skiplab.contract.errands import PreviewTask, Task
from worker.errands.kind import Context, ErrandFailed, Kind


def run(task: Task, context: Context) -> None:
    """Run the errand. Raises ErrandFailed for a data set that is not downloaded or cannot be read."""
    from worker import previews
    from worker.errors import CannotTrain

    assert isinstance(task, PreviewTask)
    try:
        previews.write(context.home, task.dataset)
    except CannotTrain as error:
        raise ErrandFailed(str(error)) from error
    context.finish()


KIND = Kind(run, limit_seconds=300, is_quick=True)
