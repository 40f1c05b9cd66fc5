"""What a script logs arrives in the lab, as it was logged."""

import json
import math
from argparse import Namespace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import skiplab
from tests.skiplab.client.logging.fake_lab import FakeLab


def logged(lab: FakeLab, *calls: Any, **init: Any) -> list[tuple[str, int, Any]]:
    """Log each (data, keywords) to one run; return what the lab has stored."""
    run = skiplab.init(**init)
    for data, keywords in calls:
        run.log(data, **keywords)
    run.finish()
    return lab.run.points


def test_steps_count_the_calls_unless_they_are_given(lab: FakeLab) -> None:
    calls: Any = ({"a": 1}, {}), ({"b": 2}, {"commit": False}), ({"c": 3}, {}), ({"d": 4}, {"step": 10}), ({"e": 5}, {})
    assert logged(lab, *calls) == [("a", 0, 1.0), ("b", 1, 2.0), ("c", 1, 3.0), ("d", 10, 4.0), ("e", 10, 5.0)]


def test_nested_dicts_and_numbers_of_other_packages_are_taken(lab: FakeLab) -> None:
    weight = torch.ones(1, requires_grad=True)
    data = {
        "a": {"b": {"c": True}},
        "np": np.float32(0.5),
        "array": np.ones(1),
        "torch": weight * 2,
        "int": 2**70,
        "none": None,
    }
    assert {(key, value) for key, _, value in logged(lab, (data, {}))} == {
        ("a.b.c", 1.0), ("np", 0.5), ("array", 1.0), ("torch", 2.0), ("int", 2.0**70)
    }  # fmt: skip


def test_values_that_are_not_finite_arrive(lab: FakeLab) -> None:
    data = {"nan": math.nan, "up": math.inf, "down": -math.inf}
    assert {key: value for key, _, value in logged(lab, (data, {}))} == {
        "nan": "NaN", "up": "Infinity", "down": "-Infinity"
    }  # fmt: skip


def test_an_epoch_among_the_values_counts_as_the_points_epoch(lab: FakeLab) -> None:
    logged(lab, ({"loss": 1, "epoch": 3}, {}), ({"loss": 2}, {"epoch": 4}), ({"loss": 3}, {}))
    assert lab.run.epochs == {"loss": [3, 4, 0], "epoch": [3]}


def test_keys_that_the_lab_reserves_are_changed(lab: FakeLab) -> None:
    assert [key for key, _, _ in logged(lab, ({"a,b~c\n": 1, " d ": 2, "e" * 300: 3}, {}))] == ["a_b_c", "d", "e" * 200]


def test_thousands_of_values_in_one_call_arrive(lab: FakeLab) -> None:
    assert len(logged(lab, ({f"layer/{n}": n for n in range(3000)}, {}))) == 3000


def test_what_cannot_be_logged_is_said_once_and_raises_nothing(lab: FakeLab, capfd: pytest.CaptureFixture[str]) -> None:
    bad: Any = [object()]
    stored = logged(
        lab, ({"a": object(), "b": 1}, {}), ({"a": object(), "b": 2}, {}), (bad, {}), ({"b": 3}, {"step": -1})
    )
    assert [value for _, _, value in stored] == [1.0, 2.0]
    assert capfd.readouterr().err.count("values of type object, as of a, are not logged") == 1


def test_config_and_summary_are_dicts_with_attributes(lab: FakeLab) -> None:
    run = skiplab.init(config=Namespace(lr=0.1, path=Path("x"), layers=(1, 2), score=np.float64(2)))
    run.config.update({"epochs": 3}, allow_val_change=True)
    run.config.batch_size = 32
    run.config.setdefaults({"lr": 1, "seed": 0})
    skiplab.summary["best"] = np.float32(0.5)
    skiplab.log({"loss": 0.25, "text": "hello"})
    assert (skiplab.config.lr, skiplab.config["epochs"], skiplab.summary["loss"]) == (0.1, 3, 0.25)
    assert dict(**skiplab.config)["seed"] == 0
    run.finish()
    assert lab.run.config == {
        "lr": 0.1, "path": "x", "layers": [1, 2], "score": 2.0, "epochs": 3, "batch_size": 32, "seed": 0
    }  # fmt: skip
    assert lab.run.summary == {"best": 0.5, "text": "hello"}


def test_define_metric_declares_units_and_summaries(lab: FakeLab) -> None:
    run = skiplab.init()
    run.define_metric("val/*", summary="min,max", goal="minimize", unit="nats")
    for value in (3.0, 1.0, 2.0):
        run.log({"val/loss": value})
    run.finish()
    assert [each.model_dump() for each in lab.run.quantities] == [
        {"key": "val/loss", "title": None, "unit": "nats", "better": "lower"}
    ]
    assert lab.run.summary == {"val/loss.min": 1.0, "val/loss.max": 3.0}


def test_a_step_metric_that_stands_still_replaces_no_points(lab: FakeLab) -> None:
    run = skiplab.init()
    run.define_metric("loss", step_metric="epoch")
    for batch in range(6):
        run.log({"loss": batch, "epoch": batch // 3})
    run.finish()
    assert lab.run.doubled() == []
    assert len(lab.run.series("loss")) == 6


def test_images_histograms_and_tables_are_files(lab: FakeLab) -> None:
    from PIL import Image

    run = skiplab.init()
    run.log({"array": skiplab.Image(np.zeros((4, 6, 3))), "tensor": [skiplab.Image(torch.rand(1, 4, 6))] * 2})
    run.log({"pil": skiplab.Image(Image.new("RGB", (6, 4), "red")), "values": np.arange(100)})
    run.log({"table": skiplab.Table(columns=["a", "b"], data=[[1, np.float32(2)]]), "h": skiplab.Histogram([1, 2, 2])})
    run.finish()
    files = lab.run.files
    assert sorted(files) == [
        "media/array/0.png", "media/h/2.histogram.json", "media/pil/1.png", "media/table/2.table.json",
        "media/tensor/0.png", "media/tensor/1/0.png", "media/values/1.histogram.json",
    ]  # fmt: skip
    assert json.loads(files["media/table/2.table.json"]) == {"columns": ["a", "b"], "data": [[1, 2.0]]}
    assert sum(json.loads(files["media/values/1.histogram.json"])["counts"]) == 100


@pytest.mark.parametrize("shape", [(5, 7), (5, 7, 1), (5, 7, 2), (5, 7, 3), (5, 7, 4)])
def test_an_array_is_encoded_as_the_image_it_is(shape: tuple[int, ...]) -> None:
    import io

    from PIL import Image

    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    read = np.asarray(Image.open(io.BytesIO(skiplab.Image(pixels).content())))
    assert (read == pixels.reshape(read.shape)).all()


def test_saved_files_arrive_and_again_if_they_changed(
    lab: FakeLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.txt").write_text("first")
    (tmp_path / "out" / "b.txt").write_text("b")
    run = skiplab.init()
    assert run.save("out/*.txt") == ["out/a.txt", "out/b.txt"]
    time_of = (tmp_path / "out" / "a.txt").stat().st_mtime
    (tmp_path / "out" / "a.txt").write_text("second")
    import os

    os.utime(tmp_path / "out" / "a.txt", (time_of + 1, time_of + 1))
    run.finish()
    assert lab.run.files == {"out/a.txt": b"second", "out/b.txt": b"b"}
