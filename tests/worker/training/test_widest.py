"""A device without float64, such as Apple's GPU: played by the CPU, which is kept from making such tensors."""

from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from skiplab.contract.spec import RunSpec
from worker.datasets.digits import digits
from worker.training import widest
from worker.training.events import EpochFinished, TrainingEvent
from worker.training.fit import fit


class WithoutFloat64(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch leaves it untyped
    """Refuses operators that return float64, as such a device does."""

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        found = func(*args, **(kwargs or {}))
        if func is torch.ops.aten.lift_fresh.default:  # data of the host, on their way to the device
            return found
        for each in found if isinstance(found, tuple | list) else [found]:
            if isinstance(each, torch.Tensor) and each.dtype is torch.float64:
                raise TypeError(f"{func} made a float64 tensor")
        return found


def test_a_run_sums_in_float32_there(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = RunSpec.model_validate(
        {
            "model": "cnn",
            "dataset": "digits",
            "epochs": 1,
            "batch_size": 8,
            "train_limit": 24,
            "test_limit": 10,
            "telemetry": ["layers", "classes", "steps"],
            "mixup": 0.2,
        }
    )
    epochs: list[EpochFinished] = []

    def report(event: TrainingEvent) -> None:
        if isinstance(event, EpochFinished):
            epochs.append(event)

    monkeypatch.setattr(widest, "NARROW", frozenset({"cpu"}))
    with WithoutFloat64():  # type: ignore[no-untyped-call]
        fit(spec, digits(), device="cpu", report=report, should_stop=lambda: False)

    (epoch,) = epochs
    assert epoch.detail is not None
    assert epoch.layers
    assert 0 < epoch.values["test/loss"] < 10
