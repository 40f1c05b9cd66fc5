"""`skiplab compare`."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from skiplab.cli.chosen import chosen
from skiplab.cli.client import the_lab
from skiplab.cli.options import AsJson, Experiment, Runs
from skiplab.cli.output import print_json, print_table
from skiplab.cli.runs import best_of, state_of

if TYPE_CHECKING:
    from skiplab.contract.run import Run
    from skiplab.contract.series import Series

DEFAULT_KEYS = "train/loss,test/loss,test/accuracy"


def compare(
    runs: Runs = None,
    experiment: Experiment = None,
    keys: Annotated[str, typer.Option("--keys", "-k", help="Metrics, separated by commas.")] = DEFAULT_KEYS,
    as_json: AsJson = False,
) -> None:
    """Compare runs: the fields in which they differ, their best value, and the last value of each metric.

    Examples: `skiplab compare 12 13`, `skiplab compare -e rates --keys test/accuracy,time/epoch`
    """
    with the_lab() as lab:
        found = chosen(lab, runs, experiment)
        last = _last_values(lab.series(found, keys)) if found else {}
    wanted = [key.strip() for key in keys.split(",") if key.strip()]
    differing = differences(found)
    if as_json:
        from skiplab.cli.shapes import Compared, Comparison

        rows = [
            Compared(
                run=run,
                differing={field: _config(run).get(field) for field in differing},
                last={key: last.get((run.id, key)) for key in wanted},
            )
            for run in found
        ]
        print_json(Comparison(items=rows))
        return
    table = [
        (
            run.id,
            run.name,
            state_of(run),
            *(_config(run).get(field) for field in differing),
            best_of(run),
            *(_number(last.get((run.id, key))) for key in wanted),
        )
        for run in found
    ]
    headings = ("run", "name", "status", *differing, "best", *wanted)
    print_table(headings, table, right=frozenset({"run", "best", *wanted}))


def differences(runs: "list[Run]") -> list[str]:
    """Return the fields of the configs in which runs differ, in the order of the first config that has them."""
    fields = dict.fromkeys(field for run in runs for field in _config(run))
    return [field for field in fields if len({repr(_config(run).get(field)) for run in runs}) > 1]


def _config(run: "Run") -> Mapping[str, Any]:
    return run.spec.model_dump() if run.spec is not None else run.config or {}


def _last_values(series: "list[Series]") -> dict[tuple[int, str], float | None]:
    return {(each.run, each.key): each.value[-1] for each in series if each.value}


def _number(value: float | None) -> str | None:
    return None if value is None else f"{value:.4g}"
