"""Delivers one spool to one lab, exactly once, whatever fails in between.

A batch gets its number before it is sent, and number and bytes are persisted. After a failure, in this process or in
another one, the same bytes are sent under the same number, which the lab stores once.
"""

from dataclasses import replace
from enum import Enum
from typing import Any, Protocol
from urllib.parse import quote

from skiplab.client import notices
from skiplab.client.batch import READ_BYTES, Batch, Record
from skiplab.client.failures import Away, Refused
from skiplab.client.position import Phase, Position
from skiplab.client.spool import Spool

ABANDONED: Record = {"status": "failed", "reason": "The process ended without finish()."}
"""The end of a run whose process was killed."""

TOO_MUCH = frozenset({413, 422})
"""Refusals of a batch's content: half of it may be accepted."""

FINAL = frozenset({404, 409, 410})
"""Refusals of the run itself: it was deleted, has ended, or another process has resumed it."""


class Requests(Protocol):
    """What is asked of the lab; raises Away and Refused."""

    url: str

    def post(self, path: str, body: dict[str, Any], key: str | None = None) -> dict[str, Any]: ...
    def patch(self, path: str, body: dict[str, Any]) -> dict[str, Any]: ...
    def put(self, path: str, content: bytes) -> dict[str, Any]: ...
    def close(self) -> None: ...


class Step(Enum):
    IDLE = "nothing was to be sent"
    SENT = "all that was to be sent is"
    MORE = "there is more to send"


class Delivery:
    """`advance` sends the next part. After Away or OSError it can be called again."""

    def __init__(self, spool: Spool, lab: Requests, *, abandoned: bool = False) -> None:
        """`abandoned`: the process that wrote the spool has ended; so does the run, once all of it is delivered."""
        self._spool, self._lab, self._abandoned = spool, lab, abandoned
        self.done = False
        """Whether nothing further can be sent: the run has ended, or was refused."""

        self.refusal: Refused | None = None
        self.held: dict[str, Any] = {}
        """The lab's answer to the start, if it was received by this process."""

        self.stop: str | None = None
        """The status that the page has requested: cancelled or paused."""

        self.points = 0
        """Points stored by this object."""

        self._batch: Batch | None = None
        self._lines: list[bytes] = []
        """The pending batch's lines, if they were held in memory."""

        self._rest: list[bytes] = []
        """Further lines taken out of memory."""

        self._most_lines: int | None = None
        self._put: set[str] = set()

    def advance(self) -> Step:
        """Send the start of the run, or the next batch, or its end. Raises Away and OSError."""
        try:
            if self._position.run is None:
                self._start()
                return Step.MORE
            return self._next_batch()
        except Refused as refused:
            return self._refuse(refused)

    def beat(self) -> None:
        """Send a heartbeat. Raises Away and OSError."""
        try:
            self._post_points({"holder": self._position.holder, "seq": 0, "dropped": self._spool.journal.dropped})
        except Refused as refused:
            self._refuse(refused)

    def close(self) -> None:
        """Close the connection; delete the spool if the lab has all of it, else leave it to others."""
        self._lab.close()
        if self.done and self.refusal is None:
            self._spool.remove()
        else:
            self._spool.close()

    def _start(self) -> None:
        start = self._spool.start
        if start.attached is not None:
            self._attach(*start.attached)
            return
        try:
            held = self._lab.post("/runs", start.body, start.key)
        except Refused as refused:
            accepted = _without(start.body, refused.fields)
            if accepted == start.body:
                raise
            left_out = ", ".join(sorted(start.body.keys() - accepted.keys()))
            notices.say(f"the lab refused {left_out} of this run, which is started without: {refused}")
            held = self._lab.post("/runs", accepted, f"{start.key}-2")
        self._store(Position(run=int(held["run"]["id"]), holder=int(held["holder"]), seq=int(held["seq"])))
        self.held = held

    def _attach(self, run: int, holder: int) -> None:
        """Log to a run that a worker has started, and goes on to hold: numbers follow those that it has."""
        answer = self._lab.post(f"/runs/{run}/points", {"holder": holder, "seq": 0})
        self._store(Position(run=run, holder=holder, seq=int(answer["seq"])))

    def _next_batch(self) -> Step:
        batch = self._batch = self._batch or self._cut()
        if batch is None:
            if self._abandoned:
                self._end(ABANDONED)
            return Step.IDLE
        if self._position.phase is not Phase.ENDING:
            self._deliver(batch)
        if batch.finish or self._position.phase is Phase.ENDING:
            self._end(batch.finish or ABANDONED)
        self._confirm(batch)
        return Step.MORE if batch.full or self._rest else Step.SENT

    def _cut(self) -> Batch | None:
        """Give the next records their number, and persist it; return the batch that was cut before, if there is one."""
        at, journal = self._position, self._spool.journal
        if at.phase is not Phase.STORED:
            return Batch.of(at.seq, journal.exactly(at.segment, at.start, at.end).splitlines(keepends=True), None)
        segment, start, found = (
            (at.segment, at.end, b"") if self._rest else journal.read(at.segment, at.end, READ_BYTES)
        )
        lines = found.splitlines(keepends=True)
        held = not lines
        if held:
            lines = self._rest or journal.take_held(segment, start, READ_BYTES)
        if not lines:
            return None
        batch = Batch.of(at.seq + 1, lines, self._most_lines)
        end = start
        if held:
            self._lines, self._rest = lines[: batch.lines], lines[batch.lines :]
        else:
            end += batch.size
        self._store(replace(at, seq=batch.seq, segment=segment, start=start, end=end, phase=Phase.CUT))
        return batch

    def _deliver(self, batch: Batch) -> None:
        for record in batch.files:
            self._put_file(record)
        if batch.edit:
            self._edit(batch.edit)
        body = batch.body(self._position.holder, self._spool.journal.dropped)
        if body.keys() - {"holder", "seq", "dropped"} or body["dropped"] != self._position.dropped:
            self._post_points(body)
            self.points += batch.points

    def _edit(self, edit: Record) -> None:
        try:
            self._lab.patch(f"/runs/{self._position.run}", edit)
        except Refused as refused:
            notices.say_once(f"the lab refused to change {', '.join(edit)} of the run: {refused}")

    def _post_points(self, body: dict[str, Any]) -> None:
        answer = self._lab.post(f"/runs/{self._position.run}/points", body)
        self.stop = answer.get("stop")

    def _put_file(self, record: Record) -> None:
        path = self._spool.folder / "files" / record["path"]
        if record["path"] in self._put or not path.is_file():
            return
        at = self._position
        try:
            name = quote(record["file"], safe="/")
            self._lab.put(f"/runs/{at.run}/files/{name}?holder={at.holder}", path.read_bytes())
        except Refused as refused:  # of the file alone; the points that follow show whether the run is accepted
            notices.say_once(f"the lab refused the file {record['file']}: {refused}", about="file refused")
        self._put.add(record["path"])

    def _end(self, finish: Record) -> None:
        if self._spool.journal.dropped and self._position.phase is not Phase.ENDING:
            self.beat()  # says how many points were lost after the last batch
        self._store(replace(self._position, phase=Phase.ENDING))
        if self._spool.start.attached is None:
            self._lab.post(f"/runs/{self._position.run}/finish", {"holder": self._position.holder, **finish})
        self.done = True

    def _confirm(self, batch: Batch) -> None:
        self._batch, self._lines = None, []
        if self._most_lines is not None:
            self._most_lines = self._most_lines * 2 if self._most_lines < 1 << 20 else None
        at = self._position
        if not self.done:
            self._store(replace(at, phase=Phase.STORED, dropped=self._spool.journal.dropped))
            self._spool.journal.delivered(at.segment, at.end)
        for record in batch.files:
            (self._spool.folder / "files" / record["path"]).unlink(missing_ok=True)
            self._put.discard(record["path"])

    def _refuse(self, refused: Refused) -> Step:
        """Send less after a refusal of the content; give up after one of the run."""
        batch = self._batch
        if self._position.phase is Phase.ENDING and refused.status in FINAL:
            self.done = True  # everything is stored, and the run has ended already
            return Step.SENT
        if self._position.run is None or refused.status in FINAL:
            self.done, self.refusal = True, refused
            if self._position.run is not None:
                self._store(replace(self._position, refused=str(refused.status)))
            return Step.IDLE
        if batch is None or refused.status not in TOO_MUCH or self._position.phase is not Phase.CUT:
            raise Away(str(refused))
        if batch.lines > 1:
            self._cut_smaller(batch)
        else:
            self._drop(batch, refused)
        return Step.MORE

    def _cut_smaller(self, batch: Batch) -> None:
        """Return the batch, of which the lab stored nothing; the next one has half of its records."""
        self._most_lines = batch.lines // 2
        self._rest, self._lines, self._batch = self._lines + self._rest, [], None
        at = self._position
        self._store(replace(at, seq=at.seq - 1, end=at.start, phase=Phase.STORED))

    def _drop(self, batch: Batch, refused: Refused) -> None:
        """Leave out one record that the lab does not take."""
        notices.say_once(f"the lab refused some of what was logged: {refused}", about=f"refused: {refused}")
        self._spool.journal.count_dropped(batch.points)
        self._confirm(batch)

    @property
    def _position(self) -> Position:
        return self._spool.position

    def _store(self, position: Position) -> None:
        self._spool.store(position)


def _without(body: dict[str, Any], fields: tuple[str, ...]) -> dict[str, Any]:
    """Return the request that starts a run without the optional fields at fault."""
    at_fault = {part for field in fields for part in field.split(".")} & {
        "name",
        "experiment",
        "config",
        "tags",
        "note",
    }
    return {name: value for name, value in body.items() if name not in at_fault}
