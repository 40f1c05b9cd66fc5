"""Train one network: the whole story in one place. No queue, no database: two callables are all it knows of the lab."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from enum import Enum, auto

import torch
from torch import nn
from torch.nn import functional

from backend.contract.metrics import Metric
from backend.contract.spec import RunSpec
from worker.datasets.images import ImageData, Images, Labels
from worker.datasets.subset import stratified
from worker.errors import CannotTrain
from worker.models import build
from worker.training.batches import EvalBatches, Normalisation, TrainBatches
from worker.training.events import EpochFinished, Progress, TrainingEvent
from worker.training.optimiser import make_optimiser
from worker.training.schedule import factor
from worker.training.tally import Tally

EVAL_BATCH = 250
"""On one CPU core 250 images evaluate up to 40 % faster than 500 (cnn; resnet18: no difference); a stop waits less."""

PROGRESS_SECONDS = 1.0
STOP_LOOK_SECONDS = 0.2


class Ending(Enum):
    FINISHED = auto()
    STOPPED = auto()


class Diverged(CannotTrain):
    def __init__(self, epoch: int, step: int) -> None:
        super().__init__(
            f"diverged at epoch {epoch}, step {step}: the loss is no longer a finite number."
            " A lower learning rate or a warm-up may help."
        )


class BatchTooLarge(CannotTrain):
    def __init__(self, batch_size: int, images: int) -> None:
        super().__init__(f"batch_size is {batch_size}, but there are only {images} training images: at most that many.")


class OutOfMemory(CannotTrain):
    def __init__(self, batch_size: int, device: str) -> None:
        super().__init__(f"out of memory on {device} with batch_size {batch_size}: a smaller batch may fit.")


def fit(
    spec: RunSpec,
    data: ImageData,
    *,
    device: str,
    report: Callable[[TrainingEvent], None],
    should_stop: Callable[[], bool],
) -> Ending:
    """Train `spec` on `data`, telling `report` of progress and of each epoch; ends early at a batch edge when
    `should_stop` says so.

    Raises Diverged, BatchTooLarge, OutOfMemory, ImageTooSmall; and whatever the callables raise.
    """
    try:
        _fit(spec, data, torch.device(device), report, should_stop)
    except _Stopped:
        return Ending.STOPPED
    except torch.OutOfMemoryError as error:
        raise OutOfMemory(spec.batch_size, device) from error
    return Ending.FINISHED


def _fit(
    spec: RunSpec,
    data: ImageData,
    device: torch.device,
    report: Callable[[TrainingEvent], None],
    should_stop: Callable[[], bool],
) -> None:
    # -- Set up: data on the device, network, optimiser --------------------------------------------------------------
    train, train_again, tests = _batches(spec, data, device)
    torch.manual_seed(spec.seed)
    model = build(spec.model, classes=len(data.classes), image_shape=data.image_shape)
    model = model.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stub lacks it
    optimiser = make_optimiser(spec, model)
    precision = _precision(spec, device)
    steps = len(train) * spec.epochs
    told = _Pace(PROGRESS_SECONDS)
    looked = _Pace(STOP_LOOK_SECONDS)

    def end_if_asked() -> None:
        if looked.is_due() and should_stop():
            raise _Stopped

    for epoch in range(1, spec.epochs + 1):
        # -- Train ---------------------------------------------------------------------------------------------------
        began = time.perf_counter()
        tally = Tally(device)
        model.train()
        for index, batch in enumerate(train.epoch(epoch)):
            step = (epoch - 1) * len(train) + index  # from 0; what is told counts from 1
            end_if_asked()
            if told.is_due():
                report(Progress(epoch=epoch, step=step, share=index / len(train)))
            rate = spec.learning_rate * factor(spec, step, steps=steps, steps_per_epoch=len(train))
            for group in optimiser.param_groups:
                group["lr"] = rate
            with precision():
                logits = model(batch.images)
                loss = functional.cross_entropy(logits, batch.labels, label_smoothing=spec.label_smoothing)
            loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
            optimiser.step()
            optimiser.zero_grad()
            tally.add(logits, batch.labels, loss, step=step + 1)
        train_loss, train_accuracy = tally.read()
        trained = time.perf_counter()

        # -- Evaluate ------------------------------------------------------------------------------------------------
        test_loss, test_accuracy = _evaluate(model, tests, precision, device, end_if_asked)
        values = {
            Metric.TRAIN_LOSS: train_loss,
            Metric.TRAIN_ACCURACY: train_accuracy,
            Metric.TEST_LOSS: test_loss,
            Metric.TEST_ACCURACY: test_accuracy,
        }
        if len(train_again):
            again = _evaluate(model, train_again, precision, device, end_if_asked)
            values[Metric.TRAIN_EVAL_LOSS], values[Metric.TRAIN_EVAL_ACCURACY] = again
        evaluated = time.perf_counter()

        # -- Report --------------------------------------------------------------------------------------------------
        values[Metric.LEARNING_RATE] = rate
        values[Metric.EPOCH_SECONDS] = trained - began
        values[Metric.EVALUATION_SECONDS] = evaluated - trained
        values[Metric.IMAGES_PER_SECOND] = train.images / (trained - began)
        report(EpochFinished(epoch=epoch, step=epoch * len(train), values=values))
        if (bad_step := tally.bad_step()) is not None:
            raise Diverged(epoch, bad_step)


class _Stopped(Exception):
    """`should_stop` said so."""


def _batches(spec: RunSpec, data: ImageData, device: torch.device) -> tuple[TrainBatches, EvalBatches, EvalBatches]:
    """The training set, its fixed part that is measured in eval mode, and the test set. Raises BatchTooLarge."""
    chosen = stratified(data.train_labels, spec.train_limit)
    if spec.batch_size > len(chosen):
        raise BatchTooLarge(spec.batch_size, len(chosen))
    images, labels = data.train_images[chosen], data.train_labels[chosen]
    normalise = Normalisation.of(images, device)
    train = TrainBatches(
        images,
        labels,
        normalise=normalise,
        spec=spec,
        device=device,
    )
    train_again = _fixed_part(images, labels, spec.train_eval_limit, normalise, device)
    return train, train_again, _fixed_part(data.test_images, data.test_labels, spec.test_limit, normalise, device)


def _fixed_part(
    images: Images, labels: Labels, limit: int | None, normalise: Normalisation, device: torch.device
) -> EvalBatches:
    part = stratified(labels, limit)
    return EvalBatches(images[part], labels[part], normalise=normalise, batch_size=EVAL_BATCH, device=device)


def _evaluate(
    model: nn.Module,
    batches: EvalBatches,
    precision: Callable[[], AbstractContextManager[object]],
    device: torch.device,
    end_if_asked: Callable[[], None],
) -> tuple[float, float]:
    """Mean loss and accuracy, in eval mode."""
    tally = Tally(device)
    model.eval()
    with torch.inference_mode(), precision():
        for images, labels in batches:
            end_if_asked()
            tally.add(model(images), labels)
    return tally.read()


def _precision(spec: RunSpec, device: torch.device) -> Callable[[], AbstractContextManager[object]]:
    """What the forward pass runs under."""
    on_gpu = device.type == "cuda"
    if spec.precision == "bf16" or (spec.precision == "auto" and on_gpu and torch.cuda.is_bf16_supported()):
        return lambda: torch.autocast(device.type, dtype=torch.bfloat16)
    return nullcontext


class _Pace:
    """Due at the first call, and then once in `seconds`."""

    def __init__(self, seconds: float) -> None:
        self._seconds, self._next = seconds, 0.0

    def is_due(self) -> bool:
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + self._seconds
        return True
