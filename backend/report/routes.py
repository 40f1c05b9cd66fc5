"""/report.html and /report.md"""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, PlainTextResponse

from backend.deps import DatabaseDep, SettingsDep
from backend.errors import PROBLEM_RESPONSE
from backend.evidence.routes import Experiment, Runs, asked
from backend.report import html, markdown, service

router = APIRouter(tags=["report"], responses=PROBLEM_RESPONSE)


class MarkdownResponse(PlainTextResponse):
    media_type = "text/markdown"


@router.get("/report.html", response_class=HTMLResponse)
def read_report(
    database: DatabaseDep, settings: SettingsDep, runs: Runs = None, experiment: Experiment = None
) -> HTMLResponse:
    """A self-contained report: it opens offline and prints well."""
    made = service.make(database, settings.home, run_ids=asked(runs, experiment), experiment_id=experiment)
    # Its figures are drawn by scripts inside the page, which the lab's own policy would forbid.
    return HTMLResponse(html.render(made), headers={"Content-Security-Policy": html.policy()})


@router.get("/report.md", response_class=MarkdownResponse)
def read_markdown(
    database: DatabaseDep, settings: SettingsDep, runs: Runs = None, experiment: Experiment = None
) -> MarkdownResponse:
    """The report's text for a thesis. Figures are named by their captions; `skiplab report` draws them beside it."""
    made = service.make(database, settings.home, run_ids=asked(runs, experiment), experiment_id=experiment)
    return MarkdownResponse(markdown.render(made, {}))
