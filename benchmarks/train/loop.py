"""This side: fit() as the worker calls it, and its bare loop. Figures come from what fit() tells, nothing else."""

import time

import torch
from torch.nn import functional

from backend.contract.metrics import Metric
from backend.contract.spec import RunSpec
from worker.datasets.images import ImageData
from worker.models import build
from worker.training.events import EpochFinished, TrainingEvent
from worker.training.fit import fit
from worker.training.optimiser import make_optimiser
from worker.training.sets import Sets

CPU = "cpu"


def spec_of(model: str, **fields: object) -> RunSpec:
    """One epoch with the lab's defaults (crop and flip, all telemetry), at a rate at which any network is safe."""
    given = {"model": model, "dataset": "cifar10", "epochs": 1, "learning_rate": 0.01, **fields}
    return RunSpec.model_validate(given)


def values_of_epoch(spec: RunSpec, data: ImageData) -> dict[Metric, float]:
    """What fit() tells of its last epoch."""
    finished: list[EpochFinished] = []

    def report(event: TrainingEvent) -> None:
        if isinstance(event, EpochFinished):
            finished.append(event)

    fit(spec, data, device=CPU, report=report, should_stop=lambda: False)
    return finished[-1].values


def cpu_seconds_with_everything(spec: RunSpec, data: ImageData) -> float:
    """CPU seconds of fit() from its first step to its last word: all but its set-up."""
    marks: list[float] = []

    def mark(_: TrainingEvent | None = None) -> None:
        marks.append(time.process_time())

    def never() -> bool:
        mark()
        return False

    fit(spec, data, device=CPU, report=mark, should_stop=never)
    return marks[-1] - marks[0]


def cpu_seconds_bare(spec: RunSpec, data: ImageData) -> float:
    """The same steps over the same batches, and nothing else."""
    device = torch.device(CPU)
    train = Sets.of(spec, data, device).train
    torch.manual_seed(spec.seed)
    model = build(spec.model, classes=len(data.classes), image_shape=data.image_shape)
    model = model.to(memory_format=torch.channels_last)
    optimiser = make_optimiser(spec, model)
    model.train()
    began = 0.0
    for batch in train.epoch(1):
        began = began or time.process_time()  # as in fit(): the first batch is there
        loss = functional.cross_entropy(model(batch.images), batch.labels)
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        optimiser.step()
        optimiser.zero_grad()
    return time.process_time() - began
