"""A user's own network, from the file to a trained run; and torchvision's, measured on request."""

from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from tests.lab import Lab, until

pytestmark = pytest.mark.timeout(600)

MINE = """
    from torch import nn

    from skiplab import model

    print("a plugin may print")


    @model("mine", label="Mine", defaults={"learning_rate": 0.01})
    def build(classes, image_shape):
        channels, height, width = image_shape
        return nn.Sequential(nn.Flatten(), nn.Linear(channels * height * width, classes))
"""


def card(lab: Lab, key: str) -> dict[str, Any]:
    answer: dict[str, Any] = lab.client.get(f"/models/{key}").json()
    return answer


def test_a_file_becomes_a_network_trains_and_when_it_breaks_hurts_nothing_else(own_lab: Lab, home: Path) -> None:
    (home / "plugins").mkdir()
    file = home / "plugins" / "mine.py"
    file.write_text(dedent(MINE))

    mine = until(lambda: card(own_lab, "mine"), lambda card: card.get("measured"), 120, own_lab.log.read_text)
    assert (mine["origin"], mine["source"], mine["parameters"]) == ("plugin", "mine.py", 30_730)

    run_id = own_lab.submit(model="mine")
    run = own_lab.wait(run_id, lambda run: run["status"] in ("finished", "failed"), seconds=120)
    assert (run["status"], run["reason"]) == ("finished", None)
    assert run["spec"]["learning_rate"] == 0.01

    file.write_text("raise RuntimeError('half an edit')")
    broken = until(lambda: card(own_lab, "mine"), lambda card: card.get("error"), 120, own_lab.log.read_text)
    assert "half an edit" in broken["error"]
    answer = own_lab.client.post("/runs", json={"model": "mine", "dataset": "digits"})
    assert answer.status_code == 422
    assert "RuntimeError: half an edit" in answer.json()["detail"]
    other = own_lab.submit()
    assert own_lab.wait(other, lambda run: run["status"] in ("finished", "failed"))["status"] == "finished"


def test_torchvisions_networks_are_measured_when_their_card_is_first_opened(own_lab: Lab) -> None:
    key = "torchvision.squeezenet1_1"
    first = until(lambda: card(own_lab, key), lambda card: "measured" in card, 60, own_lab.log.read_text)
    assert not first["measured"]

    measured = until(lambda: card(own_lab, key), lambda card: card["measured"], 120, own_lab.log.read_text)

    assert (measured["smallest"], measured["error"]) == (17, None)
    listed = {card["key"]: card for card in own_lab.client.get("/models").json()["items"]}
    assert listed[key]["parameters"] == measured["parameters"]
