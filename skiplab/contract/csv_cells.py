"""Cells of CSV files, as a spreadsheet opens them. The page has the same in frontend/src/charts/download.ts."""

from typing import Any

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a spreadsheet would take for the beginning of a formula; the last four are wide forms of the first."""


def cell(value: Any) -> Any:
    """A text that stays one; lists with spaces between; numbers as they are."""
    text = " ".join(map(str, value)) if isinstance(value, list) else value
    if not isinstance(text, str):
        return text
    return f"'{text}" if text.startswith(FORMULA) else text.replace("\0", "")
