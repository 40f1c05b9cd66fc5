"""/report.html and /report.md"""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, PlainTextResponse

from backend.deps import DatabaseDep, SettingsDep
from backend.errors import PROBLEM_RESPONSE
from backend.evidence.routes import Experiment, Runs, selected_ids
from backend.report import html, markdown, service

router = APIRouter(tags=["report"], responses=PROBLEM_RESPONSE)


class MarkdownResponse(PlainTextResponse):
    media_type = "text/markdown"


@router.get("/report.html", response_class=HTMLResponse)
def read_report(
    database: DatabaseDep, settings: SettingsDep, runs: Runs = None, experiment: Experiment = None
) -> HTMLResponse:
    """Return a self-contained HTML report, for reading offline or printing."""
    made = service.make(database, settings.home, run_ids=selected_ids(runs, experiment), experiment_id=experiment)
    # Its figures are drawn by inline scripts, which the default CSP would block.
    return HTMLResponse(html.render(made), headers={"Content-Security-Policy": html.policy()})


@router.get("/report.md", response_class=MarkdownResponse)
def read_markdown(
    database: DatabaseDep, settings: SettingsDep, runs: Runs = None, experiment: Experiment = None
) -> MarkdownResponse:
    """Return the report as Markdown, with captions instead of figures; `skiplab report` also writes the figures."""
    made = service.make(database, settings.home, run_ids=selected_ids(runs, experiment), experiment_id=experiment)
    return MarkdownResponse(markdown.render(made, {}))
