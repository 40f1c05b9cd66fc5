"""The demo from its first line to its table: queue the networks, watch them, compare them."""

import asyncio
from contextlib import suppress

from rich.console import Console

from backend.demo.client import LabClient, Refused, Unreachable
from backend.demo.plan import NAME, NETWORKS, NoData, choose
from backend.demo.screen import KEYS, Measured, drawn_on, table
from skiplab.contract.lifecycle import ENDED, Status

POLL_SECONDS = 0.5
GOODBYE_SECONDS = 5.0


async def show_networks(url: str, console: Console, *, leave: bool, token: str | None = None) -> int:
    """Returns the exit status: 1 when a run failed. Unless told to `leave`, stays until cancelled."""
    async with LabClient(url, token) as client:
        try:
            failed = await _train(client, console, url)
        except (NoData, Refused) as error:
            console.print(f"The demo cannot run: {error}")
            return 1
    status = 1 if failed else 0
    # Without a terminal nobody would see that a demo with a failed run is still up.
    if leave or (failed and not console.is_terminal):
        return status
    console.print(f"The dashboard stays up at {url}; Ctrl-C stops it.")
    with suppress(asyncio.CancelledError):
        await asyncio.Event().wait()
    return status


async def _train(client: LabClient, console: Console, url: str) -> bool:
    """Train and show; says whether a run failed. Raises NoData, Refused."""
    plan = choose(await client.datasets())
    experiment = await client.queue(NAME, vary={"model": NETWORKS}, spec=plan.fields)
    console.print(plan.announcement)
    console.print(f"Watch the curves grow at {url}")
    try:
        measured = await _watch(client, console, experiment.id)
    except asyncio.CancelledError:
        await _cancel(client, experiment.id)
        console.print("What was not finished is cancelled.")
        raise
    caption = f"Values of the last epoch, none picked as the best; {plan.sizes}."
    console.print(table(measured, caption=caption))
    failed = [run for run in measured.runs if run.status == Status.FAILED]
    for run in failed:
        console.print(f"{run.name} failed: {run.reason}")
    return bool(failed)


async def _cancel(client: LabClient, experiment_id: int) -> None:
    """Leave nothing in the queue that would train when the lab is next started here."""
    # A backend that is gone cannot be helped, and nobody waits long at a Ctrl-C.
    with suppress(Refused, Unreachable, TimeoutError):
        await asyncio.wait_for(_cancel_runs(client, experiment_id), GOODBYE_SECONDS)


async def _cancel_runs(client: LabClient, experiment_id: int) -> None:
    for run in (await client.experiment(experiment_id)).runs:
        if run.status not in ENDED:
            # It may have ended this moment.
            with suppress(Refused):
                await client.cancel(run.id)


async def _watch(client: LabClient, console: Console, experiment_id: int) -> Measured:
    """Show the experiment until all its runs have ended.

    By asking again and again: it is one process on the same machine, and an answer that fails heals with the next.
    """
    with drawn_on(console) as screen:
        while True:
            try:
                runs = (await client.experiment(experiment_id)).runs
                measured = Measured.of(runs, await client.series([run.id for run in runs], KEYS))
            except Unreachable:
                # The supervisor starts the backend again.
                await asyncio.sleep(POLL_SECONDS)
                continue
            screen.update(measured)
            if all(run.status in ENDED for run in runs):
                return measured
            await asyncio.sleep(POLL_SECONDS)
