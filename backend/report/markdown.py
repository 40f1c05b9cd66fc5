"""The report as Markdown, with figures as separate files."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath

from backend.report.document import Block, Bullets, Code, Document, Folded, Heading, Paragraph, Plot, Table
from skiplab.contract.printable import printable, printable_lines

MARKUP = re.compile(r"[\\`*_\[\]<>|~&$]|(?<=[a-z]):(?=//)|(?<=www)\.|@(?=\w)")
"""Characters with a meaning anywhere in a line; in URLs, what makes some renderers link them."""

BEGINS_BLOCK = re.compile(r"^(\d{0,9})([#+\-=.)])(?=[#+\-=\s]|$)")
"""Characters with a meaning at the start of a line: headings, lists, rules."""


def render(document: Document, pictures: Mapping[str, PurePosixPath]) -> str:
    """Render Markdown. `pictures`: relative path of each plot's file; a plot without one is shown as its caption."""
    blocks = [_block(block, pictures) for block in document.blocks]
    return "\n\n".join([f"# {_plain(document.title)}", *blocks]) + "\n"


def _block(block: Block, pictures: Mapping[str, PurePosixPath]) -> str:
    match block:
        case Heading(level, text):
            return f"{'#' * level} {_plain(text)}"
        case Paragraph(text, weighty):
            return f"**{_plain(text)}**" if weighty else _plain(text)
        case Bullets(items):
            return "\n".join(f"- {_plain(item)}" for item in items)
        case Code(text):
            return _fenced(text)
        case Folded(summary, code):
            return f"{_plain(summary)}\n\n{_block(code, pictures)}"
        case Plot():
            caption = _plain(block.caption)
            return f"![{caption}]({pictures[block.name]})" if block.name in pictures else f"*Figure: {caption}*"
        case Table():
            return _table(block)


def _table(table: Table) -> str:
    rule = ["---:" if place in table.numeric else "---" for place in range(len(table.columns))]
    rows = [[_plain(cell) for cell in row] for row in (table.columns, *table.rows)]
    return "\n".join(f"| {' | '.join(row)} |" for row in [rows[0], rule, *rows[1:]])


def _fenced(text: str) -> str:
    """Use a fence longer than any in the text, so that the text cannot close it."""
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence}\n{printable_lines(text)}\n{fence}"


def _plain(text: str) -> str:
    """Escape text, since names are user input: no markup, links or line breaks."""
    line = printable(" ".join(text.split()))
    # In CommonMark a backslash before any of these yields the character itself.
    return BEGINS_BLOCK.sub(r"\1\\\2", MARKUP.sub(r"\\\g<0>", line))
