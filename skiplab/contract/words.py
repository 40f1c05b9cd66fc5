"""Counted things as text."""

from collections.abc import Sequence


def named(noun: str, numbers: Sequence[int]) -> str:
    """Format as `run 3` or `runs 3, 4`."""
    return f"{noun}{'s' * (len(numbers) > 1)} {', '.join(map(str, numbers))}"
