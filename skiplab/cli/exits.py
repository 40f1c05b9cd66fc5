"""How a command ends where it cannot go on: with one clear sentence, and a status."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer


def fail(sentence: str, *, status: int) -> NoReturn:
    from skiplab.contract.printable import printable_lines

    print(printable_lines(sentence), file=sys.stderr)
    raise typer.Exit(status)


@contextmanager
def one_sentence(*errors: type[Exception]) -> Iterator[None]:
    """Leave with the message of any of these."""
    try:
        yield
    except errors as error:
        fail(str(error), status=1)


def leave(work: Callable[[], int]) -> NoReturn:
    """Exit with the status of `work`, or with one clear sentence."""
    from backend.db.database import DatabaseBusy, DatabaseUnusable
    from backend.supervisor.start import CannotStart

    try:
        raise typer.Exit(work())
    except (CannotStart, DatabaseBusy, DatabaseUnusable) as error:
        fail(str(error), status=1)
    except OSError as error:
        fail(_not_written(error), status=1)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def _not_written(error: OSError) -> str:
    """A full disk, a file system that is read-only, the folder of another user."""
    where = f" {error.filename}" if error.filename else ""
    return f"The lab cannot write{where} ({error.strerror}): make room, or choose another folder with --home."
