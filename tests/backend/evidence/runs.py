"""Runs as plain data, for tests that need many."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count

from backend.evidence.records import DataVersion, RunRecord, Series
from skiplab.contract.lifecycle import Status
from skiplab.contract.run import RunNetwork
from skiplab.contract.spec import RunSpec
from skiplab.contract.telemetry import LayerStat

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)

COSTS = {
    "cnn": (62_006, 1_303_440),
    "resnet18": (11_173_962, 1_110_845_440),
    "densenet": (983_754, 43_808_608),
    "se_resnet18_single": (11_206_730, 1_110_910_976),
}
"""Parameters and FLOPs on CIFAR-10."""

_ids = count(1)


def series(*values: float | None) -> Series:
    """A series with one value per epoch, from epoch 1."""
    return Series.of(dict(enumerate(values, start=1)))


def run(
    model: str,
    seed: int = 0,
    *,
    accuracy: Sequence[float | None] = (),
    train: Sequence[float | None] = (),
    loss: Sequence[float | None] = (),
    seconds: Sequence[float] = (),
    status: Status = Status.FINISHED,
    launch: int = 0,
    hardware: str | None = "one machine: a CPU",
    beside: float = 0,
    id: int | None = None,
    data: DataVersion | None = None,
    outdated: bool = False,
    **fields: object,
) -> RunRecord:
    """A finished run. `launch` 1 came after all runs of launch 0 had ended."""
    spec = RunSpec.model_validate({"model": model, "dataset": "cifar10", "seed": seed, **fields})
    created = BEGIN + timedelta(days=launch)
    return RunRecord(
        id=next(_ids) if id is None else id,
        name=f"{model}, seed {seed}",
        spec=spec,
        status=status,
        series={
            "test/accuracy": series(*accuracy),
            "train_eval/accuracy": series(*train),
            "gap": series(*(None if t is None or a is None else t - a for t, a in zip(train, accuracy, strict=False))),
            "train_eval/loss": series(*loss),
            "time/epoch": series(*seconds),
            "speed/images_per_second": series(*(1000 / each for each in seconds)),
        },
        images_per_epoch=1000 if seconds else None,
        hardware=hardware,
        beside=beside,
        data=data,
        outdated=outdated,
        created_at=created,
        finished_at=created + timedelta(hours=1) if status == Status.FINISHED else None,
        network=network(*COSTS[model]) if model in COSTS else None,
    )


def network(parameters: int, flops: int, *, side: int = 32, classes: int = 10) -> RunNetwork:
    """A network's cost as measured by a run."""
    return RunNetwork(
        parameters=parameters,
        flops=flops,
        depth=None,
        image_shape=(3, side, side),
        classes=classes,
        memory_format="channels_last",
    )


def blocks(epoch: int) -> list[LayerStat]:
    """Two, the first of which feels half of the second's gradient."""
    return [
        LayerStat(epoch=epoch, place=place, name=f"block{place}", kind="block", output_grad_rms=value)
        for place, value in enumerate((0.1, 0.2))
    ]
