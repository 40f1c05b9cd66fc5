"""The `skiplab` command, with a file for each noun.

A command's file is imported when the command is called, or when help lists it, so that others start quickly.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any, NamedTuple

import typer
from typer.core import TyperGroup

RUNS, RESULTS, OFFERS, LAB = "Runs", "Results", "On offer", "The lab"
"""Panels of `skiplab --help`."""


class Place(NamedTuple):
    """Where a command is defined: the attribute of a module of this package, a function or a group of commands."""

    panel: str
    module: str
    attribute: str


COMMANDS: Mapping[str, Place] = {
    "submit": Place(RUNS, "submit", "submit"),
    "ls": Place(RUNS, "runs", "list_runs"),
    "show": Place(RUNS, "runs", "show_run"),
    "watch": Place(RUNS, "watch", "watch"),
    "logs": Place(RUNS, "logs", "logs"),
    "cancel": Place(RUNS, "lifecycle", "cancel"),
    "pause": Place(RUNS, "lifecycle", "pause"),
    "resume": Place(RUNS, "lifecycle", "resume"),
    "retry": Place(RUNS, "lifecycle", "retry"),
    "archive": Place(RUNS, "lifecycle", "archive"),
    "rm": Place(RUNS, "lifecycle", "remove"),
    "sync": Place(RUNS, "sync", "sync"),
    "compare": Place(RESULTS, "compare", "compare"),
    "evidence": Place(RESULTS, "evidence", "evidence"),
    "report": Place(RESULTS, "report", "write_report"),
    "export": Place(RESULTS, "export", "export"),
    "models": Place(OFFERS, "models", "list_models"),
    "data": Place(OFFERS, "data", "commands"),
    "workers": Place(OFFERS, "workers", "commands"),
    "up": Place(LAB, "lab", "up"),
    "demo": Place(LAB, "lab", "demo"),
    "login": Place(LAB, "login", "login"),
    "logout": Place(LAB, "login", "logout"),
    "token": Place(LAB, "tokens", "commands"),
    "backup": Place(LAB, "backups", "backup"),
    "restore": Place(LAB, "backups", "restore"),
    "doctor": Place(LAB, "doctor", "doctor"),
    "version": Place(LAB, "version", "version"),
}
"""Every command of `skiplab`, in the order of its help."""


class Commands(Mapping[str, Any]):
    """The commands, each imported when it is looked up."""

    def __init__(self) -> None:
        self._loaded: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._loaded:
            self._loaded[name] = _loaded(name, COMMANDS[name])
        return self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class LazyGroup(TyperGroup):
    def __init__(self, **settings: Any) -> None:
        super().__init__(**{**settings, "commands": {}})
        self.commands = Commands()  # type: ignore[assignment]  # it only reads them


def _loaded(name: str, place: Place) -> Any:
    """Import a command and convert it to what Typer's group holds."""
    defined = getattr(import_module(f"skiplab.cli.{place.module}"), place.attribute)
    if not isinstance(defined, typer.Typer):
        alone = typer.Typer(add_completion=False)
        alone.command(name, rich_help_panel=place.panel)(defined)
        return typer.main.get_command(alone)
    command = typer.main.get_command(defined)
    command.name = name
    command.rich_help_panel = place.panel  # type: ignore[attr-defined]  # Typer's own commands have it
    return command


app = typer.Typer(cls=LazyGroup)


@app.callback()
def main() -> None:
    """A self-hosted lab for launching, watching and comparing CNN training runs.

    Commands work on the lab of SKIPLAB_URL (with SKIPLAB_TOKEN), else of `skiplab login`, else of this machine.

    Runs and experiments are given by number or name.
    """
