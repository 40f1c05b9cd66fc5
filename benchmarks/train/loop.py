"""The measured side: fit() as the worker calls it, and its bare loop. Timings come from fit()'s events only."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

import torch
from torch import nn
from torch.nn import functional

from skiplab.contract.spec import RunSpec
from worker.datasets.images import ImageData
from worker.models import build
from worker.models.network import Shape
from worker.training.events import EpochFinished, TrainingEvent
from worker.training.fit import fit
from worker.training.optimiser import make_optimiser
from worker.training.sets import Sets

CPU = "cpu"


def spec_of(model: str, **fields: object) -> RunSpec:
    """Return a spec of one epoch with the defaults (crop and flip, all telemetry), at a safe learning rate."""
    given = {"model": model, "dataset": "cifar10", "epochs": 1, "learning_rate": 0.01, **fields}
    return RunSpec.model_validate(given)


def values_of_epoch(spec: RunSpec, data: ImageData) -> dict[str, float]:
    """Return the values that fit() reports for its last epoch."""
    finished: list[EpochFinished] = []

    def report(event: TrainingEvent) -> None:
        if isinstance(event, EpochFinished):
            finished.append(event)

    fit(spec, data, device=CPU, report=report, should_stop=lambda: False)
    return finished[-1].values


@contextmanager
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def cpu_seconds_turn_by_turn(spec: RunSpec, data: ImageData, *, steps: int) -> tuple[list[float], list[float]]:
    """Return the CPU seconds of blocks of `steps` steps: of the bare loop, and of fit() with all telemetry.

    Blocks alternate within one epoch, so that changes of clock speed affect both. What fit() does once at the end of
    the epoch is divided among its blocks; the first block is a warm-up.
    """
    bare, full, marks = [], [], [0.0]
    other = _bare_steps(spec, data)
    seen = 0

    def take_turns(model: nn.Module, _inputs: object) -> None:
        nonlocal seen
        if not model.training:
            return
        if seen and seen % steps == 0:
            began = time.process_time()
            for _ in range(steps):
                next(other)
            marks.append(time.process_time())
            full.append(began - marks[-2])
            bare.append(marks[-1] - began)
        seen += 1

    def watched(key: str, *, classes: int, image_shape: Shape) -> nn.Module:
        model = build(key, classes=classes, image_shape=image_shape)
        model.register_forward_pre_hook(take_turns)
        return model

    finished: list[float] = []

    def report(event: TrainingEvent) -> None:
        if isinstance(event, EpochFinished):
            finished.append(time.process_time())

    fit(spec, data, device=CPU, report=report, should_stop=lambda: False, build=watched)
    # Negative where noise makes the last block cheaper than the others: then the rest is not measurable.
    rest = max(0.0, finished[0] - marks[-1] - median(full)) / len(full)
    return bare[1:], [each + rest for each in full[1:]]


def _bare_steps(spec: RunSpec, data: ImageData) -> Iterator[None]:
    """Run the same steps over the same batches, without telemetry."""
    device = torch.device(CPU)
    train = Sets.of(spec, data, device).train
    torch.manual_seed(spec.seed)
    model = build(spec.model, classes=len(data.classes), image_shape=data.image_shape)
    model = model.to(memory_format=torch.channels_last)
    optimiser = make_optimiser(spec, model)
    model.train()
    for batch in train.epoch(1):
        loss = functional.cross_entropy(model(batch.images), batch.labels)
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        optimiser.step()
        optimiser.zero_grad()
        yield
