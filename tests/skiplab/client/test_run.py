"""What a script logs arrives in the lab, as it was logged."""

from pathlib import Path

import skiplab
from skiplab.client.spool import spools_in
from tests.skiplab.client.fake_lab import FakeLab


def test_three_lines_log_a_run(lab: FakeLab, spools: Path) -> None:
    run = skiplab.init(experiment="ablation", name="no-bn", config={"lr": 0.1}, tags=["mine"])
    for step in range(5):
        run.log({"train/loss": 1 / (step + 1), "val/iou": step})
    run.finish()
    assert lab.run.body.experiment == "ablation"
    assert (lab.run.body.name, lab.run.config, lab.run.body.tags) == ("no-bn", {"lr": 0.1}, ["mine"])
    assert lab.run.series("train/loss") == [1.0, 1 / 2, 1 / 3, 1 / 4, 1 / 5]
    assert lab.run.series("val/iou") == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert lab.run.finish
    assert lab.run.finish.status == "finished"
    assert list(spools_in(spools)) == []
