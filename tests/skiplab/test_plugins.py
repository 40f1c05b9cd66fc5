"""The decorators that plugins call: light, and strict about what they are given."""

import logging
import subprocess
import sys

import pytest

import skiplab
import worker.plugins
from skiplab.plugins import BadPlugin, DeclaredMetric, metric, recorded


def test_a_plugin_can_be_read_without_torch() -> None:
    code = "import sys; from skiplab import dataset, metric, model, models_of; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert {"torch", "numpy", "worker", "backend", "sqlalchemy"} & {*done.stdout.split()} == set()


def test_the_package_knows_its_names_and_no_others() -> None:
    assert {"dataset", "metric", "model", "models_of"} <= {*dir(skiplab)}
    with pytest.raises(AttributeError, match="no attribute 'modle'"):
        _ = skiplab.modle


def test_the_old_home_of_the_decorators_answers_and_says_once_where_they_are(caplog: pytest.LogCaptureFixture) -> None:
    worker.plugins._warn.cache_clear()

    assert worker.plugins.model is skiplab.model
    assert worker.plugins.dataset is skiplab.dataset
    warnings = [each.getMessage() for each in caplog.records if each.levelno == logging.WARNING]
    assert len(warnings) == 1
    assert "from skiplab import model, dataset" in warnings[0]


def test_a_metric_is_a_quantity_of_each_part_that_is_evaluated() -> None:
    with recorded() as found:

        @metric("f1/macro", unit="fraction", better="higher", title="Macro F1")
        def f1(_logits: object, _labels: object) -> float:
            return 1.0

    (declared,) = found
    assert isinstance(declared, DeclaredMetric)
    assert f1(None, None) == 1.0
    assert [(each.key, each.title, each.part) for each in declared.quantities("mine.py")] == [
        ("train_eval/f1/macro", "Macro F1 (training, eval mode)", "train_eval"),
        ("val/f1/macro", "Macro F1 (validation)", "val"),
        ("test/f1/macro", "Macro F1 (test)", "test"),
    ]


@pytest.mark.parametrize(
    ("key", "more", "sentence"),
    [
        ("F1 macro", {}, "'F1 macro' cannot be a metric's key: use a-z"),
        ("/f1", {}, "cannot be a metric's key"),
        ("x" * 49, {}, "at most 48"),
        ("accuracy", {}, "'accuracy' cannot be a metric's key: train_eval/accuracy is one of the lab's own"),
        ("ece", {}, "test/ece is one of the lab's own"),
        ("f1", {"unit": "%"}, r"unit is '%': give one of 'fraction', 'nats'"),
        ("f1", {"better": "up"}, "better is 'up': give one of 'higher', 'lower', 'none'"),
    ],
)
def test_what_cannot_be_a_metric_is_refused_in_a_sentence(key: str, more: dict[str, str], sentence: str) -> None:
    with pytest.raises(BadPlugin, match=sentence):
        metric(key, **more)
