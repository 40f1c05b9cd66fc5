"""Generate and write reports."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path, PurePosixPath

import plotly.graph_objects as go

from backend.db import catalog, experiments
from backend.db.database import Database
from backend.errors import NotFound
from backend.evidence import loading
from backend.evidence import service as evidence
from backend.evidence.cells import cells
from backend.evidence.claim import quantities_of
from backend.evidence.records import RunRecord
from backend.figures import service as figures
from backend.figures.kinds import FigureKind
from backend.figures.options import Options
from backend.report import browser, html, markdown
from backend.report.content import Source, document
from backend.report.document import Document

FORMATS = (".html", ".md", ".pdf")


class BadFormat(Exception):
    def __init__(self, target: Path) -> None:
        super().__init__(f"{target.name} has the suffix {target.suffix or '(none)'}; allowed: {', '.join(FORMATS)}.")


def make(database: Database, home: Path, *, run_ids: Sequence[int] = (), experiment_id: int | None = None) -> Document:
    """Generate a report from one consistent read transaction. Raises NotFound."""
    with database.read() as session:
        claims = evidence.read_claims(session, home)
        keys = quantities_of(claims[0])
        loaded = loading.load(session, run_ids=run_ids, experiment_id=experiment_id, keys=keys)
        experiment = experiments.get(session, experiment_id) if experiment_id is not None else None
        networks = catalog.details(session, {run.spec.model for run in loaded.runs})

        judged = evidence.judged(loaded, claims)

        def draw(kind: FigureKind, options: Options, runs: Sequence[RunRecord]) -> go.Figure:
            return figures.build(session, home, kind, options, runs, loaded.networks, judged=judged.sets)

        return document(
            Source(
                title=experiment.name if experiment else f"Runs {', '.join(str(run.id) for run in loaded.runs)}",
                evidence=judged,
                cells=cells(loaded.runs),
                networks=networks,
                runs=loaded.runs,
                draw=draw,
                version=version("skiplab"),
                now=datetime.now(UTC),
            )
        )


def find_experiment(database: Database, given: str) -> int:
    """Find an experiment by id or name; of several with one name the newest. Raises NotFound."""
    with database.read() as session:
        known = experiments.all(session)
    for each in known:
        if each.id is not None and given in (str(each.id), each.name):
            return each.id
    names = ", ".join(f"{each.id} ({each.name})" for each in known[:10]) or "none yet"
    raise NotFound(f"There is no experiment {given!r}; available: {names}.")


def write(made: Document, target: Path) -> list[str]:
    """Write the report in the format of the file's suffix; return warnings.

    Raises BadFormat, NoBrowser.
    """
    if target.suffix not in FORMATS:
        raise BadFormat(target)
    page = html.render(made)
    if target.suffix == ".pdf":
        browser.pdf(page, target.resolve())
    elif target.suffix == ".html":
        target.write_text(page, encoding="utf-8")
    else:
        return _write_markdown(made, page, target)
    return []


def _write_markdown(made: Document, page: str, target: Path) -> list[str]:
    """Write Markdown, with figures in a folder next to it if Chromium is available."""
    try:
        drawn, problems = browser.pictures(page), []
    except browser.NoBrowser as error:
        drawn, problems = {}, [f"The figures are omitted: {error}"]
    folder = target.with_name(f"{target.stem}-figures")
    if drawn:
        folder.mkdir(exist_ok=True)
    for name, picture in drawn.items():
        (folder / f"{name}.svg").write_text(picture, encoding="utf-8")
    places = {name: PurePosixPath(folder.name) / f"{name}.svg" for name in drawn}
    target.write_text(markdown.render(made, places), encoding="utf-8")
    return problems
