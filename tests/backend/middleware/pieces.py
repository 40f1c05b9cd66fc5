"""A request with a chunked body, passed directly to the ASGI application."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from fastapi.testclient import TestClient
from starlette.types import Message


@dataclass
class Answered:
    messages: list[Message] = field(default_factory=list)
    pieces_read: int = 0

    @property
    def status(self) -> int:
        return int(self.messages[0]["status"])

    @property
    def body(self) -> bytes:
        return b"".join(each.get("body", b"") for each in self.messages)


def post_in_pieces(
    client: TestClient,
    path: str,
    pieces: Iterable[bytes],
    *,
    query: str = "",
    headers: dict[str, str],
    breaks_off: bool = False,
) -> Answered:
    """`breaks_off`: the client disconnects after the last piece, before the end of the body."""
    left, answered = iter([*pieces]), Answered()

    async def receive() -> Message:
        piece = next(left, None)
        if piece is None:
            ended = {"type": "http.request", "body": b"", "more_body": False}
            return {"type": "http.disconnect"} if breaks_off or answered.messages else ended
        answered.pieces_read += 1
        return {"type": "http.request", "body": piece, "more_body": True}

    async def send(message: Message) -> None:
        answered.messages.append(message)

    sent = {"host": client.base_url.host, **headers}
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "http",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in sent.items()],
        "client": ("127.0.0.1", 50000),
        "server": (client.base_url.host, 80),
    }
    assert client.portal is not None
    client.portal.call(client.app, scope, receive, send)
    return answered
