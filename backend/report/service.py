"""From an experiment to its report."""

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
        super().__init__(f"{target.name} ends in {target.suffix or 'nothing'}; a report is {', '.join(FORMATS)}.")


def make(database: Database, home: Path, *, run_ids: Sequence[int] = (), experiment_id: int | None = None) -> Document:
    """The report, read in one transaction: runs that come or go meanwhile are in all of it or none. Raises NotFound."""
    with database.read() as session:
        loaded = loading.load(session, run_ids=run_ids, experiment_id=experiment_id)
        experiment = experiments.get(session, experiment_id) if experiment_id is not None else None
        networks = catalog.details(session, {run.spec.model for run in loaded.runs})

        judged = evidence.judged(loaded, home)

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
    """By number, else by name; of several with one name the newest. Raises NotFound."""
    with database.read() as session:
        known = experiments.all(session)
    for each in known:
        if each.id is not None and given in (str(each.id), each.name):
            return each.id
    names = ", ".join(f"{each.id} ({each.name})" for each in known[:10]) or "none yet"
    raise NotFound(f"There is no experiment {given!r}; there are: {names}.")


def write(made: Document, target: Path) -> list[str]:
    """Write the report in the form that the file's name asks for; what could not be done is answered.

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
    """With its figures in a folder beside it, where a browser is there to draw them."""
    try:
        drawn, problems = browser.pictures(page), []
    except browser.NoBrowser as error:
        drawn, problems = {}, [f"The figures are left out: {error}"]
    folder = target.with_name(f"{target.stem}-figures")
    if drawn:
        folder.mkdir(exist_ok=True)
    for name, picture in drawn.items():
        (folder / f"{name}.svg").write_text(picture, encoding="utf-8")
    places = {name: PurePosixPath(folder.name) / f"{name}.svg" for name in drawn}
    target.write_text(markdown.render(made, places), encoding="utf-8")
    return problems
