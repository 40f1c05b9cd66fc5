"""A script logs to a real lab: its web process, over HTTP, into its database."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import skiplab
from tests.lab import Lab, free_port, running_web


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with running_web(tmp_path_factory.mktemp("web") / "home") as web:
        yield web


def values(web: Lab, run_id: int | None, key: str) -> list[Any]:
    assert run_id is not None
    found: list[Any] = web.series(run_id, key)["value"]
    return found


def test_a_run_arrives_with_points_config_and_end(web: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKIPLAB_URL", web.url)
    with skiplab.init(project="vision", name="mine", config={"lr": 0.1}, tags=["a"], group="g", notes="n") as run:
        run.define_metric("val/iou", unit="fraction", better="higher", title="IoU")
        for epoch in range(1, 4):
            run.log({"val/iou": epoch / 4, "epoch": epoch})
        run.config.update({"late": [1, 2]})
        run.summary["best"] = 0.75
        run.alert("careful", "it is only a test")
    stored = web.run(run.number or 0)
    assert (stored["kind"], stored["name"], stored["status"]) == ("external", "mine", "finished")
    assert (stored["tags"], stored["note"], stored["config"]) == (["group:g", "a"], "n", {"lr": 0.1, "late": [1, 2]})
    assert stored["experiment"]["name"] == "vision"
    assert values(web, run.number, "val/iou") == [0.25, 0.5, 0.75]
    assert web.series(run.number or 0, "val/iou")["epoch"] == [1, 2, 3]


def test_images_tables_histograms_and_files_arrive(web: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKIPLAB_URL", web.url)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes ä.txt").write_text("kept")
    with skiplab.init() as run:
        image = skiplab.Image(np.zeros((4, 4, 3)))
        run.log({"val/ä b": [image, image], "table": skiplab.Table(["a"], [[1]]), "weights": np.arange(9)}, step=7)
        run.save("notes ä.txt")
    items = web.client.get(f"/runs/{run.number}/artifacts").json()["items"]
    assert sorted((item["kind"], item["path"].split("/", 2)[2], item["step"]) for item in items) == [
        ("file", "notes ä.txt", 0),
        ("histogram", "media/weights/7.histogram.json", 7),
        ("image", "media/val/ä b/1/7.png", 7),
        ("image", "media/val/ä b/7.png", 7),
        ("table", "media/table/7.table.json", 7),
    ]


def test_a_run_is_resumed(web: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKIPLAB_URL", web.url)
    with skiplab.init(id="resumed") as first:
        first.log({"loss": 2.0})
    with skiplab.init(id="resumed", resume="must") as second:
        second.log({"loss": 1.0})
    assert second.number == first.number
    assert values(web, second.number, "loss") == [2.0, 1.0]


def test_a_cancel_on_the_page_reaches_the_script(web: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKIPLAB_URL", web.url)
    with pytest.raises(skiplab.StopRequested), skiplab.init() as run:  # noqa: PT012
        web.client.post(f"/runs/{run.number}/cancel")
        for step in range(10**9):
            run.log({"loss": float(step)})
    assert web.run(run.number or 0)["status"] == "cancelled"


@pytest.mark.long
@pytest.mark.timeout(300)
def test_an_outage_of_two_minutes_loses_and_doubles_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lab is stopped while a script logs, and started again on the same home and port."""
    port = free_port()
    monkeypatch.setattr("tests.lab.free_port", lambda: port)
    monkeypatch.setenv("SKIPLAB_URL", f"http://127.0.0.1:{port}")
    step = 0
    with running_web(tmp_path / "home"):
        run = skiplab.init()
        run.log({"loss": 0.0})
    until = time.monotonic() + 120
    while time.monotonic() < until:
        step += 1
        run.log({"loss": float(step)})
        time.sleep(0.002)  # a training step
    with running_web(tmp_path / "home") as web:
        run.finish()
        assert run.number
        stored = web.series(run.number, "loss")
        assert stored["value"] == [float(each) for each in range(step + 1)]
        assert stored["step"] == list(range(step + 1))
