"""How a lab is connected to; tests give another way."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from skiplab.client.connection import Connection

if TYPE_CHECKING:
    from skiplab.client.delivery import Requests

Connect = Callable[[Connection], "Requests"]


def connected(connection: Connection) -> "Requests":
    """Return a connection; imports the HTTP client."""
    from skiplab.client.transport import Transport

    return Transport(connection)
