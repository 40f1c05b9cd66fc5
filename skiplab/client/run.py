"""A run that this process logs. Nothing here waits for the lab, and no failure of it reaches the training."""

import json
import time
import traceback
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import Any, Self

from skiplab.client import notices
from skiplab.client.attachments import Attachments
from skiplab.client.config import Config, Summary
from skiplab.client.console import Console
from skiplab.client.definitions import Definition
from skiplab.client.exits import FINISHED, Ending, ExitHooks, ending_of
from skiplab.client.failures import StopRequested
from skiplab.client.recorder import Recorder
from skiplab.client.sender import Sender
from skiplab.client.spool import Spool
from skiplab.client.unsupported import Ignored, ignored
from skiplab.client.values import json_of, text_of
from skiplab.client.watch import Watch

EXIT_SECONDS = 15.0
"""How long the end of a run waits until everything is sent."""

EXIT_SECONDS_AWAY = 2.0
"""The same while the lab does not answer."""

LONGEST_REASON = 1000

_encode = json.JSONEncoder(separators=(",", ":")).encode


class Run:
    """Use `skiplab.init`."""

    def __init__(
        self,
        id: str,  # W&B's name
        *,
        config: Mapping[str, Any],
        spool: Spool | None,
        sender: Sender | None,
        mode: str,
        first_step: int = 0,
        names: Mapping[str, Any],
        console: bool = False,
    ) -> None:
        """`spool`: none if the run is disabled; `sender`: none if it is offline or disabled; `console`: whether
        what the process prints is the run's log."""
        self.id, self.mode = id, mode
        self.config = Config(config, lambda values: self._write({"config": values}))
        self.summary = Summary({}, lambda values: self._write({"summary": values}))
        self.start_time = time.time()
        self.resumed = first_step > 0
        self._names = dict(names)
        self._spool, self._sender = spool, sender
        self._lock = RLock()
        self._attachments = Attachments(spool, self._write) if spool else None
        self._recorder = Recorder(self._write, self.summary, self._attachments, first_step)
        self._watch = Watch(self)
        self._alerts: dict[str, float] = {}
        self._logged = 0
        self._closed = self._forked = self._stopped = False
        self._hooks = ExitHooks(self._finish)
        self._console = Console(self._log_line)
        if spool:
            self._hooks.install()
        if spool and console:
            self._console.install()

    def log(
        self,
        data: Mapping[str, Any],
        step: int | None = None,
        commit: bool | None = None,
        *,
        epoch: int | None = None,
        **beyond: Any,
    ) -> None:
        """Log values of a step, and return at once.

        Without `step` it is one more than at the last call; `commit=False` leaves it as it is. `data` may be nested.
        Raises StopRequested after the run was cancelled on the page.
        """
        if self._usable("log"):
            for name in beyond:
                notices.say_once(f"log({name}=...) is not supported and ignored.")
            try:
                with self._lock:
                    self._recorder.log(data, step, commit, epoch)
            except Exception:  # noqa: BLE001  # the edge to the user's training, which must not end by a fault here
                notices.say_once(f"these values could not be logged:\n{traceback.format_exc()}", about="log")
        if self._sender is not None and self._sender.stop and not self._stopped and not self.closed:
            self._stopped = True
            raise StopRequested(f"{self._sender.stop} on the page")

    def define_metric(
        self,
        name: str,
        step_metric: Any = None,
        step_sync: bool | None = None,
        hidden: bool | None = None,
        summary: str | None = None,
        goal: str | None = None,
        *,
        title: str | None = None,
        unit: str | None = None,
        better: str | None = None,
        **beyond: Any,
    ) -> Definition:
        """Declare a series or a pattern of them (`val/*`): what it is drawn over, summarised by, and its unit.

        `goal` is `minimize` or `maximize`; `better` (`lower`, `higher`) says the same in Skiplab's words. `summary` is
        one or several of min, max, mean, best, separated by commas.
        """
        del step_sync, hidden, beyond
        better = better or {"minimize": "lower", "maximize": "higher"}.get(goal or "", "none")
        kinds = tuple(kind.strip() for kind in (summary or "").split(",") if kind.strip())
        over = getattr(step_metric, "name", step_metric)
        definition = Definition(name, over, kinds, title, unit, better)
        if self._usable("define_metric"):
            with self._lock:
                self._recorder.define(definition)
        return definition

    def alert(self, title: str, text: str = "", level: Any = "INFO", wait_duration: Any = 0) -> None:
        """Write an alert into the run's log and to the terminal; one of the same title at most once in `wait_duration`
        seconds."""
        wait = wait_duration.total_seconds() if hasattr(wait_duration, "total_seconds") else float(wait_duration)
        now, level = time.time(), str(getattr(level, "value", level)).upper()
        if now - self._alerts.get(title, 0.0) < wait or not self._usable("alert"):
            return
        self._alerts[title] = now
        line = f"{level}: {title}: {text}" if text else f"{level}: {title}"
        notices.say(line)
        self._log_line(text_of(line), "stderr", now)

    def save(self, glob_str: Any = None, base_path: Any = None, policy: str = "live") -> list[str]:
        """Keep files of at most 32 MiB with the run; with policy `live` or `end`, again at the end if they changed."""
        if glob_str is None or self._attachments is None or not self._usable("save"):
            return []
        try:
            return self._attachments.save(glob_str, base_path, policy)
        except (OSError, ValueError) as error:
            notices.say_once(f"save({str(glob_str)!r}) failed: {error}")
            return []

    def watch(
        self,
        models: Any,
        criterion: Any = None,
        log: str | None = "gradients",
        log_freq: int = 1000,
        idx: int | None = None,
        log_graph: bool = False,
    ) -> None:
        """Log histograms of a network's gradients (`log="gradients"`), parameters or both (`all`), every `log_freq`th
        backward pass."""
        del criterion, idx
        if log_graph:
            notices.say_once("watch(log_graph=True) is not supported and ignored.")
        if log and self._usable("watch"):
            self._watch.add(models, log, log_freq)

    def unwatch(self, models: Any = None) -> None:
        """Stop logging histograms of these networks, or of all."""
        self._watch.remove(models)

    def finish(self, exit_code: int | None = None, quiet: bool | None = None) -> None:
        """End the run, and send what is left; waits for at most 15 seconds."""
        del quiet
        self._finish(FINISHED if not exit_code else ("failed", f"exit status {exit_code}"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._finish(ending_of(error))

    @property
    def step(self) -> int:
        """The step of the next `log` without one."""
        return self._recorder.step

    @property
    def number(self) -> int | None:
        """The run's id in the lab; none until it is known there."""
        return self._spool.position.run if self._spool and not self._closed else self._names.get("number")

    @property
    def url(self) -> str | None:
        """The run's page; none until it is known in the lab."""
        return f"{self._names['url']}/runs/{self.number}" if self.number is not None else None

    @property
    def dir(self) -> str:
        """A folder for files that are saved with the run at its end."""
        folder = Path(self._names["dir"])
        folder.mkdir(parents=True, exist_ok=True)
        return str(folder)

    @property
    def closed(self) -> bool:
        """Whether this process logs no more to it."""
        return self._closed or self._forked

    @property
    def disabled(self) -> bool:
        return self._spool is None

    @property
    def offline(self) -> bool:
        return self.mode == "offline"

    @property
    def stop_requested(self) -> bool:
        """Whether the run was cancelled on the page; the next `log` raises StopRequested."""
        return self._sender is not None and self._sender.stop is not None

    @property
    def name(self) -> str | None:
        """The run's name; setting it renames the run in the lab."""
        found: str | None = self._names.get("name")
        return found

    @name.setter
    def name(self, name: str) -> None:
        self._edit("name", name)

    @property
    def tags(self) -> tuple[str, ...]:
        return tuple(self._names.get("tags") or ())

    @tags.setter
    def tags(self, tags: Iterable[str]) -> None:
        self._edit("tags", list(dict.fromkeys(tags)))

    @property
    def notes(self) -> str:
        return str(self._names.get("notes") or "")

    @notes.setter
    def notes(self, notes: str) -> None:
        self._edit("notes", notes)

    @property
    def project(self) -> str | None:
        found: str | None = self._names.get("project")
        return found

    def __getattr__(self, name: str) -> Ignored:
        return ignored(name, of="run")

    def _usable(self, call: str) -> bool:
        if self._forked:
            notices.say_once(f"{call}() in a forked process is ignored: call it where the run was started.")
        elif self._closed:
            notices.say_once(f"{call}() after finish() is ignored.")
        return not self._forked and not self._closed

    def _edit(self, name: str, value: Any) -> None:
        self._names[name] = value
        if self._usable(name):
            self._write({"edit": {"note" if name == "notes" else name: json_of(value)}})

    def _log_line(self, text: str, stream: str, at: float) -> None:
        self._write({"line": {"time": at, "text": text, "stream": stream}})

    def _write(self, record: dict[str, Any], points: int = 0) -> None:
        if self._spool is not None and not self.closed and not (self._sender and self._sender.ended_by_lab):
            self._logged += points
            self._spool.journal.append(f"{_encode(record)}\n".encode(), points)

    def _finish(self, ending: Ending) -> None:
        """Write the end of the run, and deliver what is left within a bound."""
        if self._closed or self._forked:
            return
        self._hooks.remove()
        self._console.remove()
        self._watch.remove(None)
        with self._lock:
            if self._attachments is not None:
                with suppress(OSError, ValueError):
                    self._save_folder()
                    self._attachments.save_changed()
            self._write({"finish": {"status": ending[0], "reason": text_of(ending[1], LONGEST_REASON)}})
            self._names["number"] = self.number
            self._closed = True
        if self._sender is not None:
            self._deliver(self._sender)
        elif self._spool is not None:
            self._spool.close()
            notices.say(f"logged offline. Send it with: skiplab sync {self._spool.folder}")

    def _save_folder(self) -> None:
        folder = Path(self._names["dir"])
        if folder.is_dir():
            self.save(folder / "**" / "*", folder, "now")

    def _deliver(self, sender: Sender) -> None:
        assert self._spool is not None
        delivered = sender.close(EXIT_SECONDS_AWAY if sender.failures else EXIT_SECONDS)
        if not delivered:
            self._spool.give_up_held()
        delivery = sender.delivery
        if dropped := self._spool.journal.dropped:
            notices.say(f"{dropped:,} points were dropped, because there was no room for them.")
        if delivered and delivery is not None and delivery.refusal is None:
            notices.say(f"run {self._names.get('name') or self.id} is complete: {self.url}")
            return
        sent = delivery.points if delivery else 0
        reason = str(delivery.refusal) if delivery and delivery.refusal else sender.problem or "not sent in time"
        notices.say(
            f"{max(0, self._logged - sent - dropped):,} points of run {self._names.get('name') or self.id} are not sent"
            f" ({reason}). They are kept; the next run sends them, or: skiplab sync {self._spool.folder}"
        )

    def after_fork(self) -> None:
        """Leave the run to the parent process; called in a forked one."""
        self._forked = True
        self._console.after_fork()
        if self._spool is not None and not self._closed:
            self._spool.after_fork()
