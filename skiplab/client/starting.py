"""From what `init` is asked for to a run: its spool, the thread that sends it, and the lab's first answer."""

import os
import re
import secrets
import shutil
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from skiplab.client import notices
from skiplab.client.connection import Connection, find
from skiplab.client.errors import BadConnection
from skiplab.client.failures import CannotResume
from skiplab.client.leftovers import deliver_in_background, identity_of
from skiplab.client.run import Run
from skiplab.client.sender import Sender
from skiplab.client.spool import Spool, Start, create_somewhere, is_locked, spools_in
from skiplab.client.values import json_of, text_of
from skiplab.contract.ingest_limits import CONTROL

Mode = Literal["online", "offline", "disabled"]

RUN, HOLDER = "SKIPLAB_RUN", "SKIPLAB_HOLDER"
"""Environment variables by which a worker tells a script its run and attempt: `init` logs to that run."""

ANSWER_SECONDS = 5.0
"""How long `init` waits for a lab that neither answers nor refuses the connection."""

LONGEST_NAME = 200
LONGEST_TAG = 50
MOST_TAGS = 20


@dataclass(frozen=True)
class Wanted:
    """The arguments of `init`, in Skiplab's words."""

    mode: Mode
    id: str | None
    resume: str
    name: str | None
    experiment: str | None
    tags: list[str]
    note: str
    config: dict[str, Any]
    folder: Path
    """Of spools."""

    console: bool


def started(wanted: Wanted) -> Run:
    """Start a run. Raises CannotResume."""
    run_id = wanted.id or secrets.token_hex(4)
    lab = _lab() if wanted.mode == "online" else None
    url = lab.url if lab else ""
    start = Start(_body(wanted, run_id), str(uuid.uuid4()), url, _attached(), lab is None, time.time())
    spool = None
    if wanted.mode != "disabled" and not _in_use(wanted.folder, start):
        spool = create_somewhere(wanted.folder, start)
    names = {
        "name": wanted.name,
        "project": wanted.experiment,
        "notes": wanted.note,
        "tags": wanted.tags,
        "url": url,
        "dir": wanted.folder / "files" / run_id,
    }
    sender, first_step = None, 0
    if spool is not None and lab is not None:
        sender, first_step = _sending(spool, lab, names)
        deliver_in_background(wanted.folder, lab, but=start.identity)
    run = Run(
        run_id,
        config=wanted.config,
        spool=spool,
        sender=sender,
        mode="disabled" if spool is None else "offline" if lab is None else "online",
        first_step=first_step,
        names=names,
        console=wanted.console and start.attached is None,  # a worker keeps what its script prints
    )
    if start.attached and wanted.config:
        run.config.update(wanted.config)
    return run


def resume_word(run_id: str | None, resume: bool | str | None) -> str:
    """Return Skiplab's word for W&B's `resume`. Raises CannotResume for one that needs an id."""
    if resume in (None, False, "never"):
        return "never"
    if run_id is None:
        if resume == "must":
            raise CannotResume('init(resume="must") needs the id of the run: init(id=..., resume="must")')
        notices.say_once("init(resume=...) without id starts a new run.")
    return "must" if resume == "must" else "allow"


def tags_of(tags: Iterable[str] | None, group: str | None, job_type: str | None) -> list[str]:
    """Return the tags, with W&B's group and job type among them."""
    found = [f"group:{group}"] if group else []
    found += [f"job:{job_type}"] if job_type else []
    found += [tags] if isinstance(tags, str) else list(tags or ())
    clean = dict.fromkeys(_printable(tag)[:LONGEST_TAG] for tag in found)
    return [tag for tag in clean if tag][:MOST_TAGS]


def _lab() -> Connection | None:
    """Return the lab to log to; None, with a message, if what names it cannot be used."""
    try:
        return find()
    except BadConnection as error:
        notices.say(f"{error} The run is logged offline.")
        return None


def _attached() -> tuple[int, int] | None:
    """Return run and holder of the worker that runs this script; None without one."""
    run, holder = os.environ.get(RUN, ""), os.environ.get(HOLDER, "")
    return (int(run), int(holder)) if run.isdecimal() and holder.isdecimal() else None


def _in_use(folder: Path, start: Start) -> bool:
    """Return whether another process of a worker's script logs to its run: their batches' numbers would collide."""
    if start.attached is None:
        return False
    for path in spools_in(folder):
        if identity_of(path) == start.identity and is_locked(path):
            notices.say(f"another process logs to run {start.attached[0]}. This one logs nothing.")
            return True
    return False


def _sending(spool: Spool, lab: Connection, names: dict[str, Any]) -> tuple[Sender, int]:
    """Start to send a run, and take over its name; return its first step. Raises CannotResume."""
    sender = Sender(spool, lab)
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
    notices.say(f"run {run.get('name')} at {lab.url}/runs/{run.get('id')}")
    return sender, 0 if last_step is None else last_step + 1


def _body(wanted: Wanted, run_id: str) -> dict[str, Any]:
    """Return the request that starts the run. An id made here is unique, so that resuming it repeats the start."""
    resume = wanted.resume if wanted.id else "allow"
    body: dict[str, Any] = {"kind": "external", "external_id": _printable(run_id), "resume": resume}
    for field, value in (("name", wanted.name), ("experiment", wanted.experiment)):
        if text := _printable(value or ""):
            body[field] = text
    return body | {"config": json_of(wanted.config), "tags": wanted.tags, "note": text_of(wanted.note)}


def _printable(text: object) -> str:
    return re.sub(f"[{CONTROL}]+", " ", text_of(str(text))).strip()[:LONGEST_NAME]
