"""The run of this process, and the functions that work on it without naming it."""

import os
import re
import secrets
import shutil
import sys
import time
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from threading import Lock
from typing import Any, Literal

from skiplab.client import notices
from skiplab.client.config import Config, Summary
from skiplab.client.connection import Connection, find
from skiplab.client.definitions import Definition
from skiplab.client.errors import BadConnection
from skiplab.client.failures import CannotResume
from skiplab.client.leftovers import deliver_in_background, identity_of
from skiplab.client.run import Run
from skiplab.client.sender import Sender
from skiplab.client.spool import Spool, Start, create_somewhere, default_folder, is_locked, spools_in
from skiplab.client.values import json_of, options, text_of

Mode = Literal["online", "offline", "disabled"]
MODES: Mapping[str, Mode] = {
    "online": "online", "offline": "offline", "disabled": "disabled", "dryrun": "offline", "shared": "online"
}  # fmt: skip
"""W&B's words for a mode to Skiplab's."""

RUN, HOLDER = "SKIPLAB_RUN", "SKIPLAB_HOLDER"
"""Environment variables by which a worker tells a script its run and attempt: `init` logs to that run."""

ANSWER_SECONDS = 5.0
"""How long `init` waits for a lab that neither answers nor refuses the connection."""

LONGEST_NAME = 200
LONGEST_TAG = 50
MOST_TAGS = 20
CONTROL = re.compile(r"[\x00-\x1f\x7f]+")

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
        names = {"name": name, "project": experiment or project, "notes": notes, "tags": _tags(tags, group, job_type)}
        _run = _started(
            MODES[given], names, options(config), id, _resume(id, resume), Path(dir) if dir else None, console
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


def _started(
    mode: Mode,
    names: dict[str, Any],
    config: dict[str, Any],
    run_id: str | None,
    resume: str,
    folder: Path | None,
    console: bool,
) -> Run:
    external_id = run_id or secrets.token_hex(4)
    root = folder or default_folder()
    here = _lab() if mode == "online" else None
    names |= {"url": here.url if here else "", "dir": root / "files" / external_id}
    body = _body(names, config, external_id, resume if run_id else "allow")
    start = Start(body, str(uuid.uuid4()), names["url"], _attached(), here is None, time.time())
    spool = None if mode == "disabled" or _in_use(root, start) else create_somewhere(root, start)
    sender, first_step = None, 0
    if spool is not None and here is not None:
        sender, first_step = _sending(spool, here, names)
        deliver_in_background(root, here, but=start.identity)
    if spool is None:
        mode = "disabled"
    elif here is None:
        mode = "offline"
    run = Run(
        external_id,
        config=config,
        spool=spool,
        sender=sender,
        mode=mode,
        first_step=first_step,
        names=names,
        console=console and start.attached is None,  # a worker keeps what its script prints
    )
    if start.attached and config:
        run.config.update(config)
    return run


def _lab() -> Connection | None:
    """Return the lab to log to; None, with a message, if what names it cannot be used."""
    try:
        return find()
    except BadConnection as error:
        notices.say(f"{error} The run is logged offline.")
        return None


def _in_use(root: Path, start: Start) -> bool:
    """Return whether another process of a worker's script logs to its run: their batches' numbers would collide."""
    if start.attached is None:
        return False
    for path in spools_in(root):
        if identity_of(path) == start.identity and is_locked(path):
            notices.say(f"another process logs to run {start.attached[0]}. This one logs nothing.")
            return True
    return False


def _attached() -> tuple[int, int] | None:
    """Return run and holder of the worker that runs this script; None without one."""
    run, holder = os.environ.get(RUN, ""), os.environ.get(HOLDER, "")
    return (int(run), int(holder)) if run.isdecimal() and holder.isdecimal() else None


def _sending(spool: Spool, here: Connection, names: dict[str, Any]) -> tuple[Sender, int]:
    """Start to send a run; return its first step. Raises CannotResume."""
    sender = Sender(spool, here)
    sender.start()
    sender.wait_for_answer(ANSWER_SECONDS)
    delivery = sender.delivery
    if delivery is None:
        return sender, 0
    if (refusal := delivery.refusal) and refusal.status in (404, 409):
        sender.close(ANSWER_SECONDS)
        shutil.rmtree(spool.folder, ignore_errors=True)
        raise CannotResume(str(refusal))
    if not delivery.held:  # the lab is away, or the run is a worker's
        return sender, 0
    run, last_step = delivery.held["run"], delivery.held.get("last_step")
    names["name"] = run.get("name")
    notices.say(f"run {run.get('name')} at {here.url}/runs/{run.get('id')}")
    return sender, 0 if last_step is None else last_step + 1


def _body(names: Mapping[str, Any], config: dict[str, Any], external_id: str, resume: str) -> dict[str, Any]:
    """Return the request that starts the run."""
    body: dict[str, Any] = {"kind": "external", "external_id": _printable(external_id), "resume": resume}
    for field, name in (("name", "name"), ("experiment", "project")):
        if value := _printable(names[name] or ""):
            body[field] = value
    return body | {"config": json_of(config), "tags": names["tags"], "note": text_of(names["notes"] or "")}


def _tags(tags: Iterable[str] | None, group: str | None, job_type: str | None) -> list[str]:
    """Return the tags, with W&B's group and job type among them."""
    found = [f"group:{group}"] if group else []
    found += [f"job:{job_type}"] if job_type else []
    found += [tags] if isinstance(tags, str) else list(tags or ())
    clean = dict.fromkeys(_printable(tag)[:LONGEST_TAG] for tag in found)
    return [tag for tag in clean if tag][:MOST_TAGS]


def _resume(run_id: str | None, resume: bool | str | None) -> str:
    """Return Skiplab's word for W&B's `resume`. Raises CannotResume for one that needs an id."""
    if resume in (None, False, "never"):
        return "never"
    if run_id is None:
        if resume == "must":
            raise CannotResume('init(resume="must") needs the id of the run: init(id=..., resume="must")')
        notices.say_once("init(resume=...) without id starts a new run.")
    return "must" if resume == "must" else "allow"


def _printable(text: object) -> str:
    return CONTROL.sub(" ", text_of(str(text))).strip()[:LONGEST_NAME]


def _discard(_: dict[str, Any]) -> None: ...


def _forked() -> None:
    if _run is not None:
        _run.after_fork()


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_forked)
