"""`skiplab ls` and `skiplab show`."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from skiplab.cli.client import the_lab
from skiplab.cli.options import AsJson, Experiment
from skiplab.cli.output import NOTHING, ago, duration, print_json, print_table
from skiplab.contract.lifecycle import Status

if TYPE_CHECKING:
    from skiplab.contract.run import Run

Statuses = Annotated[list[Status] | None, typer.Option("--status", "-s", help="Only these statuses; repeatable.")]
Text = Annotated[str | None, typer.Option("--search", "-q", help="Text in the name, the note or the network's key.")]
Limit = Annotated[int, typer.Option("--limit", "-n", min=1, help="Most runs.")]
Sort = Annotated[str, typer.Option(help="id, name, status, model or best; with `-` in front descending.")]

RIGHT = frozenset({"run", "epoch", "best"})


def list_runs(
    status: Statuses = None,
    experiment: Experiment = None,
    model: Annotated[str | None, typer.Option(help="Key of a network.")] = None,
    dataset: Annotated[str | None, typer.Option(help="Key of a data set.")] = None,
    tag: Annotated[str | None, typer.Option(help="A tag.")] = None,
    search: Text = None,
    archived: Annotated[bool, typer.Option("--archived", help="Include archived runs.")] = False,
    sort: Sort = "-id",
    limit: Limit = 20,
    as_json: AsJson = False,
) -> None:
    """List runs, newest first.

    Examples: `skiplab ls --status running`, `skiplab ls -e ablation --sort=-best`
    """
    filters: dict[str, Any] = {
        "status": status,
        "experiment": experiment,
        "model": model,
        "dataset": dataset,
        "tag": tag,
        "q": search,
    }
    given = {name: value for name, value in filters.items() if value is not None}
    with the_lab() as lab:
        page = lab.page(archived="all" if archived else "no", sort=sort, limit=limit, **given)  # type: ignore[arg-type]
    if as_json:
        from skiplab.cli.shapes import RunsShown

        print_json(RunsShown(items=page.items, total=page.total))
        return
    print_runs(page.items)
    if page.total > len(page.items):
        print(f"{len(page.items)} of {page.total:,} runs; --limit shows more.")


def show_run(
    run: Annotated[str, typer.Argument(help="Number or name of a run.")],
    as_json: AsJson = False,
) -> None:
    """Show a run.

    Examples: `skiplab show 12`, `skiplab show "cnn on digits, seed 0" --json | jq .best`
    """
    with the_lab() as lab:
        found = lab.run(run)
        page = lab.url
    if as_json:
        print_json(found)
        return
    for name, value in _facts(found, page):
        if value not in (None, "", []):
            print(f"{name:<17} {value}")


def print_runs(runs: "list[Run]") -> None:
    """Print one row per run."""
    rows = [
        (run.id, run.name, state_of(run), epoch_of(run), best_of(run), _experiment(run), ago(run.created_at))
        for run in runs
    ]
    print_table(("run", "name", "status", "epoch", "best", "experiment", "submitted"), rows, right=RIGHT)


def state_of(run: "Run") -> str:
    """Return the status in words, such as `#3 in queue` or `running, 2 min left`."""
    if run.status == Status.QUEUED and run.queue_position is not None:
        return f"#{run.queue_position} in queue"
    if run.status != Status.RUNNING:
        return run.status
    if run.stop_requested:
        return f"stopping ({run.stop_as})"
    if run.eta_seconds is not None:
        return f"running, {duration(run.eta_seconds)} left"
    return run.activity or "running"


def epoch_of(run: "Run") -> str:
    return f"{run.epoch}" if run.epochs is None else f"{run.epoch}/{run.epochs}"


def best_of(run: "Run") -> str | None:
    """Return the best value so far; accuracies in percent."""
    return None if run.best is None else f"{run.best.value:.2%}"


def _experiment(run: "Run") -> str | None:
    return None if run.experiment is None else run.experiment.name


def _facts(run: "Run", url: str) -> list[tuple[str, Any]]:
    best = None if run.best is None else f"{run.best.value:.2%} at epoch {run.best.epoch} ({run.best.key})"
    facts: list[tuple[str, Any]] = [
        ("run", f"{run.id}  {run.name}"),
        ("status", state_of(run)),
        ("reason", run.reason),
        ("stalled", run.stalled),
        ("epoch", epoch_of(run)),
        ("best", best),
        ("experiment", None if run.experiment is None else f"{run.experiment.id}  {run.experiment.name}"),
        ("tags", ", ".join(run.tags)),
        ("note", run.note),
        ("worker", None if run.worker is None else f"{run.worker} ({run.device or NOTHING})"),
        ("submitted", f"{run.created_at:%Y-%m-%d %H:%M:%S}"),
        ("trained", duration(run.trained_seconds) if run.trained_seconds else None),
        ("page", f"{url}/runs/{run.id}"),
    ]
    config = run.spec.model_dump() if run.spec is not None else run.config or {}
    return [*facts, ("", "")] + [(name, value) for name, value in config.items()]
