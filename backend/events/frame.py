"""Events, encoded for the stream."""

from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Self

from backend.db.events import Event


@dataclass(frozen=True, slots=True)
class Frame:
    """One server-sent event."""

    id: int
    run_id: int | None
    encoded: bytes

    @classmethod
    def encode(cls, event: Event) -> Self:
        text = f"id: {event.id}\nevent: {event.type}\ndata: {event.payload}\n\n"
        return cls(event.id, event.run_id, text.encode())


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive events, at least one. All listeners send the same bytes: encoding and sending them one by one would
    take most of a core with hundreds of listeners."""

    frames: Sequence[Frame]
    encoded: bytes

    @classmethod
    def of(cls, frames: Sequence[Frame]) -> Self:
        return cls(frames, b"".join(frame.encoded for frame in frames))

    @property
    def last_id(self) -> int:
        return self.frames[-1].id

    def after(self, event_id: int) -> "Batch | None":
        """Return what follows an event; None if nothing does."""
        if self.frames[0].id > event_id:
            return self
        following = self.frames[bisect_right(self.frames, event_id, key=attrgetter("id")) :]
        return Batch.of(following) if following else None

    def of_runs(self, run_ids: Collection[int]) -> bytes:
        """Return the events of these runs, and those of no run."""
        return b"".join(frame.encoded for frame in self.frames if frame.run_id is None or frame.run_id in run_ids)
