"""Names of the measured values. Accuracies are fractions, losses are mean cross-entropy in nats."""

from enum import StrEnum


class Metric(StrEnum):
    """A key in the `metric` table; one value per run and epoch."""

    # train/*: running mean over the epoch (augmented batches, train mode, weights moving).
    TRAIN_LOSS = "train/loss"
    TRAIN_ACCURACY = "train/accuracy"
    # train_eval/*: at the epoch's end, eval mode, no augmentation, a fixed part of the training set.
    TRAIN_EVAL_LOSS = "train_eval/loss"
    TRAIN_EVAL_ACCURACY = "train_eval/accuracy"
    # val/*: only where the spec splits a validation set off the training set.
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


STEP_LOSS = "step/loss"
"""Sampled inside epochs, at most about five a second; only in answers that ask for it by name."""


def best_metric(val_fraction: float) -> Metric:
    """What chooses the best epoch: the validation set where there is one, else the test set, and then every place
    that shows it says "selected on test"."""
    return Metric.VAL_ACCURACY if val_fraction else Metric.TEST_ACCURACY
