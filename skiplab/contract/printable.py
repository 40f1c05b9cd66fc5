"""Escape untrusted text for terminals and logs: control sequences could move the cursor or forge log lines."""

import re

UNPRINTABLE = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters except tab, bidirectional controls, line separators and lone surrogates."""


def printable(text: str) -> str:
    """Return the text on one line, with unprintable characters escaped, such as `\\x1b`."""
    return UNPRINTABLE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def printable_lines(text: str) -> str:
    """Return the text with unprintable characters escaped, keeping its lines."""
    return "\n".join(map(printable, text.split("\n")))
