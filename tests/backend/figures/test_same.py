"""Python and the page draw the same curves: both are tested on one file of runs and lines."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from backend.evidence.cells import cells
from backend.evidence.labels import labels
from backend.evidence.records import NetworkFacts, RunRecord
from backend.figures.context import Context, drawn
from backend.figures.kinds import FigureKind
from backend.figures.options import Options
from skiplab.contract.metrics import Metric
from tests.backend.evidence.runs import run, series

FIXTURE = json.loads((Path(__file__).parents[2] / "fixtures" / "curves.json").read_text())
LAB = [each["model"] for each in (*FIXTURE["runs"], *FIXTURE["undrawn"])]
NETWORKS = {key: NetworkFacts(key, key) for key in FIXTURE["networks"]}


def record(given: Mapping[str, Any]) -> RunRecord:
    made = run(given["model"], given["seed"], id=given["id"], learning_rate=given["learning_rate"])
    return RunRecord(made.id, made.name, made.spec, made.status, {k: series(*v) for k, v in given["values"].items()})


@pytest.mark.parametrize("figure", FIXTURE["figures"], ids=lambda figure: figure["title"])
def test_the_pages_own_curves_are_drawn_alike(figure: dict[str, Any]) -> None:
    groups = cells(map(record, FIXTURE["runs"]))
    kind, key = figure["lab"]["kind"], figure["lab"]["key"] or Metric.TEST_ACCURACY
    cells_drawn = drawn(groups, labels(groups, NETWORKS), "light", LAB)
    context = Context(cells_drawn, NETWORKS, options=Options(key=Metric(key)))
    traces = FigureKind(kind).kind.build(context, None).to_plotly_json()["data"]

    lines = [trace for trace in traces if trace.get("meta")]
    assert [line["meta"]["runs"] for line in lines] == [wanted["runs"] for wanted in figure["lines"]]
    for line, wanted in zip(lines, figure["lines"], strict=True):
        assert list(line["x"]) == wanted["x"]
        assert list(line["y"]) == pytest.approx(wanted["y"], abs=1e-8)
        assert (line["line"]["dash"], line["marker"]["symbol"]) == (wanted["dash"], wanted["marker"])
        assert line["line"]["color"] == wanted.get("colour", line["line"]["color"])
        assert _band(traces, line) == (wanted["band"] and pytest.approx(_flat(wanted["band"]), abs=1e-8))


def _band(traces: list[dict[str, Any]], line: Mapping[str, Any]) -> list[float] | None:
    """The band of a line: right along the upper edge, and back along the lower one."""
    found = [t for t in traces if t["uid"].startswith(f"{_cell(line)}-band") and t["uid"].endswith(_part(line))]
    assert len(found) <= 1
    return [*found[0]["x"], *found[0]["y"]] if found else None


def _flat(band: Mapping[str, list[float]]) -> list[float]:
    x, low, high = band["x"], band["low"], band["high"]
    return [*x, *x[::-1], *high, *low[::-1]]


def _cell(line: Mapping[str, Any]) -> str:
    return "-".join(line["uid"].split("-")[:2])


def _part(line: Mapping[str, Any]) -> str:
    return "-".join(line["uid"].split("-")[2:])
