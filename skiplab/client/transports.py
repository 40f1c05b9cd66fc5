"""How a lab is connected to; tests give another way."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from skiplab.client.address import Address

if TYPE_CHECKING:
    from skiplab.client.delivery import Lab

Connect = Callable[[Address], "Lab"]


def connected(address: Address) -> "Lab":
    """Return a connection; imports the HTTP client."""
    from skiplab.client.transport import Transport

    return Transport(address)
