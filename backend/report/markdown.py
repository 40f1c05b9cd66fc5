"""The report as Markdown, for a thesis: figures are files beside it."""

from collections.abc import Mapping
from pathlib import PurePosixPath

from backend.report.document import Block, Bullets, Code, Document, Folded, Heading, Paragraph, Plot, Table


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
            return f"```\n{text}\n```"
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


def _plain(text: str) -> str:
    """Names are people's: nothing in them may become markup."""
    for mark in "\\`*_[]<>|":
        text = text.replace(mark, f"\\{mark}")
    return " ".join(text.split())
