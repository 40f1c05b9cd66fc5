"""The report as Markdown, for a thesis: figures are files beside it."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath

from backend.report.document import Block, Bullets, Code, Document, Folded, Heading, Paragraph, Plot, Table
from skiplab.contract.printable import printable, printable_lines

MARKUP = re.compile(r"[\\`*_\[\]<>|~&$]|(?<=[a-z]):(?=//)|(?<=www)\.|@(?=\w)")
"""What has a meaning anywhere in a line; of an address, the sign that makes some readers link it."""

BEGINS_BLOCK = re.compile(r"^(\d{0,9})([#+\-=.)])(?=[#+\-=\s]|$)")
"""What has one at the beginning of a line: headings, lists, rules."""


def render(document: Document, pictures: Mapping[str, PurePosixPath]) -> str:
    """`pictures`: where each plot's file is, from the report; a plot without one is named by its caption alone."""
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
    """The fence is longer than any that stands in the text: it cannot be closed from there."""
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence}\n{printable_lines(text)}\n{fence}"


def _plain(text: str) -> str:
    """Names are people's: nothing in them may become markup, a link or a line of its own."""
    line = printable(" ".join(text.split()))
    # CommonMark takes a backslash before any of these for the sign itself.
    return BEGINS_BLOCK.sub(r"\1\\\2", MARKUP.sub(r"\\\g<0>", line))
