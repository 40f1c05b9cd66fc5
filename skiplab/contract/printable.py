"""Text for terminals and logs. What people and programs have typed may hold sequences that move the cursor, change what
was printed before, or pretend to be a line of its own."""

import re

UNPRINTABLE = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters but the tab, and those that turn the direction of writing."""


def printable(text: str) -> str:
    """On one line, with `\\x1b` and the like in place of what does not print."""
    return UNPRINTABLE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def printable_lines(text: str) -> str:
    """The same for what may have several lines."""
    return "\n".join(map(printable, text.split("\n")))
