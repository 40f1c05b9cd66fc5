"""Report an error of a plugin on its card: the traceback, and a summary with the last line of the plugin's own code."""

import linecache
import sys
import sysconfig
import traceback
from pathlib import Path
from traceback import FrameSummary

from skiplab.plugins import BadPlugin
from worker.remedies import with_remedy

ROOT = Path(__file__).parent.parent.parent
SKIPLAB = (str(ROOT / "worker"), str(ROOT / "skiplab"))
NOT_OWN = tuple({*SKIPLAB, sysconfig.get_path("stdlib"), sysconfig.get_path("purelib"), sys.prefix, "<frozen"})

LONGEST = 600
"""Limit in characters of an error's message, and of a line of code."""


def error_report(plugin: str, error: BaseException) -> str:
    """Return the traceback and the summary. `plugin`: its name, for messages that do not have it."""
    whole = "".join(traceback.format_exception(error))
    return f"{whole}\n{summary(plugin, error)}"


def summary(plugin: str, error: BaseException) -> str:
    """Return one sentence: what happened, where in the plugin, and the remedy if one is known."""
    # str() of a SyntaxError has the file and line, which are appended below.
    own = error.msg if isinstance(error, SyntaxError) else str(error)
    what = " ".join(own.split())[:LONGEST]
    if not isinstance(error, BadPlugin):
        what = f"{type(error).__name__}: {what}" if what else type(error).__name__
    what = ", ".join([what, *getattr(error, "__notes__", ())])
    where = _place(error)
    begin = "" if plugin in what else f"{plugin}: "
    return with_remedy(f"{begin}{what}{f' ({where})' if where else ''}", error)


def _place(error: BaseException) -> str | None:
    """Return file, line and code of the innermost frame in the plugin; None without one."""
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        return _words(error.filename, error.lineno, error.text)
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_own(frame)]
    cause = error.__cause__
    if not own and cause is not None:
        return _place(cause)
    if not own or own[-1].lineno is None:
        return None
    return _words(own[-1].filename, own[-1].lineno, linecache.getline(own[-1].filename, own[-1].lineno))


def _words(file: str, line: int, code: str | None) -> str:
    shown = f": {code.strip()[:LONGEST]}" if code and code.strip() else ""
    return f"{Path(file).name}, line {line}{shown}"


def _is_own(frame: FrameSummary) -> bool:
    return not frame.filename.startswith(NOT_OWN) and "site-packages" not in frame.filename
