"""What a token may do."""

from typing import Literal

Scope = Literal["read", "write"]
