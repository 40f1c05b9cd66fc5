"""How a command ends: exit codes, and one sentence instead of a traceback."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import NoReturn

import typer


class ExitCode(IntEnum):
    """Exit codes of all commands, with what each means; docs/guides/command-line.md has the same table."""

    meaning: str

    def __new__(cls, code: int, meaning: str = "") -> "ExitCode":
        member = int.__new__(cls, code)
        member._value_, member.meaning = code, meaning
        return member

    DONE = 0, "done"
    FAILED = 1, "the command failed, or the lab refused it in the present state"
    USAGE = 2, "wrong usage: an unknown option, or a value that the lab does not accept"
    RUN_FAILED = 3, "a run that was waited for failed or was cancelled"
    UNREACHABLE = 4, "no lab answers"
    NO_ACCESS = 5, "the token is missing, unknown or read-only"
    NOT_FOUND = 6, "no such run, experiment, data set, worker, ...; or several runs have that name"
    TIMED_OUT = 7, "the runs did not end within --timeout"
    INTERRUPTED = 130, "interrupted by Ctrl-C"


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
        fail(str(error), status=ExitCode.FAILED)


def leave(work: Callable[[], int]) -> NoReturn:
    """Exit with the status that `work` returns, or with a sentence for expected errors."""
    from backend.db.failures import DatabaseBusy, DatabaseUnusable
    from backend.supervisor.start import CannotStart

    try:
        raise typer.Exit(work())
    except (CannotStart, DatabaseBusy, DatabaseUnusable) as error:
        fail(str(error), status=ExitCode.FAILED)
    except OSError as error:
        fail(_not_written(error), status=ExitCode.FAILED)
    except KeyboardInterrupt:
        raise typer.Exit(ExitCode.INTERRUPTED) from None


def _not_written(error: OSError) -> str:
    """Describe a full disk, a read-only file system or a missing permission."""
    where = f" {error.filename}" if error.filename else ""
    return f"Cannot write{where} ({error.strerror}). Free some space, or choose another folder with --home."
