"""A user's own metric, from the guide's example to a curve, a figure, a file and a verdict."""

import csv
import re
from pathlib import Path
from typing import Any

import pytest

from tests.lab import Lab, until
from tests.walkthrough.test_a_run_from_end_to_end import events

pytestmark = pytest.mark.timeout(600)

GUIDE = (Path(__file__).parents[2] / "docs" / "guides" / "own-metrics.md").read_text()

F1 = "test/f1/macro"


def example(language: str) -> str:
    """Return the guide's example in this language."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)
    return str(found)


def quantities(lab: Lab) -> dict[str, Any]:
    return {each["key"]: each for each in lab.client.get("/quantities").json()["items"]}


def macro_f1(counts: list[list[int]]) -> float:
    """Of a confusion matrix, a row for each true class."""
    sums: list[int] = [sum(column) for column in zip(*counts, strict=True)]
    either = [sum(row) + predicted for row, predicted in zip(counts, sums, strict=True)]
    hits = [row[place] for place, row in enumerate(counts)]
    return sum(2 * each / both for each, both in zip(hits, either, strict=True) if both) / len(counts)


def test_the_guides_metric_is_in_every_answer_about_its_runs(own_lab: Lab, home: Path) -> None:
    for folder, name, language in (("plugins", "f1.py", "python"), ("claims", "f1.toml", "toml")):
        (home / folder).mkdir(exist_ok=True)
        (home / folder / name).write_text(example(language))
    offered = until(lambda: quantities(own_lab), lambda known: F1 in known, 120, own_lab.log.read_text)
    assert {"title": "Macro F1 (test)", "unit": "fraction", "plugin": "f1.py"}.items() <= offered[F1].items()
    ask = own_lab.client.get
    streamed = Listener(own_lab)

    small, large = (own_lab.submit(batch_size=size, val_fraction=0.1) for size in (32, 128))
    for run_id in (small, large):
        own_lab.wait(run_id, lambda run: run["status"] == "finished")
    runs = f"{small},{large}"

    values = {run_id: own_lab.series(run_id, F1)["value"] for run_id in (small, large)}
    for run_id, recorded in values.items():
        for epoch, value in enumerate(recorded, start=1):
            counts = ask(f"/runs/{run_id}/confusion", params={"epoch": epoch}).json()["counts"]
            assert value == pytest.approx(macro_f1(counts))
    listed = ask("/metrics", params={"runs": runs, "keys": F1}).json()["series"]
    assert {each["run"]: each["value"] for each in listed} == values
    assert {F1, "val/f1/macro"} <= {*ask("/metrics/keys", params={"runs": runs}).json()["items"]}
    assert streamed.until_finished(large) == values

    last = [values[small][-1], values[large][-1]]
    rows = list(csv.DictReader(ask("/evidence/measures.csv", params={"runs": runs}).text.splitlines()))
    assert [float(row[F1]) for row in rows] == pytest.approx(last)
    figure = ask("/figures/curves", params={"runs": runs, "key": F1}).json()
    assert [trace["y"] for trace in figure["data"]] == [pytest.approx(each, rel=1e-5) for each in values.values()]
    assert figure["layout"]["yaxis"]["title"]["text"] == "Macro F1 (test)"
    (claim,) = ask("/evidence", params={"runs": runs, "claims": "f1"}).json()["sets"][0]["claims"]
    (part,) = claim["judgements"][0]["parts"]
    assert [role["mean"] for role in part["roles"]] == pytest.approx(last)
    assert (claim["verdict"], part["effect"]) == ("inconclusive", pytest.approx(last[0] - last[1]))

    (home / "plugins" / "f1.py").unlink()
    orphaned = until(lambda: quantities(own_lab)[F1], lambda known: known["plugin"] is None, 120, own_lab.log.read_text)
    assert orphaned == {**offered[F1], "plugin": None}


class Listener:
    """Collects the metric's values from the event stream, by run and in order."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._after = int(lab.client.get("/runs").headers["Skiplab-Event-Id"])
        self._found: dict[int, list[float]] = {}

    def until_finished(self, run_id: int) -> dict[int, list[float]]:
        """Return all values since construction up to the end of this run."""
        with self._lab.client.stream("GET", "/events", params={"after": self._after}) as answer:
            for _, kind, data in events(answer):
                if kind == "metrics":
                    self._found.setdefault(data["run"], []).append(data["values"][F1])
                if kind == "run" and (data["id"], data["status"]) == (run_id, "finished"):
                    return self._found
        raise AssertionError("the stream ended")
