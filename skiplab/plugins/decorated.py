"""What a decorator is put above, and gives back unchanged."""

from collections.abc import Callable
from typing import Any, TypeVar

Built = TypeVar("Built", bound=Callable[..., Any])
