"""`skiplab up` and `skiplab demo`: run the lab until Ctrl-C."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from skiplab.cli.exits import leave
from skiplab.cli.home import settings_of
from skiplab.cli.options import Home

if TYPE_CHECKING:
    from rich.console import Console

    from backend.settings import Settings

Host = Annotated[str | None, typer.Option(help="Address to listen on. Default: SKIPLAB_HOST or 127.0.0.1.")]
Port = Annotated[int | None, typer.Option(help="Port to listen on. Default: SKIPLAB_PORT or 8000.")]
RootPath = Annotated[
    str | None, typer.Option(help="Path prefix behind a proxy, such as /skiplab. Default: SKIPLAB_ROOT_PATH.")
]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Show the log of all processes.")]
Exit = Annotated[bool, typer.Option("--exit", help="Stop after the results instead of at Ctrl-C.")]


def up(
    home: Home = None, host: Host = None, port: Port = None, root_path: RootPath = None, verbose: Verbose = False
) -> None:
    """Run the lab until Ctrl-C."""
    import asyncio

    from backend.supervisor import lab
    from skiplab.contract.addresses import address

    settings = settings_of(home=home, host=host, port=port, root_path=root_path)
    _name_home(settings)

    async def stay() -> int:
        _show(f"Skiplab is up at {address(settings.host, settings.port)} (Ctrl-C stops it).")
        if settings.needs_token:
            _show_sign_in(settings)
        await asyncio.Event().wait()
        return 0

    leave(lambda: lab.run(settings, stay, show=_show, verbose=verbose))


def demo(
    home: Home = None, host: Host = None, port: Port = None, verbose: Verbose = False, leave_after: Exit = False
) -> None:
    """Run the lab and train four networks: plain CNN, ResNet, DenseNet and SE-ResNet."""
    from backend.supervisor import lab
    from skiplab.contract.addresses import address

    settings = settings_of(home=home, host=host, port=port)
    _name_home(settings)

    async def train() -> int:
        from backend.auth.first_token import temporary_token
        from backend.demo.training import run_demo

        if settings.needs_token:
            _show_sign_in(settings)
        with temporary_token(settings) as token:
            where = address(settings.host, settings.port)
            return await run_demo(where, _console(), token=token, leave=leave_after)

    leave(lambda: lab.run(settings, train, show=_show, verbose=verbose))


def run_worker(home: Path | None, *arguments: str) -> None:
    """Run a command of the worker in a separate process: the backend's environment need not contain torch."""
    import os
    import subprocess
    import sys

    from backend.supervisor import lab

    environment = {**os.environ, **lab.worker_environment(settings_of(home=home))}
    leave(lambda: subprocess.call([sys.executable, "-m", "worker", *arguments], env=environment))


def _name_home(settings: "Settings") -> None:
    from skiplab.contract.home import user_home

    if (own := user_home()) is not None and settings.home == own.resolve():
        _show(f"The data are in {settings.home}; --home or SKIPLAB_HOME chooses another folder.")


def _show_sign_in(settings: "Settings") -> None:
    # Imported when the lab is up: it needs the database and the web framework, for which the start would wait.
    from backend.auth.first_token import sign_in_line

    if line := sign_in_line(settings):
        _show(line)


def _show(line: str) -> None:
    from contextlib import suppress

    from skiplab.contract.printable import printable_lines

    # A closed terminal must not end the lab before its child processes are stopped.
    with suppress(OSError):
        _console().print(printable_lines(line))


@cache
def _console() -> "Console":
    from rich.console import Console

    return Console(highlight=False, markup=False, soft_wrap=True)
