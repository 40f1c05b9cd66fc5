"""End a command with one sentence and an exit status instead of a traceback."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer


def fail(sentence: str, *, status: int) -> NoReturn:
    """Print a sentence to stderr and exit."""
    from skiplab.contract.printable import printable_lines

    print(printable_lines(sentence), file=sys.stderr)
    raise typer.Exit(status)


@contextmanager
def one_sentence(*errors: type[Exception]) -> Iterator[None]:
    """Exit with status 1 and the message of any of these errors."""
    try:
        yield
    except errors as error:
        fail(str(error), status=1)


def leave(work: Callable[[], int]) -> NoReturn:
    """Exit with the status that `work` returns, or with a sentence for expected errors."""
    from backend.db.failures import DatabaseBusy, DatabaseUnusable
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
    """Describe a full disk, a read-only file system or a missing permission."""
    where = f" {error.filename}" if error.filename else ""
    return f"Cannot write{where} ({error.strerror}). Free some space, or choose another folder with --home."
