"""Scripts in the shape of published ones run with `import skiplab as wandb`, unchanged."""

import json
import subprocess
import sys
from pathlib import Path

from tests.skiplab.client.logging.fake_lab import FakeLab

SCRIPTS = Path(__file__).parents[3] / "fixtures" / "wandb_scripts"


def ran(name: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    done = subprocess.run(
        [sys.executable, str(SCRIPTS / name)], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return done


def test_the_quickstart(lab: FakeLab, tmp_path: Path) -> None:
    done = ran("quickstart.py", tmp_path)
    assert lab.run.body.experiment == "my-awesome-project"
    assert lab.run.config == {"learning_rate": 0.01, "epochs": 10, "architecture": "CNN", "dataset": "CIFAR-100"}
    assert len(lab.run.series("accuracy")) == len(lab.run.series("loss")) == 8
    assert lab.run.finish
    assert lab.run.finish.status == "finished"
    assert done.stderr.count("init(entity=...) is not supported") == 1
    assert done.stderr.count("login of W&B is not supported") == 1


def test_a_training_script_with_images_and_watch(lab: FakeLab, tmp_path: Path) -> None:
    ran("mnist.py", tmp_path)
    assert lab.run.config == {"batch_size": 16, "epochs": 2, "lr": 0.1, "log_interval": 1}
    assert (lab.run.body.tags, lab.run.body.note) == (["mnist"], "A first try.")
    assert len(lab.run.series("Train Loss")) == 8
    assert len(lab.run.series("Test Accuracy")) == 2
    assert lab.run.series("epoch") == [1.0, 2.0]
    assert lab.run.summary["Test Accuracy.max"] == max(lab.run.series("Test Accuracy"))
    assert lab.run.summary["best_accuracy"] > 0
    assert sorted(lab.run.files)[0].startswith("media/Examples/")
    assert len([name for name in lab.run.files if name.startswith("media/Examples/")]) == 8
    assert lab.run.files["media/Examples/4.png"].startswith(b"\x89PNG")
    gradients = json.loads(lab.run.files["media/gradients/fc1.weight/3.histogram.json"])
    assert sum(gradients["counts"]) == 64 * 16
    assert "media/parameters/fc1.weight/3.histogram.json" in lab.run.files
    assert "model.pt" in "".join(lab.run.files)


def test_a_trainer_with_step_metrics_tables_and_artifacts(lab: FakeLab, tmp_path: Path) -> None:
    done = ran("trainer.py", tmp_path)
    assert lab.run.body.tags == ["group:ablation", "job:train"]
    assert lab.run.config == {"optimizer": {"name": "sgd", "lr": 0.1}, "layers": [64]}
    assert [point[1] for point in lab.run.points if point[0] == "train/loss"] == [100, 200, 300, 400, 500]
    assert lab.run.series("eval.loss") == [2 / step for step in range(100, 600, 100)]
    assert json.loads(lab.run.files["media/predictions/5.table.json"]) == {
        "columns": ["text", "label", "score"],
        "data": [["a cat", "cat", 0.9], ["a dog", "cat", 0.4]],
    }
    assert lab.run.lines == ["WARN: Low accuracy: below 0.5"]
    assert lab.run.summary["final"] == "done"
    assert lab.run.edits == {"name": "renamed"}
    assert "skiplab.Artifact of W&B is not supported" in done.stderr
    assert done.stderr.count("skiplab.plot") == 1
