"""A small HTTP server that answers like a lab's remote logging, and can be told to fail."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import unquote

from pydantic import ValidationError

from skiplab.contract.ingest import ExternalRun, Finish, Points


@dataclass
class StoredRun:
    body: ExternalRun
    holder: int = 1
    seqs: list[int] = field(default_factory=list)
    points: list[tuple[str, int, Any]] = field(default_factory=list)
    """Key, step and value, as often as they were stored."""

    config: dict[str, Any] = field(default_factory=dict)
    summary: dict[str, Any] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    quantities: list[Any] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    edits: dict[str, Any] = field(default_factory=dict)
    epochs: dict[str, list[int] | None] = field(default_factory=dict)
    heartbeats: int = 0
    dropped: int = 0
    finish: Finish | None = None

    def series(self, key: str) -> list[Any]:
        """Return a series' values in the order of its steps."""
        return [value for _, value in sorted((step, value) for name, step, value in self.points if name == key)]

    def doubled(self) -> list[Any]:
        return [point for point, count in Counter((key, step) for key, step, _ in self.points).items() if count > 1]


class Problem(Exception):
    def __init__(self, status: int, detail: str, errors: list[dict[str, str]] | None = None) -> None:
        super().__init__(detail)
        self.answer = {"status": status, "detail": detail, "errors": errors or []}
        self.status = status


@dataclass
class FakeLab:
    url: str = ""
    runs: dict[int, StoredRun] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    away: bool = False
    """Closes connections without an answer, and does nothing."""

    fault: Callable[[str, Any], str | None] = lambda _path, _body: None
    """Called before each request: `before` drops it, `after` stores it and breaks off in the answer."""

    refuse: Callable[[str, Any], None] = lambda _path, _body: None
    """Called before each request; raises Problem."""

    stop: str | None = None
    answers: dict[str, Any] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    @property
    def run(self) -> StoredRun:
        (run,) = self.runs.values()
        return run

    def started_by_a_worker(self, holder: int, seq: int) -> None:
        """Add a run that clients neither start nor end, and of which so many batches are stored."""
        self.runs[1] = StoredRun(ExternalRun(kind="external"), holder=holder, seqs=[seq])

    def answer(self, method: str, path: str, body: bytes, key: str | None) -> Any:
        with self.lock:
            self.requests.append(f"{method} {path}")
            content = json.loads(body) if method != "PUT" else None
            self.refuse(path, content)
            if path == "/runs":
                if key in self.answers:
                    return self.answers[key]
                answer = self._start(ExternalRun.model_validate_json(body))
                if key:
                    self.answers[key] = answer
                return answer
            if not (found := re.fullmatch(r"/runs/(\d+)(?:/(points|finish|files/(.*)))?", path.partition("?")[0])):
                raise Problem(404, f"no route {path}")
            if not (run := self.runs.get(int(found[1]))):
                raise Problem(404, "no such run")
            if found[2] == "points":
                return self._points(run, Points.model_validate_json(body))
            if found[2] == "finish":
                return self._finish(run, Finish.model_validate_json(body))
            if found[3]:
                run.files[unquote(found[3])] = body
                return {}
            run.edits.update(content or {})
            return {}

    def _start(self, body: ExternalRun) -> Any:
        for number, run in self.runs.items():
            if body.external_id and run.body.external_id == body.external_id:
                if body.resume == "never":
                    raise Problem(409, f"the run {body.external_id} exists")
                run.holder += 1
                run.seqs, run.finish = [], None
                return self._held(number, max((step for _, step, _ in run.points), default=None))
        if body.resume == "must":
            raise Problem(404, f"there is no run {body.external_id}")
        number = len(self.runs) + 1
        self.runs[number] = StoredRun(body, config=dict(body.config))
        return self._held(number, None)

    def _held(self, number: int, last_step: int | None) -> Any:
        run = self.runs[number]
        shown = {"id": number, "name": run.body.name or f"run {number}"}
        return {"run": shown, "holder": run.holder, "last_step": last_step, "seq": 0}

    def _points(self, run: StoredRun, points: Points) -> Any:
        if points.holder != run.holder or run.finish:
            raise Problem(409, "another holder has the run, or it has ended")
        run.dropped = points.dropped
        if points.seq == 0:
            run.heartbeats += 1
        elif points.seq not in run.seqs:
            run.seqs.append(points.seq)
            for name, columns in points.series.items():
                run.epochs[name] = columns.epoch
                run.points += [(name, *point) for point in zip(columns.step, columns.value, strict=True)]
            run.lines += [line.text for line in points.log]
            run.config |= points.config or {}
            run.summary |= points.summary or {}
            run.quantities += points.quantities
        return {"seq": max(run.seqs, default=0), "stop": self.stop}

    def _finish(self, run: StoredRun, finish: Finish) -> Any:
        if finish.holder != run.holder or run.finish:
            raise Problem(409, "another holder has the run, or it has ended")
        run.finish = finish
        return {}


def _handler(lab: FakeLab) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            path = self.path.removeprefix("/api/v1")
            fault = "before" if lab.away else lab.fault(path, body)
            if fault == "before":
                self.close_connection = True
                return
            try:
                status, answer = 200, lab.answer(self.command, path, body, self.headers["Idempotency-Key"])
            except Problem as problem:
                status, answer = problem.status, problem.answer
            except ValidationError as error:
                fields = [{"field": ".".join(map(str, each["loc"]))} for each in error.errors()]
                status, answer = 422, {"detail": str(error), "errors": fields}
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2] if fault == "after" else content)
            self.close_connection = fault == "after"

        do_POST = do_PUT = do_PATCH = _serve  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None: ...

    return Handler


@contextmanager
def fake_lab(port: int = 0) -> Iterator[FakeLab]:
    lab = FakeLab()
    server = ThreadingHTTPServer(("127.0.0.1", port), _handler(lab))
    server.daemon_threads = True
    lab.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield lab
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
