"""The report: its content, safety as one file, and other formats."""

import re
import shlex
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from plotly.offline import get_plotlyjs

from backend.db import runs
from backend.db.database import Database, Session
from backend.db.tables import RunTable
from backend.evidence.evaluate import evaluate
from backend.report import html, markdown, service
from backend.report.document import Bullets, Code, Document, Folded, Heading, Paragraph, Table
from skiplab.contract.evidence import Bars, Finding
from tests.backend.evidence.claims import one_claim
from tests.backend.evidence.runs import run
from tests.backend.report.conftest import NAME
from tests.backend.test_cli import skiplab


@pytest.fixture
def made(database: Database, experiment: int, tmp_path: Path) -> Document:
    return service.make(database, tmp_path, experiment_id=experiment)


class Moving(Database):
    """A database that changes after each read."""

    def __init__(self, url: str, write: Callable[[], None]) -> None:
        super().__init__(url)
        self._write = write

    @contextmanager
    def read(self) -> Iterator[Session]:
        with super().read() as session:
            yield session
        self._write()


def headings(document: Document) -> list[str]:
    return [block.text for block in document.blocks if isinstance(block, Heading) and block.level == 2]


def test_it_says_what_was_compared_what_came_of_it_and_how_to_do_it_again(made: Document) -> None:
    assert headings(made) == [
        "Verdicts",
        "The networks",
        "Loss and accuracy of each network",
        "Comparison",
        "The claims, one by one",
        "Setup",
        "Reproduce",
    ]
    names = {plot.name for plot in made.plots}
    assert {"forest", "curves", "gap", "cost", "targets", "gradients"} <= names
    assert len([name for name in names if name.startswith(("loss-", "accuracy-"))]) == 4


def test_a_reduced_budget_is_stated_prominently(made: Document) -> None:
    (warning,) = [block for block in made.blocks if isinstance(block, Paragraph) and block.weighty]
    assert "not comparable" in warning.text
    assert "200 images" in warning.text


def test_a_time_names_its_target() -> None:
    timed = [run(model, 0, accuracy=[0.2, 0.8]) for model in ("resnet18", "cnn")]
    (claims,) = evaluate([one_claim("epochs_to_target", "less", target=0.45)], timed, {})
    (part,) = claims.claims[0].judgements[0].parts
    assert part.text.measure == "epochs to target (target 45%)"


def test_an_interval_of_large_numbers_is_written_as_its_effect() -> None:
    timed = [
        run(m, seed, accuracy=[0.2, 0.8], seconds=[s, s + seed])
        for m, s in (("resnet18", 1), ("cnn", 9000))
        for seed in range(3)
    ]
    (claims,) = evaluate([one_claim("seconds_per_epoch", "less")], timed, {})
    (part,) = claims.claims[0].judgements[0].parts
    assert (part.text.effect, part.text.interval) == ("-8,999 s", "-9,000 to -8,998 (95% CI)")


def test_a_best_accuracy_names_the_set_that_selected_its_epoch(made: Document) -> None:
    heads = [block.columns for block in made.blocks if isinstance(block, Table) and block.columns[0] == "Configuration"]
    assert heads[0][2] == "best test accuracy (selected on test), %"


def commands_of(document: Document) -> list[str]:
    (text,) = [block.text for block in document.blocks if isinstance(block, Code)]
    return text.replace("\\\n", "").splitlines()


def posted(api: TestClient, command: str, path: str) -> dict[str, Any]:
    """The result of the request in the command."""
    found = re.search(rf"/api/v1/{path} .*-d '([^']*)'", command)
    assert found is not None, command
    answer = api.post(f"/api/v1/{path}", content=found[1], headers={"Content-Type": "application/json"})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def test_the_commands_make_the_same_runs_again_and_report_on_them(
    made: Document, database: Database, api: TestClient
) -> None:
    start, launch, report = commands_of(made)
    assert start == "skiplab up"
    again = posted(api, launch, "experiments")
    assert {(run["spec"]["model"], run["spec"]["seed"]) for run in again["runs"]} == {
        (model, seed) for model in ("cnn", "resnet18") for seed in range(3)
    }
    assert {run["spec"]["train_limit"] for run in again["runs"]} == {200}
    assert shlex.split(report) == ["skiplab", "report", NAME, "-o", "report.html"]
    assert service.find_experiment(database, NAME) == again["id"]


def test_cells_that_no_one_launch_can_make_join_the_first_ones_experiment(
    database: Database, experiment: int, queued: Callable[..., int], tmp_path: Path, api: TestClient
) -> None:
    extra = queued(model="cnn", seed=7, train_limit=200, batch_size=40)
    with database.write() as session:
        row = runs.get(session, extra)
        assert row is not None
        row.experiment_id = experiment
        session.add(row)
    _, first, second, _ = commands_of(service.make(database, tmp_path, experiment_id=experiment))
    assert first.startswith("ID=$(curl")
    again = posted(api, first, "experiments")
    joined = posted(api, second.replace("$ID", str(again["id"])), f"experiments/{again['id']}/runs")
    assert [run["spec"]["seed"] for run in joined["runs"]][-1] == 7
    assert len(joined["runs"]) == 7


def test_a_finding_names_its_runs_and_what_it_bars() -> None:
    several = Finding(text="shared their machine", bars=Bars.TIMES, runs=[3, 4])
    assert several.sentence == "shared their machine (runs 3, 4): no verdict on times"
    assert Finding(text="on a subset of the data").sentence == "on a subset of the data"


def test_the_page_is_one_file_that_fetches_nothing(made: Document) -> None:
    page = html.render(made)
    without_plotly = page.replace(get_plotlyjs(), "")
    assert re.findall(r"""(?:src|href)\s*=\s*["']""", without_plotly) == []
    assert "default-src 'none'" in html.policy()


def test_names_cannot_become_markup(made: Document) -> None:
    page = html.render(made).replace(get_plotlyjs(), "")
    assert "<b>" not in page
    assert "Skip &lt;b&gt;connections&lt;/b&gt;" in page
    text = markdown.render(Document("a", [Table(("x",), [("1 | <b>2</b>",)])]), {})
    assert "| 1 \\| \\<b\\>2\\</b\\> |" in text


def test_it_is_served_under_a_policy_of_its_own(api: TestClient, experiment: int) -> None:
    answer = api.get("/api/v1/report.html", params={"experiment": experiment})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["content-security-policy"] == html.policy()
    assert api.get("/api/v1/report.html", params={"experiment": 99}).status_code == 404
    assert api.get("/api/v1/report.html").status_code == 422


def test_its_text_is_served_for_a_thesis(api: TestClient, experiment: int) -> None:
    answer = api.get("/api/v1/report.md", params={"experiment": experiment})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/markdown")
    assert answer.text.startswith("# Skip \\<b\\>connections")
    assert api.get("/api/v1/report.md", params={"experiment": 99}).status_code == 404


def test_runs_make_a_report_without_an_experiment(api: TestClient, queued: Callable[..., int]) -> None:
    answer = api.get("/api/v1/report.html", params={"runs": str(queued())})
    assert answer.status_code == 200
    assert "Runs 1" in answer.text


def test_markdown_without_a_browser_says_so_and_names_its_figures(
    made: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    (problem,) = service.write(made, tmp_path / "report.md")
    assert "Chromium" in problem
    text = (tmp_path / "report.md").read_text()
    assert text.startswith("# Skip")
    assert "*Figure: Metric over epochs: Test accuracy" in text


@pytest.mark.browser
def test_markdown_comes_with_its_figures(made: Document, tmp_path: Path) -> None:
    """This also shows that the page draws all figures under its CSP."""
    assert service.write(made, tmp_path / "report.md") == []
    pictures = {file.stem: file.read_text() for file in (tmp_path / "report-figures").glob("*.svg")}
    assert set(pictures) == {plot.name for plot in made.plots}
    assert all(picture.startswith("<svg") for picture in pictures.values())
    links = re.findall(r"!\[[^\n]*\]\(([^)]*)\)", (tmp_path / "report.md").read_text())
    assert len(links) == len(pictures)
    assert all((tmp_path / link).is_file() for link in links)


def test_a_network_s_structure_is_printed_too() -> None:
    """Collapsed details would print without their content."""
    page = html.render(Document("Networks", [Folded("Structure of ResNet-18", Code("conv 3x3, 64"))]))
    assert re.findall("<details[^>]*>", page) == ["<details open>"]
    assert "conv 3x3, 64" in page


@pytest.mark.browser
def test_it_prints(made: Document, tmp_path: Path) -> None:
    service.write(made, tmp_path / "report.pdf")
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("given", ["1", NAME])
def test_the_command_line_writes_it(database: Database, experiment: int, tmp_path: Path, given: str) -> None:
    assert experiment == 1
    target = tmp_path / "out.html"
    result = skiplab("report", given, "-o", target, SKIPLAB_HOME=str(tmp_path), SKIPLAB_DATABASE_URL=database.url)
    assert result.returncode == 0, result.stderr
    assert "Skip &lt;b&gt;" in target.read_text()


@pytest.mark.parametrize(
    ("given", "target", "message"), [("7", "out.html", "no experiment '7'"), ("1", "out.doc", ".doc")]
)
def test_an_unwritable_file_is_reported_in_one_sentence(
    database: Database, experiment: int, tmp_path: Path, given: str, target: str, message: str
) -> None:
    assert experiment == 1
    result = skiplab(
        "report", given, "-o", tmp_path / target, SKIPLAB_HOME=str(tmp_path), SKIPLAB_DATABASE_URL=database.url
    )
    assert result.returncode == 1
    assert message in result.stderr
    assert not (tmp_path / target).exists()


def test_a_report_is_of_one_moment_while_runs_join_its_experiment(
    database: Database, experiment: int, queued: Callable[..., int], tmp_path: Path
) -> None:
    def join() -> None:
        run_id = queued(model="densenet", train_limit=200, batch_size=20)
        with database.write() as session:
            session.get_one(RunTable, run_id).experiment_id = experiment

    with closing(Moving(database.url, join)) as moving:
        made = service.make(moving, tmp_path, experiment_id=experiment)

    summary = made.blocks[0]
    assert isinstance(summary, Paragraph)
    assert "from 6 runs" in summary.text
    assert not [plot.name for plot in made.plots if plot.name.endswith("-7")]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("# a heading", "\\# a heading"),
        ("1. a list", "1\\. a list"),
        ("--- | ---", "\\--- \\| ---"),
        ("a\n\n# b", "a # b"),
        ("```\n# b", "\\`\\`\\` # b"),
        ("<script>", "\\<script\\>"),
        ("![x](http://evil.example)", "!\\[x\\](http\\://evil.example)"),
        ("www.evil.example", "www\\.evil.example"),
        ("&lt; ~~x~~ $y$", "\\&lt; \\~\\~x\\~\\~ \\$y\\$"),
        ("a\x1b[31mred", "a\\\\x1b\\[31mred"),
        ("-0.5 to 1.5", "-0.5 to 1.5"),
        ("lr 0.1, #3", "lr 0.1, #3"),
    ],
)
def test_in_markdown_no_name_becomes_markup(name: str, shown: str) -> None:
    text = markdown.render(Document(name, [Paragraph(name), Bullets([name])]), {})
    assert text == f"# {shown}\n\n{shown}\n\n- {shown}\n"


def test_no_code_ends_its_own_fence() -> None:
    text = markdown.render(Document("x", [Code("a\n````\n# b")]), {})
    assert text == "# x\n\n`````\na\n````\n# b\n`````\n"
