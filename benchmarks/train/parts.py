"""Benchmarks without a running lab: training, bookkeeping, evaluation."""

from dataclasses import dataclass
from statistics import median

from torch import nn

from benchmarks.measure import Ratio, alternate
from benchmarks.table import Row
from benchmarks.train import loop, peak, tutorial
from skiplab.contract.metrics import Metric
from worker.datasets.images import ImageData
from worker.datasets.subset import stratified
from worker.models import build


@dataclass(frozen=True)
class Effort:
    """How much is run. Images are per turn; None: all."""

    batch: int
    turns: int
    images: dict[str, int | None]  # per network
    blocks: int  # per epoch
    steps_of_block: int
    evaluated: int | None
    peak_seconds: float
    starts: int
    of_run: int | None  # images of the run whose memory is measured


REAL = Effort(
    batch=128,
    turns=5,
    images={"cnn": None, "resnet18": 10 * 128, "densenet": 100 * 128},
    blocks=10,
    steps_of_block=38,
    evaluated=None,
    peak_seconds=8,
    starts=5,
    of_run=None,
)
QUICK = Effort(
    batch=16,
    turns=1,
    images={"cnn": 64, "resnet18": 16, "densenet": 16},
    blocks=4,
    steps_of_block=2,
    evaluated=50,
    peak_seconds=0.2,
    starts=1,
    of_run=1000,
)

WANTED = {"cnn": 3.5, "resnet18": 1.1, "densenet": 1.1}


def training(model: str, data: ImageData, effort: Effort) -> Row:
    """Compare the training speed of fit() with the tutorial's loop on the same images."""
    limit = effort.images[model]
    spec = loop.spec_of(model, batch_size=effort.batch, train_limit=limit, train_eval_limit=0, test_limit=10)
    chosen = stratified(data.train_labels, limit)
    images, labels = data.train_images[chosen], data.train_labels[chosen]

    def theirs() -> float:
        return tutorial.seconds_of_epoch(_network(model, data), images, labels, effort.batch)

    def ours() -> float:
        return loop.values_of_epoch(spec, data)[Metric.EPOCH_SECONDS]

    slow, fast = alternate(effort.turns, theirs, ours)
    ratio = Ratio.of(slow, fast)
    steps = -(-len(images) // effort.batch)
    measured = f"{ratio}; {60 / median(fast):.1f} epochs a minute against {60 / median(slow):.1f}"
    if steps < 200:
        measured = f"{ratio}; {median(fast) / steps * 1000:.0f} ms a step against {median(slow) / steps * 1000:.0f}"
    rate = peak.flops_of_step(model, effort.batch) * len(images) / effort.batch / median(fast)
    matmul, convolution = peak.matmul_rate(effort.peak_seconds), peak.convolution_rate(effort.peak_seconds)
    return Row(
        work=f"`{model}`, batch {effort.batch}, crop and flip: training, {steps} steps a turn",
        against="the tutorial's loop",
        measured=f"{measured}; {rate / 1e9:.0f} GFLOP/s: {rate / matmul:.2f} of the fp32 matrix product's"
        f" {matmul / 1e9:.0f}, {rate / convolution:.2f} of the 3 x 3 convolution's {convolution / 1e9:.0f}",
        wanted=f"{WANTED[model]} x",
        met=ratio.median >= WANTED[model],
    )


def bookkeeping(data: ImageData, effort: Effort) -> Row:
    """Compare the CPU seconds of the bare loop with those of fit() with all telemetry."""
    # A run needs a test set; the cost of these ten images counts against Skiplab.
    spec = loop.spec_of(
        "cnn",
        batch_size=effort.batch,
        train_limit=effort.batch * effort.steps_of_block * effort.blocks,
        train_eval_limit=0,
        test_limit=10,
    )
    # One thread: a second one would spin while it waits, which counts as CPU time.
    with loop.one_thread():
        epochs = [
            loop.cpu_seconds_turn_by_turn(spec, data, steps=effort.steps_of_block) for _ in range(2 * effort.turns)
        ]
    ratio = Ratio.of(*([second for epoch in epochs for second in epoch[side]] for side in (0, 1)))
    return Row(
        work="`cnn`: the lab's training loop with all telemetry in it",
        against=f"the bare loop over the same batches, {effort.steps_of_block} steps a turn, CPU seconds of one thread",
        measured=str(ratio),
        wanted="0.98",
        met=ratio.median >= 0.98,
    )


def evaluation(data: ImageData, effort: Effort) -> Row:
    """Compare an evaluation with all metrics with the tutorial's, of accuracy alone."""
    spec = loop.spec_of(
        "densenet", batch_size=20, train_limit=20, train_eval_limit=0, test_limit=effort.evaluated, augment="none"
    )
    chosen = stratified(data.test_labels, effort.evaluated)
    images, labels = data.test_images[chosen], data.test_labels[chosen]
    slow, fast = alternate(
        effort.turns,
        lambda: tutorial.seconds_of_evaluation(_network("densenet", data), images, labels, effort.batch),
        lambda: loop.values_of_epoch(spec, data)[Metric.EVALUATION_SECONDS],
    )
    ratio = Ratio.of(slow, fast)
    return Row(
        work=f"`densenet`: evaluation of {len(images):,} images, with confusion, top-5 and calibration",
        against="the tutorial's evaluation (accuracy alone)",
        measured=f"{ratio}; {median(fast):.2f} s against {median(slow):.2f} s",
        wanted="2 x",
        met=ratio.median >= 2,
    )


def _network(model: str, data: ImageData) -> nn.Module:
    return build(model, classes=len(data.classes), image_shape=data.image_shape)
