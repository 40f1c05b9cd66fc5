"""One server-sent event, encoded."""

from dataclasses import dataclass
from typing import Self

from skiplab.contract.events import EventType


@dataclass(frozen=True, slots=True)
class Frame:
    id: int
    run_id: int | None
    encoded: bytes

    @classmethod
    def encode(cls, id: int, type: EventType, payload: str, run_id: int | None) -> Self:
        """`payload` is one line of JSON."""
        return cls(id, run_id, f"id: {id}\nevent: {type}\ndata: {payload}\n\n".encode())
