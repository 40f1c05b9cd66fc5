"""Escape CSV cells against formula injection."""

from typing import Any

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""Characters with which spreadsheets begin a formula; the last four are full-width forms of the first."""


def cell(value: Any) -> Any:
    """Return a cell: formulas escaped, lists joined by spaces, numbers unchanged."""
    text = " ".join(map(str, value)) if isinstance(value, list) else value
    if not isinstance(text, str):
        return text
    return f"'{text}" if text.startswith(FORMULA) else text.replace("\0", "")
