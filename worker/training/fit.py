"""Train one network from start to end. Knows neither queue nor database, only two callables."""

import time
from collections.abc import Callable, Sequence
from enum import Enum, auto
from math import isfinite
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from skiplab.contract.best import best_metric, is_better
from skiplab.contract.metrics import Metric
from skiplab.contract.spec import RunSpec
from worker.datasets.images import ImageData
from worker.errors import CannotTrain
from worker.memory import peak_bytes
from worker.models import build as build_known
from worker.models import published
from worker.models.faults import is_lack_of_memory
from worker.models.outputs import logits_of, loss_of
from worker.models.placement import Placement
from worker.training import draws, precision
from worker.training.batches import Batch
from worker.training.compiler import check_compiler
from worker.training.evaluation import Detail, Evaluator
from worker.training.events import EpochFinished, Interrupted, LayersSeen, Progress, TrainingEvent
from worker.training.layers import LayerProbe
from worker.training.optimiser import make_average, make_optimiser
from worker.training.own_metrics import OwnMetric, OwnMetrics
from worker.training.schedule import factor
from worker.training.sets import Sets
from worker.training.state import Counters, Parts, Sums, TrainingState
from worker.training.steps import StepLosses
from worker.training.tally import Tally
from worker.training.throttle import Throttle

PROGRESS_SECONDS = 1.0
STOP_POLL_SECONDS = 0.2


class Ending(Enum):
    """How training ended."""

    FINISHED = auto()
    STOPPED = auto()
    STOPPED_EARLY = auto()  # no improvement for `patience` epochs


class Diverged(CannotTrain):
    """Raised when the loss is NaN or infinite."""

    def __init__(self, epoch: int, step: int) -> None:
        super().__init__(
            f"diverged at epoch {epoch}, step {step}: the loss is NaN or infinite."
            " A lower learning rate or a warm-up may help."
        )


class OutOfMemory(CannotTrain):
    """Raised when device or host memory is exhausted."""

    def __init__(self, batch_size: int, device: str) -> None:
        super().__init__(f"out of memory on {device} with batch_size {batch_size}. A smaller batch size may fit.")


def fit(
    spec: RunSpec,
    data: ImageData,
    *,
    device: str,
    report: Callable[[TrainingEvent], None],
    should_stop: Callable[[], bool],
    state: TrainingState | None = None,
    build: Callable[..., nn.Module] = build_known,
    placement: Placement = Placement(),  # noqa: B008  # frozen
    own_metrics: Sequence[OwnMetric] = (),
) -> Ending:
    """Train the network of `spec` on `data`, and report progress and the results of each epoch.

    data: uint8 images (N, H, W, 3) and int64 labels (N,) of each split.
    device: such as `cpu` or `cuda:0`.
    report: called with each event.
    should_stop: polled between batches; training stops soon after it returns True.
    state: checkpoint of an earlier attempt to resume from.
    build: builds the network, with the signature of `worker.models.build`.
    placement: dtype and memory format of network and images.
    own_metrics: plugins' metrics, computed on each evaluated set.

    Raises Diverged, BatchTooLarge, CannotSplit, OutOfMemory, ImageTooSmall, NoPublishedWeights, OtherShape, and
    whatever the callables raise.
    """
    try:
        return _fit(spec, data, torch.device(device), report, should_stop, state, build, placement, own_metrics)
    except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
        if is_lack_of_memory(error):
            raise OutOfMemory(spec.batch_size, device) from error
        raise


def _fit(
    spec: RunSpec,
    data: ImageData,
    device: torch.device,
    report: Callable[[TrainingEvent], None],
    should_stop: Callable[[], bool],
    state: TrainingState | None,
    build: Callable[..., nn.Module],
    placement: Placement,
    own_metrics: Sequence[OwnMetric],
) -> Ending:
    # -- Set up: data on the device, network, optimiser --------------------------------------------------------------
    sets = Sets.of(spec, data, device)
    draws.seed_shared_generators(spec.seed)

    model = build(spec.model, classes=len(data.classes), image_shape=data.image_shape)
    if spec.weights == "published" and state is None:
        published.load_weights(model, spec.model, classes=len(data.classes))
    model = placement.network(model, device, data.image_shape)
    network = _compiled(spec, model, device)
    average = make_average(spec, model)
    measured = model if average is None else average.module
    optimiser = make_optimiser(spec, model)
    computing = precision.context(spec, device.type)
    steps_per_epoch = len(sets.train)
    tally = Tally(device, steps_per_epoch=steps_per_epoch)
    probe = LayerProbe(model, device, steps_per_epoch=steps_per_epoch) if "layers" in spec.telemetry else None
    sums: dict[str, Sums] = {"tally": tally} if probe is None else {"tally": tally, "layers": probe}
    parts = Parts(model, optimiser, average, sums)
    counters = Counters() if state is None else parts.restore(state)
    if counters.batch == 0 and _patience_exceeded(spec, counters):
        # The previous attempt ended between its last checkpoint and the end of the run.
        return Ending.STOPPED_EARLY
    losses = StepLosses(steps_per_epoch, every=counters.loss_every, wanted="steps" in spec.telemetry)
    progress_timer = Throttle(PROGRESS_SECONDS)
    stop_timer = Throttle(STOP_POLL_SECONDS)

    def end_if_asked() -> None:
        if stop_timer.is_due() and should_stop():
            raise _Stopped

    evaluator = Evaluator(
        classes=len(data.classes),
        precision=computing,
        flip=spec.test_flip,
        device=device,
        end_if_asked=end_if_asked,
        placement=placement,
        own=OwnMetrics(own_metrics, device=device.type),
    )

    def rate_at(step: int) -> float:
        total_steps = steps_per_epoch * spec.epochs
        return spec.learning_rate * factor(spec, step, steps=total_steps, steps_per_epoch=steps_per_epoch)

    for epoch in range(counters.epoch + 1, spec.epochs + 1):
        began = time.perf_counter() - counters.seconds
        steps_before = (epoch - 1) * steps_per_epoch
        try:
            # -- Train -----------------------------------------------------------------------------------------------
            model.train()
            for batch in sets.train.epoch(epoch, start=counters.batch):
                end_if_asked()
                step = steps_before + counters.batch  # from 0; reported steps count from 1
                if progress_timer.is_due():
                    share = counters.batch / steps_per_epoch
                    report(Progress(epoch=epoch, step=step, share=share, losses=losses.read()))
                    if (bad_step := tally.bad_step()) is not None:
                        raise Diverged(epoch, steps_before + bad_step)
                for group in optimiser.param_groups:
                    group["lr"] = rate_at(step)
                sampled = probe is not None and probe.begin(counters.batch)
                images = placement.images(batch.images)
                with computing():
                    outputs = model(images) if sampled else network(images)
                    loss = _loss(spec, model, outputs, batch)
                loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
                if probe and sampled:
                    probe.see_gradients()
                if spec.clip_norm is not None:
                    nn.utils.clip_grad_norm_(model.parameters(), spec.clip_norm)
                optimiser.step()
                if probe and sampled:
                    probe.see_update()
                optimiser.zero_grad()
                if average is not None:
                    average.update_parameters(model)
                tally.add(logits_of(outputs), batch, loss)
                losses.add(step + 1, loss)
                counters.batch += 1
                if probe and step == 0 and (layers := probe.read(epoch=0)):
                    report(LayersSeen(layers))
            trained = time.perf_counter()

            # -- Evaluate --------------------------------------------------------------------------------------------
            train_loss, train_accuracy = tally.read()
            measures, detail = _measure(measured, sets, evaluator)
        except _Stopped:
            counters.seconds = time.perf_counter() - began
            step = steps_before + counters.batch
            if counters.batch:  # otherwise the previous epoch's report has everything
                report(Interrupted(epoch=epoch, step=step, state=parts.capture(counters), losses=losses.read()))
            return Ending.STOPPED

        # -- Report --------------------------------------------------------------------------------------------------
        values: dict[str, float] = {Metric.TRAIN_LOSS: train_loss, Metric.TRAIN_ACCURACY: train_accuracy, **measures}
        best = _keep_best(counters, epoch, values[best_metric(values)])
        if counters.best_value is not None:
            values[Metric.BEST_ACCURACY] = counters.best_value
        if probe and (norm := probe.gradient_norm()) is not None:
            values[Metric.GRADIENT_NORM] = norm
        values[Metric.LEARNING_RATE] = rate_at(epoch * steps_per_epoch - 1)
        values[Metric.EPOCH_SECONDS] = trained - began
        values[Metric.EVALUATION_SECONDS] = time.perf_counter() - trained
        values[Metric.IMAGES_PER_SECOND] = sets.train.images / (trained - began)
        values[Metric.PEAK_MEMORY] = _peak_memory(device)
        layers = probe.read(epoch) if probe else []
        recent, bad_step = losses.read(), tally.bad_step()
        counters.loss_every = losses.pace(trained - began)
        counters.epoch, counters.batch, counters.seconds = epoch, 0, 0.0
        stops_early = _patience_exceeded(spec, counters)
        if bad_step is None and (stops_early or epoch == spec.epochs) and not _has_finite_losses(measures):
            # After the last epoch a non-finite evaluation loss counts as divergence. Earlier it does not: while batch
            # norm's running statistics lag behind, the evaluation loss can be infinite and recover.
            bad_step = steps_per_epoch
        tally.reset()
        if probe:
            probe.reset()
        checkpoint = parts.capture(counters) if bad_step is None else None
        report(
            EpochFinished(
                epoch=epoch,
                step=epoch * steps_per_epoch,
                values=values,
                losses=recent,
                layers=layers,
                detail=detail if "classes" in spec.telemetry else None,
                best=best,
                state=checkpoint,
            )
        )
        if bad_step is not None:
            raise Diverged(epoch, steps_before + bad_step)
        if stops_early:
            return Ending.STOPPED_EARLY
    return Ending.FINISHED


class _Stopped(Exception):
    """Raised when `should_stop()` returns True."""


def _loss(spec: RunSpec, model: nn.Module, outputs: Any, batch: Batch) -> Tensor:
    def cross_entropy(logits: Any) -> Tensor:
        logits = logits_of(logits)
        loss = functional.cross_entropy(logits, batch.labels, label_smoothing=spec.label_smoothing)
        if batch.others is None:
            return loss
        other = functional.cross_entropy(logits, batch.others, label_smoothing=spec.label_smoothing)
        return batch.share * loss + (1 - batch.share) * other

    return loss_of(model, outputs, cross_entropy)


def _measure(model: nn.Module, sets: Sets, evaluator: Evaluator) -> tuple[dict[str, float], Detail | None]:
    test, detail = evaluator.measure_test(model, sets.test, sets.test_indices)
    values: dict[str, float] = {Metric.TEST_LOSS: test.loss, Metric.TEST_ACCURACY: test.accuracy, **test.own}
    if detail is not None:
        values |= detail.values
    if len(sets.train_eval):
        train = evaluator.measure(model, sets.train_eval, "train_eval")
        values |= {Metric.TRAIN_EVAL_LOSS: train.loss, Metric.TRAIN_EVAL_ACCURACY: train.accuracy, **train.own}
        values[Metric.GAP] = train.accuracy - test.accuracy
    if len(sets.validation):
        validation = evaluator.measure(model, sets.validation, "val")
        values |= {Metric.VAL_LOSS: validation.loss, Metric.VAL_ACCURACY: validation.accuracy, **validation.own}
    return values, detail


def _has_finite_losses(measures: dict[str, float]) -> bool:
    """Return whether the loss on every evaluated set is finite."""
    losses = (Metric.TEST_LOSS, Metric.TRAIN_EVAL_LOSS, Metric.VAL_LOSS)
    return all(isfinite(measures[loss]) for loss in losses if loss in measures)


def _patience_exceeded(spec: RunSpec, counters: Counters) -> bool:
    """Return whether early stopping applies after the last finished epoch."""
    return spec.patience is not None and counters.epoch - counters.best_epoch >= spec.patience


def _keep_best(counters: Counters, epoch: int, value: float) -> bool:
    """Record the value if it is the best so far; return whether it is."""
    better = is_better(value, counters.best_value)
    if better:
        counters.best_value, counters.best_epoch = value, epoch
    return better


def _compiled(spec: RunSpec, model: nn.Module, device: torch.device) -> Callable[[Tensor], Any]:
    """Return the compiled network, used for all but sampled steps: hooks do not work in compiled code."""
    if spec.compile == "off" or device.type != "cuda":
        return model
    check_compiler()
    compiled: Callable[[Tensor], Any] = torch.compile(model)
    return compiled


def _peak_memory(device: torch.device) -> int:
    """Return peak bytes: allocated on the GPU since the last call, or on a CPU, of the process since its start."""
    if device.type == "cuda":
        peak = torch.cuda.max_memory_allocated(device)
        torch.cuda.reset_peak_memory_stats(device)
        return peak
    return peak_bytes()
