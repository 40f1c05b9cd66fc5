"""The run of this process, and the functions that work on it without naming it."""

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from threading import Lock
from typing import Any

from skiplab.client import notices
from skiplab.client.config import Config, Summary
from skiplab.client.definitions import Definition
from skiplab.client.run import Run
from skiplab.client.spool import default_folder
from skiplab.client.starting import Mode, Wanted, resume_word, started, tags_of
from skiplab.client.values import options

MODES: Mapping[str, Mode] = {
    "online": "online", "offline": "offline", "disabled": "disabled", "dryrun": "offline", "shared": "online"
}  # fmt: skip
"""W&B's words for a mode to Skiplab's."""

_lock = Lock()
_run: Run | None = None


def init(
    project: str | None = None,
    *,
    experiment: str | None = None,
    name: str | None = None,
    config: Any = None,
    tags: Iterable[str] | None = None,
    notes: str | None = None,
    group: str | None = None,
    job_type: str | None = None,
    id: str | None = None,  # W&B's name
    resume: bool | str | None = None,
    mode: str | None = None,
    dir: str | Path | None = None,  # W&B's name
    reinit: bool | str | None = None,
    console: bool = True,
    **beyond: Any,
) -> Run:
    """Start a run in the lab, and return it; log to it by `run.log`.

    `experiment` (or W&B's `project`) names the experiment to join. `config` is a dict or an argparse.Namespace. `id`
    with `resume="allow"` or `"must"` continues the run of that id. `mode` is online, offline (until `skiplab sync`) or
    disabled; the default is SKIPLAB_MODE, or online. `dir` is the folder of spools; the default is SKIPLAB_SPOOL, or
    one among the user's data. `console=False`: what the script prints does not become the run's log.

    If the lab is away the run is logged on the local disk, and sent later. Raises CannotResume if `id` and `resume`
    contradict the runs of the lab, and ValueError for an unknown mode.
    """
    global _run
    for each in beyond:
        notices.say_once(f"init({each}=...) is not supported and ignored.")
    with _lock:
        if _run is not None and not _run.closed:
            # A cell of a notebook that is run again means a new run; a script that calls twice, the one that it has.
            again = reinit in (None, "default") and "ipykernel" in sys.modules
            if reinit in (None, False, "default", "return_previous") and not again:
                notices.say_once("a run is active: init() returns it. Call finish() first to start another one.")
                return _run
            _run.finish()
        given = mode or os.environ.get("SKIPLAB_MODE") or "online"
        if given not in MODES:
            raise ValueError(f"mode is {given!r}: it must be online, offline or disabled")
        _run = started(
            Wanted(
                mode=MODES[given],
                id=id,
                resume=resume_word(id, resume),
                name=name,
                experiment=experiment or project,
                tags=tags_of(tags, group, job_type),
                note=notes or "",
                config=options(config),
                folder=Path(dir) if dir else default_folder(),
                console=console,
            )
        )
        return _run


def log(data: Mapping[str, Any], step: int | None = None, commit: bool | None = None, **more: Any) -> None:
    """Log values to the active run, see `Run.log`."""
    if run := active("log"):
        run.log(data, step, commit, **more)


def finish(exit_code: int | None = None, quiet: bool | None = None) -> None:
    """End the active run, see `Run.finish`."""
    if _run is not None:
        _run.finish(exit_code, quiet)


def define_metric(name: str, *args: Any, **more: Any) -> Definition | None:
    """Declare a series of the active run, see `Run.define_metric`."""
    run = active("define_metric")
    return run.define_metric(name, *args, **more) if run else None


def watch(models: Any, *args: Any, **more: Any) -> None:
    """Log histograms of a network's gradients, see `Run.watch`."""
    if run := active("watch"):
        run.watch(models, *args, **more)


def unwatch(models: Any = None) -> None:
    """Stop what `watch` started."""
    if _run is not None:
        _run.unwatch(models)


def save(glob_str: Any = None, base_path: Any = None, policy: str = "live") -> list[str]:
    """Keep files with the active run, see `Run.save`."""
    run = active("save")
    return run.save(glob_str, base_path, policy) if run else []


def alert(title: str, text: str = "", level: Any = "INFO", wait_duration: Any = 0) -> None:
    """Write an alert into the log of the active run, see `Run.alert`."""
    if run := active("alert"):
        run.alert(title, text, level, wait_duration)


def active(call: str) -> Run | None:
    """Return the active run; without one, say that the call does nothing."""
    if _run is None:
        notices.say_once(f"{call}() before init() is ignored.")
    return _run


def current(name: str) -> Run | Config | Summary | None:
    """Return what `skiplab.run`, `skiplab.config` or `skiplab.summary` stands for at present."""
    if name == "run":
        return None if _run is None or _run.closed else _run
    if _run is None:
        notices.say_once(f"{name} before init() belongs to no run, and is not logged.")
        return Config({}, _discard) if name == "config" else Summary({}, _discard)
    return _run.config if name == "config" else _run.summary


def forget() -> None:
    """Leave the process without a run, as before the first `init`; for tests."""
    global _run
    _run = None


def _discard(_: dict[str, Any]) -> None: ...


def _forked() -> None:
    if _run is not None:
        _run.after_fork()


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_forked)
