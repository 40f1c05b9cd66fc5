"""Runs whose process ended before the lab had everything: sent by the next `init`, or by `skiplab sync`."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from skiplab.client import notices
from skiplab.client.connection import Connection
from skiplab.client.failures import Away
from skiplab.client.spool import Spool, Start, spools_in
from skiplab.client.transports import Connect, connected

if TYPE_CHECKING:
    from skiplab.client.delivery import Requests


@dataclass(frozen=True)
class Outcome:
    folder: Path
    run: int | None = None
    """Its id in the lab, if it was started there."""

    points: int = 0
    """Points sent now."""

    problem: str = ""
    """Why it is not sent, or not all of it; empty: it is, and the spool is deleted."""


def deliver_all(
    folder: Path, connection: Connection, *, own: bool = False, but: object = None, connect: Connect = connected
) -> Iterator[Outcome]:
    """Send the runs in a folder of spools that no process writes or sends, one after the other.

    `own`: only those that were meant for this lab and logged online; `but`: not this run. Stops at the first
    one if the lab is away.
    """
    for path in spools_in(folder):
        try:
            spool = Spool.take(path)
        except (OSError, ValueError, TypeError, KeyError) as error:
            yield Outcome(path, problem=f"damaged: {error}")
            continue
        if spool is None:
            continue
        is_own = not spool.start.offline and spool.start.url == connection.url and not spool.position.refused
        if (own and not is_own) or (but is not None and spool.start.identity == but):
            spool.close()
            continue
        outcome, away = _deliver(spool, connection, connect)
        yield outcome
        if away:
            return


def deliver_earlier(spool: Spool, lab: "Requests") -> None:
    """Send what ended processes logged to the same run, before a new holder shuts them out. Raises Away, OSError."""
    from skiplab.client.delivery import Delivery, Step

    for path in spools_in(spool.folder.parent):
        if path == spool.folder or identity_of(path) != spool.start.identity:
            continue
        if (earlier := _taken(path)) is None:
            continue
        if earlier.position.run is not None and earlier.start.url != lab.url:
            earlier.close()
            continue
        delivery = Delivery(earlier, lab)
        try:
            while not delivery.done and delivery.advance() is not Step.IDLE:
                pass
        except BaseException:
            earlier.close()
            raise
        if delivery.refusal is None:
            earlier.remove()
        else:
            earlier.close()


def deliver_in_background(folder: Path, connection: Connection, but: object) -> None:
    """Send what earlier processes left, except of one run, in a thread of its own."""
    if any(spools_in(folder)):
        thread = Thread(target=_deliver_own, args=(folder, connection, but), name="skiplab-leftovers", daemon=True)
        with suppress(RuntimeError):  # no more threads; a later process sends it
            thread.start()


def _deliver_own(folder: Path, connection: Connection, but: object) -> None:
    for outcome in deliver_all(folder, connection, own=True, but=but):
        if not outcome.problem:
            notices.say(f"sent run {outcome.run} of an earlier process ({outcome.points:,} points).")


def _taken(path: Path) -> Spool | None:
    """Lock a spool; None for one that is in use or damaged, which `skiplab sync` names."""
    try:
        return Spool.take(path)
    except (OSError, ValueError, TypeError, KeyError):
        return None


def identity_of(path: Path) -> object:
    """Return the identity of a spool's run, without locking it; None for a damaged or removed one."""
    try:
        return Start.read(path).identity
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _deliver(spool: Spool, connection: Connection, connect: Connect) -> tuple[Outcome, bool]:
    """Send one run; return also whether the lab is away."""
    from skiplab.client.delivery import Delivery

    started = spool.position.run is not None
    if started and spool.start.url and spool.start.url != connection.url:
        spool.close()
        return Outcome(spool.folder, spool.position.run, problem=f"belongs to {spool.start.url}"), False
    delivery, problem, away = Delivery(spool, connect(connection), abandoned=True), "", False
    try:
        while not delivery.done:
            delivery.advance()
    except Away as error:
        problem, away = str(error), True
    except OSError as error:
        problem = error.strerror or str(error)
    if delivery.refusal is not None:
        problem = str(delivery.refusal)
    outcome = Outcome(spool.folder, spool.position.run, delivery.points, problem)
    delivery.close()
    return outcome, away
