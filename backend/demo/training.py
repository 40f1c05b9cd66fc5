"""`skiplab demo`: queue the networks, show their training and print the results."""

import asyncio
from contextlib import suppress

from rich.console import Console

from backend.demo.plan import NAME, NETWORKS, NoData, choose
from backend.demo.table import table
from skiplab.cli.progress import KEYS, Measured, display_on
from skiplab.client import AsyncLab, LabError, Refused, Unreachable
from skiplab.client.calls.lookup import Submitted
from skiplab.contract.lifecycle import ENDED, Status

POLL_SECONDS = 0.5
CANCEL_TIMEOUT_SECONDS = 5.0


async def run_demo(url: str, console: Console, *, leave: bool, token: str | None = None) -> int:
    """Run the demo and return its exit status: 1 if a run failed. Without `leave`, block until cancelled."""
    async with AsyncLab(url, token) as lab:
        try:
            failed = await _train(lab, console)
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


async def _train(lab: AsyncLab, console: Console) -> bool:
    """Train, show the progress and return whether a run failed. Raises NoData, Refused."""
    plan = choose(await lab.datasets())
    submitted = await lab.submit(plan.fields, vary={"model": NETWORKS}, name=NAME)
    console.print(plan.announcement)
    console.print(f"Live curves: {lab.url}")
    try:
        measured = await _watch(lab, console, submitted)
    except asyncio.CancelledError:
        await _cancel(lab, submitted)
        console.print("Unfinished runs are cancelled.")
        raise
    caption = f"Values of the last epoch, not of the best; {plan.sizes}."
    console.print(table(measured, caption=caption))
    failed = [run for run in measured.runs if run.status == Status.FAILED]
    for run in failed:
        console.print(f"{run.name} failed: {run.reason}")
    return bool(failed)


async def _cancel(lab: AsyncLab, submitted: Submitted) -> None:
    """Cancel unfinished runs, so that none trains at the next start."""
    # Best effort within a short time: the backend may be gone, and Ctrl-C must be quick. Ended runs refuse.
    with suppress(LabError, TimeoutError):
        await asyncio.wait_for(lab.bulk("cancel", submitted), CANCEL_TIMEOUT_SECONDS)


async def _watch(lab: AsyncLab, console: Console, submitted: Submitted) -> Measured:
    """Poll and show the runs until all have ended."""
    with display_on(console) as display:
        while True:
            try:
                runs = await lab.these(submitted)
                measured = Measured.of(runs, await lab.series(runs, KEYS))
            except Unreachable:
                # The supervisor restarts the backend.
                await asyncio.sleep(POLL_SECONDS)
                continue
            display.update(measured)
            if all(run.status in ENDED for run in runs):
                return measured
            await asyncio.sleep(POLL_SECONDS)
