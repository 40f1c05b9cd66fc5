"""Quantities: each metric is defined once, for page, figures and API."""

from fastapi.testclient import TestClient

from backend.figures.lines import axis
from skiplab.contract.metrics import STEP_LOSS, Metric


def test_the_api_lists_every_metric_with_its_title_and_unit(api: TestClient) -> None:
    items = {each["key"]: each for each in api.get("/api/v1/quantities").json()["items"]}

    assert list(items) == [*Metric, STEP_LOSS]
    assert items[STEP_LOSS]["title"] == "Training loss (per step)"
    assert items["test/ece"] == {
        "key": "test/ece",
        "title": "Expected calibration error (test)",
        "unit": "fraction",
        "difference": False,
        "better": "lower",
        "part": "test",
        "lowest": 0.0,
        "highest": 1.0,
        "note": "Over 15 bins of equal width.",
        "plugin": None,
    }


def test_the_page_and_the_api_description_have_the_same_list(api: TestClient) -> None:
    described = api.get("/openapi.json").json()["components"]["schemas"]["Metric"]["x-quantities"]

    items = api.get("/api/v1/quantities").json()["items"]
    assert described == [{name: fact for name, fact in each.items() if fact is not None} for each in items]


def test_a_figures_axis_follows_the_unit() -> None:
    fractions = [key for key in Metric if axis(key.quantity).get("tickformat") == "~%"]

    assert {Metric.TEST_TOP5, Metric.TEST_CALIBRATION_ERROR} <= {*fractions}
    assert fractions == [key for key in Metric if key.quantity.unit == "fraction" and not key.quantity.difference]
    assert axis(Metric.TEST_TOP5.quantity)["autorangeoptions"] == {"clipmin": 0.0, "clipmax": 1.0}


def test_the_difference_of_two_fractions_has_an_axis_in_percentage_points() -> None:
    assert axis(Metric.GAP.quantity)["ticksuffix"] == " pp"
    assert axis(Metric.GAP.quantity)["autorangeoptions"] == {"clipmin": -100.0, "clipmax": 100.0}
