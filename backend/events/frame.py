"""One server-sent event, encoded."""

from dataclasses import dataclass
from typing import Self

from backend.db.events import Event


@dataclass(frozen=True, slots=True)
class Frame:
    id: int
    run_id: int | None
    encoded: bytes

    @classmethod
    def encode(cls, event: Event) -> Self:
        text = f"id: {event.id}\nevent: {event.type}\ndata: {event.payload}\n\n"
        return cls(event.id, event.run_id, text.encode())
