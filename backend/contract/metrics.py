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
    TEST_LOSS = "test/loss"
    TEST_ACCURACY = "test/accuracy"
    LEARNING_RATE = "lr"
    EPOCH_SECONDS = "time/epoch"
    EVALUATION_SECONDS = "time/evaluation"
    IMAGES_PER_SECOND = "speed/images_per_second"


BEST_METRIC = Metric.TEST_ACCURACY
"""What "best" means while no validation set is split off: selected on test, and said so wherever it is shown."""
