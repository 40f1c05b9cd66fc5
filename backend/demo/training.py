"""`skiplab demo`: queue the networks, show their training and print the results."""

import asyncio
from contextlib import suppress

from rich.console import Console

from backend.demo.client import LabClient, Refused, Unreachable
from backend.demo.display import KEYS, Measured, display_on, table
from backend.demo.plan import NAME, NETWORKS, NoData, choose
from skiplab.contract.lifecycle import ENDED, Status

POLL_SECONDS = 0.5
CANCEL_TIMEOUT_SECONDS = 5.0


async def run_demo(url: str, console: Console, *, leave: bool, token: str | None = None) -> int:
    """Run the demo and return its exit status: 1 if a run failed. Without `leave`, block until cancelled."""
    async with LabClient(url, token) as client:
        try:
            failed = await _train(client, console, url)
        except (NoData, Refused) as error:
            console.print(f"The demo cannot run: {error}")
            return 1
    status = 1 if failed else 0
    # Without a terminal, a demo with a failed run must end: nobody would notice that it still runs.
    if leave or (failed and not console.is_terminal):
        return status
    console.print(f"The dashboard keeps running at {url}; press Ctrl-C to stop it.")
    with suppress(asyncio.CancelledError):
        await asyncio.Event().wait()
    return status


async def _train(client: LabClient, console: Console, url: str) -> bool:
    """Train, show the progress and return whether a run failed. Raises NoData, Refused."""
    plan = choose(await client.datasets())
    experiment = await client.queue(NAME, vary={"model": NETWORKS}, spec=plan.fields)
    console.print(plan.announcement)
    console.print(f"Live curves: {url}")
    try:
        measured = await _watch(client, console, experiment.id)
    except asyncio.CancelledError:
        await _cancel(client, experiment.id)
        console.print("Unfinished runs are cancelled.")
        raise
    caption = f"Values of the last epoch, not of the best; {plan.sizes}."
    console.print(table(measured, caption=caption))
    failed = [run for run in measured.runs if run.status == Status.FAILED]
    for run in failed:
        console.print(f"{run.name} failed: {run.reason}")
    return bool(failed)


async def _cancel(client: LabClient, experiment_id: int) -> None:
    """Cancel unfinished runs, so that none trains at the next start."""
    # Best effort within a short time: the backend may be gone, and Ctrl-C must be quick.
    with suppress(Refused, Unreachable, TimeoutError):
        await asyncio.wait_for(_cancel_runs(client, experiment_id), CANCEL_TIMEOUT_SECONDS)


async def _cancel_runs(client: LabClient, experiment_id: int) -> None:
    for run in (await client.experiment(experiment_id)).runs:
        if run.status not in ENDED:
            # It may have ended in the meantime.
            with suppress(Refused):
                await client.cancel(run.id)


async def _watch(client: LabClient, console: Console, experiment_id: int) -> Measured:
    """Poll and show the experiment until all its runs have ended.

    Polling is enough for one local client, and recovers from a failed request with the next one.
    """
    with display_on(console) as display:
        while True:
            try:
                runs = (await client.experiment(experiment_id)).runs
                measured = Measured.of(runs, await client.series([run.id for run in runs], KEYS))
            except Unreachable:
                # The supervisor restarts the backend.
                await asyncio.sleep(POLL_SECONDS)
                continue
            display.update(measured)
            if all(run.status in ENDED for run in runs):
                return measured
            await asyncio.sleep(POLL_SECONDS)
