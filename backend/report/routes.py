"""/report.html"""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from backend.deps import DatabaseDep, SettingsDep
from backend.errors import PROBLEM_RESPONSE
from backend.evidence.routes import Experiment, Runs, asked
from backend.report import html, service

router = APIRouter(tags=["report"], responses=PROBLEM_RESPONSE)


@router.get("/report.html", response_class=HTMLResponse)
def read_report(
    database: DatabaseDep, settings: SettingsDep, runs: Runs = None, experiment: Experiment = None
) -> HTMLResponse:
    """A self-contained report: it opens offline and prints well."""
    made = service.make(database, settings.home, run_ids=asked(runs, experiment), experiment_id=experiment)
    # Its figures are drawn by scripts inside the page, which the lab's own policy would forbid.
    return HTMLResponse(html.render(made), headers={"Content-Security-Policy": html.policy()})
