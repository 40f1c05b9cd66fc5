"""Runs: listing, waiting, and changing their state."""

import time
from collections.abc import Callable, Sequence
from typing import Any, TypedDict, Unpack

from skiplab.client.calls.lookup import WhichExperiment, WhichRun, WhichRuns, experiment_id, run_id, run_ids
from skiplab.client.errors import NotFound, ServerFault, Unreachable, WaitTimeout
from skiplab.client.steps import Pause, Steps, get, patch, post
from skiplab.client.steps import delete as delete_at
from skiplab.contract.lifecycle import ENDED
from skiplab.contract.run import Run
from skiplab.contract.run_lists import MOST_AT_ONCE, Archived, BulkAction, BulkAnswer, RunPage, Sort
from skiplab.contract.telemetry import LogPage

POLL_SECONDS = 0.5
"""Between two reads while waiting. Polling needs no stream, so it works through any transport and proxy."""


class Filters(TypedDict, total=False):
    """Filters and order of a list of runs; those of the API's RunFilter."""

    id: Sequence[int]
    name: str
    status: Sequence[str]
    kind: Sequence[str]
    model: str
    dataset: str
    experiment: WhichExperiment
    tag: str
    archived: Archived
    q: str
    """Text in the name, the note or the network's key."""
    sort: Sort


def page(*, limit: int = 100, cursor: int | None = None, **filters: Unpack[Filters]) -> Steps[RunPage]:
    """Return a page of the runs that match all filters, with their total number, newest first by default.

    `cursor`: `next_cursor` of the previous page.
    """
    query: dict[str, Any] = {**filters}
    if "experiment" in filters:
        query["experiment"] = yield from experiment_id(filters["experiment"])
    return (yield from get("/runs", RunPage, limit=limit, cursor=cursor, **query))


def runs(*, limit: int | None = 100, **filters: Unpack[Filters]) -> Steps[list[Run]]:
    """Return the runs that match all filters, by default the newest hundred; `limit=None`: all of them.

    Such as `runs(status=["running"])`, `runs(experiment="ablation")` or `runs(q="resnet", sort="-best")`.
    """
    found: list[Run] = []
    cursor = None
    while limit is None or len(found) < limit:
        wanted = MOST_AT_ONCE if limit is None else min(limit - len(found), MOST_AT_ONCE)
        part = yield from page(limit=wanted, cursor=cursor, **filters)
        found += part.items
        cursor = part.next_cursor
        if cursor is None:
            break
    return found


def run(run: WhichRun) -> Steps[Run]:
    """Return a run, by number or name. Raises NotFound, Ambiguous."""
    return (yield from get(f"/runs/{(yield from run_id(run))}", Run))


def these(runs: WhichRuns) -> Steps[list[Run]]:
    """Return runs, in the order given. Raises NotFound, Ambiguous."""
    ids = yield from run_ids(runs)
    found: dict[int, Run] = {}
    for first in range(0, len(ids), MOST_AT_ONCE):
        part = ids[first : first + MOST_AT_ONCE]
        answer = yield from page(id=part, archived="all", limit=len(part))
        found.update({each.id: each for each in answer.items})
    if missing := [each for each in ids if each not in found]:
        raise NotFound(f"There is no run {missing[0]}.", status=404)
    return [found[each] for each in ids]


def wait(
    runs: WhichRuns,
    *,
    timeout: float | None = None,
    poll: float = POLL_SECONDS,
    on_change: Callable[[list[Run]], None] | None = None,
) -> Steps[list[Run]]:
    """Wait until runs have ended, and return them; survives restarts of the lab.

    `timeout`: seconds; None: for ever. `on_change`: called with the runs now and whenever one has changed.
    Raises WaitTimeout.
    """
    ids = yield from run_ids(runs)
    began, seen = time.monotonic(), (yield from these(ids))
    if on_change:
        on_change(seen)
    while not all(each.status in ENDED for each in seen):
        if timeout is not None and time.monotonic() - began > timeout:
            raise WaitTimeout(timeout, seen)
        yield Pause(poll)
        try:
            now = yield from these(ids)
        except (Unreachable, ServerFault) as error:
            if isinstance(error, ServerFault) and error.retry_after is None:
                raise
            continue
        if on_change and now != seen:
            on_change(now)
        seen = now
    return seen


def logs(run: WhichRun, *, after: int | None = None, limit: int = 500) -> Steps[LogPage]:
    """Return lines of a run's log: the last ones, or those after the line with id `after`."""
    return (yield from get(f"/runs/{(yield from run_id(run))}/logs", LogPage, after=after, limit=limit))


def cancel(run: WhichRun) -> Steps[Run]:
    """Cancel a run: a queued one at once, a running one at its next batch. Raises Conflict for an ended one."""
    return (yield from _act(run, "cancel"))


def pause(run: WhichRun) -> Steps[Run]:
    """Pause a run, so that it can be resumed. Raises Conflict for an ended one."""
    return (yield from _act(run, "pause"))


def resume(run: WhichRun) -> Steps[Run]:
    """Queue a paused, failed or cancelled run again, to continue from its last checkpoint. Raises Conflict."""
    return (yield from _act(run, "resume"))


def retry(run: WhichRun) -> Steps[Run]:
    """Queue a paused, failed or cancelled run again from epoch 1; its metrics are deleted. Raises Conflict."""
    return (yield from _act(run, "retry"))


def archive(run: WhichRun) -> Steps[Run]:
    """Hide a run from lists."""
    return (yield from change(run, archived=True))


def unarchive(run: WhichRun) -> Steps[Run]:
    """Show an archived run in lists again."""
    return (yield from change(run, archived=False))


def change(
    run: WhichRun,
    *,
    name: str | None = None,
    tags: Sequence[str] | None = None,
    note: str | None = None,
    archived: bool | None = None,
    priority: str | None = None,
) -> Steps[Run]:
    """Change a run; what is None stays as it is."""
    given = {"name": name, "tags": tags, "note": note, "archived": archived, "priority": priority}
    changes = {field: value for field, value in given.items() if value is not None}
    return (yield from patch(f"/runs/{(yield from run_id(run))}", Run, changes))


def delete(run: WhichRun) -> Steps[None]:
    """Delete a run with its metrics and files. Raises Conflict while it is running."""
    yield from delete_at(f"/runs/{(yield from run_id(run))}")


def bulk(action: BulkAction, runs: WhichRuns, *, tag: str | None = None) -> Steps[BulkAnswer]:
    """Apply one action to at most a thousand runs; the answer names those that do not allow it."""
    body = {"action": action, "runs": (yield from run_ids(runs)), **({} if tag is None else {"tag": tag})}
    return (yield from post("/runs/bulk", BulkAnswer, body))


def _act(run: WhichRun, action: str) -> Steps[Run]:
    return (yield from post(f"/runs/{(yield from run_id(run))}/{action}", Run))
