"""Lists of names in sentences."""

from collections.abc import Sequence

NAMED = 3


def first_few(names: Sequence[str]) -> str:
    """Join the first few names, and count the rest."""
    return ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
