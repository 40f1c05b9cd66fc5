"""The report as one self-contained HTML file, with a strict Content-Security-Policy."""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from backend.report.document import Block, Bullets, Code, Document, Folded, Heading, Paragraph, Plot, Table

SIZE: Mapping[str, Any] = {"width": 680, "height": 340}
"""CSS pixels of a figure: the text width of an A4 page."""

DRAW = """
const figures = JSON.parse(document.getElementById('figures').textContent)
const config = { displaylogo: false, showSendToCloud: false, modeBarButtonsToRemove: ['select2d', 'lasso2d'] }
const drawn = Object.entries(figures).map(([name, { data, layout }]) => Plotly.newPlot(name, data, layout, config))
// For the Markdown form: `skiplab report` opens the page with this hash and takes the pictures out of it.
if (location.hash === '#svg') {
  Promise.all(drawn)
    .then((all) => Promise.all(all.map((each) => Plotly.toImage(each, { format: 'svg' }))))
    .then((images) => {
      Object.keys(figures).forEach((name, place) => {
        document.getElementById(name).setAttribute('data-svg', images[place])
      })
    })
}
"""

STYLE = """
:root { color: #20252e; background: #fff; font: 16px/1.5 'Inter Variable', system-ui, sans-serif; }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.7rem; line-height: 1.25; } h2 { font-size: 1.25rem; margin-top: 2.4rem; } h3 { font-size: 1rem; }
table { border-collapse: collapse; font-size: .82rem; width: 100%; margin: 1rem 0; }
th, td { text-align: left; vertical-align: top; padding: .3rem .5rem; border-bottom: 1px solid #e3e6ec; }
th { color: #4c5564; font-weight: 600; } .number { text-align: right; font-variant-numeric: tabular-nums; }
/* Wider tables would be cut off by the paper. */
tr:not(:has(:nth-child(7))) > td.number { white-space: nowrap; }
pre { font-size: .76rem; overflow-x: auto; background: #f5f6f8; padding: .7rem; border-radius: 6px; }
figure { margin: 1.4rem 0; overflow-x: auto; } figcaption { font-size: .82rem; color: #4c5564; }
.weighty { border-left: 4px solid #d9560b; padding: .4rem .8rem; background: #fdf4ee; }
@media print {
  body { margin: 0; max-width: none; padding: 0; } h2, h3 { break-after: avoid; }
  figure, tr, .weighty { break-inside: avoid; } pre { white-space: pre-wrap; } .modebar { display: none; }
}
"""


def policy() -> str:
    """Return the CSP for the header and the file itself: only its two scripts, by hash, and nothing external."""
    scripts = " ".join(f"'sha256-{_hash(script)}'" for script in (_plotly_js(), DRAW))
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; img-src data: blob:; font-src data:;"
        " base-uri 'none'; form-action 'none'"
    )


def render(document: Document) -> str:
    figures = {plot.name: {"data": plot.data, "layout": dict(SIZE) | plot.layout} for plot in document.plots}
    # In a script element only "<" can end it early.
    data = json.dumps(figures).replace("<", "\\u003c")
    body = "\n".join(_block(block) for block in document.blocks)
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy())}">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(document.title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"<h1>{escape(document.title)}</h1>\n{body}\n"
        f'<script type="application/json" id="figures">{data}</script>\n'
        f"<script>{_plotly_js()}</script>\n<script>{DRAW}</script>\n</body>\n</html>\n"
    )


def _block(block: Block) -> str:
    match block:
        case Heading(level, text):
            return f"<h{level}>{escape(text)}</h{level}>"
        case Paragraph(text, weighty):
            return f'<p class="weighty">{escape(text)}</p>' if weighty else f"<p>{escape(text)}</p>"
        case Bullets(items):
            return "<ul>" + "".join(f"<li>{escape(item)}</li>" for item in items) + "</ul>"
        case Code(text):
            return f"<pre>{escape(text)}</pre>"
        case Folded(summary, code):
            # Open, since closed details are not printed.
            return f"<details open><summary>{escape(summary)}</summary>{_block(code)}</details>"
        case Plot():
            return f'<figure><div id="{block.name}"></div><figcaption>{escape(block.caption)}</figcaption></figure>'
        case Table():
            return _table(block)


def _table(table: Table) -> str:
    def row(cells: Sequence[str], tag: str) -> str:
        classes = (' class="number"' if place in table.numeric else "" for place in range(len(cells)))
        marked = (f"<{tag}{css}>{escape(cell)}</{tag}>" for css, cell in zip(classes, cells, strict=True))
        return f"<tr>{''.join(marked)}</tr>"

    head, body = row(table.columns, "th"), "".join(row(cells, "td") for cells in table.rows)
    return f"<table><thead>{head}</thead><tbody>{body}</tbody></table>"


def _plotly_js() -> str:
    from plotly.offline import get_plotlyjs  # imports all of Plotly, see backend/figures/context.py

    script: str = get_plotlyjs()
    return script


def _hash(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
