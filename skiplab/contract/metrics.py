"""Names of the measured values. Accuracies are fractions, losses are mean cross-entropy in nats."""

from collections.abc import Container, Mapping
from enum import StrEnum
from typing import Any

from pydantic import GetJsonSchemaHandler


class Metric(StrEnum):
    """A key in the `metric` table; one value per run and epoch."""

    # train/*: running mean over the epoch (augmented batches, train mode, weights moving).
    TRAIN_LOSS = "train/loss"
    TRAIN_ACCURACY = "train/accuracy"
    # train_eval/*: at the epoch's end, eval mode, no augmentation, a fixed part of the training set.
    TRAIN_EVAL_LOSS = "train_eval/loss"
    TRAIN_EVAL_ACCURACY = "train_eval/accuracy"
    # val/*: only where the data set has a validation set of its own, or the spec splits one off the training set.
    VAL_LOSS = "val/loss"
    VAL_ACCURACY = "val/accuracy"
    TEST_LOSS = "test/loss"
    TEST_ACCURACY = "test/accuracy"
    TEST_TOP5 = "test/top5"
    TEST_CALIBRATION_ERROR = "test/ece"  # expected calibration error, 15 bins
    GAP = "gap"  # train_eval/accuracy less test/accuracy
    BEST_ACCURACY = "best/accuracy"  # so far, of the metric that chooses the best epoch
    LEARNING_RATE = "lr"
    GRADIENT_NORM = "grad/norm"  # of all weights together, before clipping; mean of the sampled steps
    EPOCH_SECONDS = "time/epoch"
    EVALUATION_SECONDS = "time/evaluation"
    IMAGES_PER_SECOND = "speed/images_per_second"
    PEAK_MEMORY = "system/peak_memory"  # bytes: of the device, on a CPU of the trainer's process

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """The page takes the titles from here."""
        return {**handler(schema), "x-enum-descriptions": [TITLES[key] for key in cls]}


TITLES: Mapping[Metric, str] = {
    Metric.TRAIN_LOSS: "Training loss (mean over the epoch)",
    Metric.TRAIN_ACCURACY: "Training accuracy (mean over the epoch)",
    Metric.TRAIN_EVAL_LOSS: "Training loss (eval mode)",
    Metric.TRAIN_EVAL_ACCURACY: "Training accuracy (eval mode)",
    Metric.VAL_LOSS: "Validation loss",
    Metric.VAL_ACCURACY: "Validation accuracy",
    Metric.TEST_LOSS: "Test loss",
    Metric.TEST_ACCURACY: "Test accuracy",
    Metric.TEST_TOP5: "Test accuracy among the first five guesses",
    Metric.TEST_CALIBRATION_ERROR: "Expected calibration error (test)",
    Metric.GAP: "Generalisation gap",
    Metric.BEST_ACCURACY: "Best accuracy so far",
    Metric.LEARNING_RATE: "Learning rate",
    Metric.GRADIENT_NORM: "Gradient norm",
    Metric.EPOCH_SECONDS: "Seconds per epoch",
    Metric.EVALUATION_SECONDS: "Seconds per evaluation",
    Metric.IMAGES_PER_SECOND: "Images per second",
    Metric.PEAK_MEMORY: "Peak memory (bytes)",
}
"""For people, the same in every figure and on every page."""


STEP_LOSS = "step/loss"
"""Sampled inside epochs, at most about five a second; only in answers that ask for it by name."""


def best_metric(measured: Container[str]) -> Metric:
    """What chooses the best epoch, of the keys that a run measures: the validation set where there is one, split off
    the training set or the data set's own, else the test set, and then every place that shows it says "selected on
    test"."""
    return Metric.VAL_ACCURACY if Metric.VAL_ACCURACY in measured else Metric.TEST_ACCURACY


def planned_metric(val_fraction: float) -> Metric:
    """The same before anything is measured, as far as the spec tells."""
    return Metric.VAL_ACCURACY if val_fraction else Metric.TEST_ACCURACY
