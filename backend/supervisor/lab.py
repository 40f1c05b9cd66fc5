"""The lab as a set of processes: started in order, kept running, stopped in order."""

import asyncio
import json
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from backend.broker import Broker, NoBroker, resolve
from backend.db.progress import UpgradeStep
from backend.settings import Settings
from backend.supervisor.child import Command, Keeper, Times
from backend.supervisor.guard import Guard
from backend.supervisor.output import Output
from backend.supervisor.start import CannotStart, check_database, check_port, locked
from skiplab.contract import python_path
from skiplab.contract.addresses import address
from skiplab.contract.private import keep_private, tighten
from skiplab.contract.settings import SECRETS, SUPERVISED, variable

POLL_SECONDS = 0.1

MOST_EXITS = 4
"""A child that exits this often in a row before the lab is ready makes the start fail."""

SLOW_START_SECONDS = 15
"""When starting takes longer than this, say what is still missing."""

UPGRADE_SECONDS = 2
"""Least time between two lines about an upgrade of the database: they are read in logs, too."""


class KeepsExiting(CannotStart):
    def __init__(self, name: str, tail: Sequence[str]) -> None:
        last_lines = "".join(f"\n    {line}" for line in tail) or " nothing"
        super().__init__(f"The {name} keeps exiting, so the lab cannot start. Its last output:{last_lines}")


@dataclass(frozen=True)
class Readiness:
    missing: Sequence[str] = ()
    """What the lab still waits for; empty when it is ready."""
    upgrade: UpgradeStep | None = None
    """Of the database, while that is being upgraded."""


@dataclass(frozen=True)
class Lab:
    """What the supervisor runs."""

    broker: Broker
    commands: Sequence[Command]
    """Started at once; stopped before the broker."""
    readiness: Callable[[], Awaitable[Readiness]]
    workers: Sequence[Command] = ()
    """Started once the broker answers; stopped before it."""


INHERITED = frozenset({"token", "broker_password"})
"""Secrets that children read from the environment or a file, as this process did."""

NO_TOKEN = {f"{variable('token')}{form}": "" for form in ("", "_FILE")}
"""A worker runs foreign code and needs no token."""

Work = Callable[[], Awaitable[int]]
"""Runs while the lab is up; its result is the exit status."""


def run(settings: Settings, work: Work, *, show: Callable[[str], None], verbose: bool = False) -> int:
    """Start the lab, await `work` when it is ready, stop everything; SIGINT, SIGTERM and SIGHUP stop it early.

    Raises CannotStart.
    """
    keep_private(group_may_read=settings.group_may_read)
    with ExitStack() as stack:
        lock = stack.enter_context(locked(settings.home))
        check_port(settings.host, settings.port)
        check_database(settings)
        output = Output(settings.home / "logs" / "skiplab.log", show, verbose=verbose)
        stack.callback(output.close)
        if warning := tighten(settings.home, group_may_read=settings.group_may_read):
            output.say(warning)
        for folder in python_path.shadowing():
            output.say(f"Skiplab leaves {folder} of PYTHONPATH out: it has other modules of the names of its own.")
        guard = Guard(holding=lock)
        stack.callback(guard.close)
        try:
            broker = stack.enter_context(resolve(settings))
        except NoBroker as error:
            raise CannotStart(str(error)) from error
        lab = _lab(settings, broker)
        return asyncio.run(Supervisor(lab, output, guard).supervise(work))


class Supervisor:
    def __init__(self, lab: Lab, output: Output, guard: Guard, times: Times | None = None) -> None:
        self._lab, self._output, self._guard = lab, output, guard
        self._times = times or Times()
        self._broker: list[Keeper] = []
        self._children: list[Keeper] = []
        self._keeping: list[asyncio.Task[None]] = []

    async def supervise(self, work: Work) -> int:
        """Return the exit status of `work`; 0 when a signal ended it. Raises KeepsExiting."""
        with _stop_signals(self._kill_all) as stopping:
            session = asyncio.create_task(self._session(work))
            waiting = asyncio.create_task(stopping.wait())
            try:
                await asyncio.wait({session, waiting}, return_when=asyncio.FIRST_COMPLETED)
                if stopping.is_set():
                    self._output.say("Stopping.")
                session.cancel()
                with suppress(asyncio.CancelledError):
                    return await session
                return 0
            finally:
                waiting.cancel()
                await self._stop()

    async def _session(self, work: Work) -> int:
        broker = self._lab.broker
        if broker.argv:
            self._start(self._broker, [Command("broker", broker.argv)])
        self._start(self._children, self._lab.commands)
        await self._unless_exiting(broker.answers())
        self._start(self._children, self._lab.workers)
        await self._unless_exiting(self._ready())
        return await work()

    def _start(self, stage: list[Keeper], commands: Sequence[Command]) -> None:
        started = [Keeper(command, self._output, self._guard, self._times) for command in commands]
        stage += started
        self._keeping += [asyncio.create_task(keeper.keep()) for keeper in started]

    async def _unless_exiting(self, goal: Awaitable[None]) -> None:
        """Await `goal`. Raises KeepsExiting when a child keeps exiting meanwhile."""
        reached = asyncio.ensure_future(goal)
        try:
            while not reached.done():
                await asyncio.wait({reached}, timeout=POLL_SECONDS)
                for keeper in self._keepers():
                    if keeper.consecutive_exits >= MOST_EXITS:
                        name = keeper.command.name
                        raise KeepsExiting(name, self._output.tail(name))
        finally:
            reached.cancel()
        reached.result()

    async def _ready(self) -> None:
        polls, upgrade = 0, UpgradeLines(self._output)
        while (readiness := await self._lab.readiness()).missing:
            polls += 1
            if readiness.upgrade is not None:
                upgrade.show(readiness.upgrade)
            elif polls == SLOW_START_SECONDS / POLL_SECONDS:
                self._output.say(f"Still starting: {', '.join(readiness.missing)}.")
            await asyncio.sleep(POLL_SECONDS)

    async def _stop(self) -> None:
        """Stop the broker last: a worker that hands its run back still needs it."""
        for task in self._keeping:
            task.cancel()
        ended = await asyncio.gather(*self._keeping, return_exceptions=True)
        for stage in (self._children, self._broker):
            await asyncio.gather(*(keeper.stop() for keeper in stage))
        for error in ended:
            if isinstance(error, Exception):
                raise error

    def _kill_all(self) -> None:
        for keeper in self._keepers():
            if keeper.process is not None:
                keeper.process.kill()

    def _keepers(self) -> Iterator[Keeper]:
        yield from self._broker
        yield from self._children


class UpgradeLines:
    """Lines about an upgrade, plain so that they can be read in a file: at its start, and again every few seconds."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._shown: UpgradeStep | None = None
        self._due = 0.0

    def show(self, step: UpgradeStep) -> None:
        now = time.monotonic()
        if step != self._shown and now >= self._due:
            self._output.say(f"Upgrading the database: {step}.")
            self._shown, self._due = step, now + UPGRADE_SECONDS


@contextmanager
def _stop_signals(kill: Callable[[], None]) -> Iterator[asyncio.Event]:
    """Yield an event that the first stop signal sets; a second signal calls `kill`."""
    stopping = asyncio.Event()

    def handle() -> None:
        if stopping.is_set():
            kill()
        stopping.set()

    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in signals:
        loop.add_signal_handler(number, handle)
    try:
        yield stopping
    finally:
        for number in signals:
            loop.remove_signal_handler(number)


def _lab(settings: Settings, broker: Broker) -> Lab:
    common = {
        **environment(settings),
        "SKIPLAB_BROKER_URL": broker.url,
        "PYTHONUNBUFFERED": "1",
    }
    return Lab(
        broker,
        commands=[Command("backend", (sys.executable, "-m", "backend"), common | {SUPERVISED: "1"})],
        readiness=lambda: _readiness(settings),
        workers=[Command("worker", (sys.executable, "-m", "worker", "serve"), common | NO_TOKEN)],
    )


def worker_environment(settings: Settings) -> dict[str, str]:
    """Return what a worker's environment has beside this process's own."""
    return environment(settings) | NO_TOKEN


def environment(settings: Settings) -> dict[str, str]:
    """Return the settings, and what keeps its imports its own, as variables for a child, which inherits the rest."""
    given = settings.model_dump(mode="json", exclude_none=True, exclude={*INHERITED})
    # A secret from a file is passed on by value; both at once would be refused.
    files = {f"{variable(name)}_FILE": "" for name in SECRETS - INHERITED}
    own = {variable(name): str(value) for name, value in given.items() if value != ""}
    return files | own | python_path.child_environment()


async def _readiness(settings: Settings) -> Readiness:
    try:
        status, text = await asyncio.to_thread(_readyz, settings)
    except (OSError, HTTPException):
        return Readiness(["the backend does not answer yet"])
    if status == 200:
        return Readiness()
    try:
        body = json.loads(text)
        step = UpgradeStep.model_validate(body["upgrade"]) if "upgrade" in body else None
        return Readiness([str(each) for each in body["missing"]], step)
    except (ValueError, KeyError, TypeError):
        return Readiness([f"the backend answers with status {status}"])


def _readyz(settings: Settings) -> tuple[int, bytes]:
    """Return the status and body of `/readyz`. Raises OSError, HTTPException."""
    # By the standard library: an HTTP client would be imported before the backend is started, and takes as long as the
    # rest of this process.
    where = urlsplit(address(settings.host, settings.port))
    connection = HTTPConnection(where.hostname or "", where.port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()
