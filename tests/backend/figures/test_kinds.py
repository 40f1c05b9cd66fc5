"""Each kind of figure is defined in one file, from which everything else reads it."""

import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from backend.figures.kinds import FigureKind, titled
from backend.figures.options import Clock, Options
from skiplab.contract.metrics import Metric

ROOT = Path(__file__).parents[3]


def test_the_list_and_the_api_description_are_one(api: TestClient) -> None:
    items = api.get("/api/v1/figures").json()["items"]
    described = api.get("/openapi.json").json()["components"]["schemas"]["FigureKind"]

    assert described["x-figures"] == items
    assert described["enum"] == [each["kind"] for each in items] == list(FigureKind)


@pytest.mark.parametrize("kind", FigureKind)
def test_a_title_stands_in_one_file(kind: FigureKind) -> None:
    """Neither the page nor the report repeats it."""
    title = kind.kind.title
    if title == Metric.GAP.quantity.title:
        return  # the quantity's own, which contract/metrics.py holds
    sources = [*(ROOT / "backend").rglob("*.py"), *(ROOT / "frontend" / "src").rglob("*.ts*")]
    spelled = re.compile(rf"""["'`>]{re.escape(title)}["'`<]""")
    found = [file for file in sources if "api" not in file.parts and spelled.search(file.read_text(encoding="utf-8"))]

    assert [file.parent for file in found] == [ROOT / "backend" / "figures"]


def test_every_option_is_read_by_a_kind_and_every_choice_has_a_title() -> None:
    assert {option for kind in FigureKind for option in kind.kind.options} == {*Options.model_fields}


def test_a_title_names_the_options_that_were_given() -> None:
    assert titled(FigureKind.TARGETS, Options()) == "Time to target accuracy"
    assert titled(FigureKind.TARGETS, Options(time=Clock.IMAGES, target=0.6)) == "Time to target accuracy: images, 60%"
    assert titled(FigureKind.CURVES, Options(key=Metric.TEST_LOSS)) == "Metric over epochs: Test loss"
    assert titled(FigureKind.GAP, Options(key=Metric.TEST_LOSS)) == Metric.GAP.quantity.title
