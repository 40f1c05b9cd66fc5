"""The lab that a command talks to over HTTP, and what becomes of its errors."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from skiplab.cli.exits import ExitCode, fail

if TYPE_CHECKING:
    from skiplab.client import Lab, LabError


@contextmanager
def the_lab(url: str | None = None, token: str | None = None) -> "Iterator[Lab]":
    """Yield a client of the lab; exit with a sentence and the code of any of its errors, or of Ctrl-C."""
    from skiplab.client import Lab, LabError

    try:
        with Lab(url, token) as lab:
            yield lab
    except LabError as error:
        fail(str(error), status=code_of(error))
    except KeyboardInterrupt:
        raise typer.Exit(ExitCode.INTERRUPTED) from None


def is_remote(home: Path | None) -> bool:
    """Return whether a command on files of a lab works over HTTP: SKIPLAB_URL names one, or a login does and neither
    --home nor SKIPLAB_HOME a folder."""
    from skiplab.client import BadConnection
    from skiplab.client.connection import find

    try:
        source = find().source
    except BadConnection as error:
        fail(str(error), status=ExitCode.USAGE)
    return home is None and (source == "environment" or (source == "login" and "SKIPLAB_HOME" not in os.environ))


def code_of(error: "LabError") -> ExitCode:
    """Return the exit code for an error of the client."""
    from skiplab.client import errors

    codes = {
        errors.Unreachable: ExitCode.UNREACHABLE,
        errors.NoAccess: ExitCode.NO_ACCESS,
        errors.NotFound: ExitCode.NOT_FOUND,
        errors.Ambiguous: ExitCode.NOT_FOUND,
        errors.Invalid: ExitCode.USAGE,
        errors.BadConnection: ExitCode.USAGE,
        errors.WaitTimeout: ExitCode.TIMED_OUT,
    }
    return codes.get(type(error), ExitCode.FAILED)
