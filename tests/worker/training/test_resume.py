"""A run that is stopped anywhere resumes to bitwise equal results."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from skiplab.contract.spec import RunSpec
from worker.datasets.digits import digits
from worker.datasets.images import ImageData
from worker.models.placement import Placement
from worker.training import fit as fit_module
from worker.training.events import EpochFinished, Interrupted, LayersSeen, TrainingEvent
from worker.training.fit import Ending, fit
from worker.training.state import TrainingState, UnreadableState

Make = Callable[..., RunSpec]

RICH = {
    "ema": 0.9,
    "clip_norm": 1.0,
    "val_fraction": 0.1,
    "augment": "crop_flip",
    "decay": "weights",
    "train_limit": 160,
    "test_limit": 40,
    "train_eval_limit": 40,
    "batch_size": 16,
    "epochs": 4,
}


@pytest.fixture(scope="module")
def data() -> ImageData:
    return digits()


class Recorded:
    """What a whole run tells, put together from its attempts as the reporter would."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "state.safetensors"
        self.rows: dict[int, Any] = {}
        self.layers: dict[tuple[int, int], Any] = {}
        self.losses: dict[int, float] = {}
        self.saved = False

    def report(self, event: TrainingEvent) -> None:
        stats = event.layers if isinstance(event, EpochFinished | LayersSeen) else []
        self.layers |= {(stat.epoch, stat.place): stat for stat in stats}
        if not isinstance(event, LayersSeen):
            self.losses |= dict(event.losses)
        if isinstance(event, EpochFinished):
            exact = {key: value for key, value in event.values.items() if key.split("/")[0] not in CLOCKS}
            self.rows[event.epoch] = (event.step, exact, event.detail)
        if isinstance(event, EpochFinished | Interrupted) and event.state is not None:
            event.state.save(self._path)
            self.saved = True

    def state(self) -> TrainingState | None:
        return TrainingState.load(self._path) if self.saved else None


CLOCKS = {"time", "speed", "system"}


def undisturbed(spec: RunSpec, data: ImageData, folder: Path, **how: Any) -> Recorded:
    recorded = Recorded(folder)
    assert fit(spec, data, device="cpu", report=recorded.report, should_stop=lambda: False, **how) is Ending.FINISHED
    return recorded


def stopped_often(
    spec: RunSpec, data: ImageData, folder: Path, dice: random.Random, *, longest: int, **how: Any
) -> tuple[Recorded, int]:
    """`longest`: maximum polls of `should_stop` in an attempt, one per batch. Returns the number of attempts too."""
    recorded, attempts = Recorded(folder), 0
    ending = Ending.STOPPED
    while ending is Ending.STOPPED:
        attempts += 1
        polls = iter(range(dice.randint(1, longest))) if attempts < 8 else iter(range(10**6))
        # What another process would not share with this one.
        torch.manual_seed(dice.randint(0, 10**6))
        random.seed(dice.randint(0, 10**6))
        ending = fit(
            spec,
            data,
            device="cpu",
            report=recorded.report,
            should_stop=lambda polls=polls: next(polls, None) is None,  # type: ignore[misc]
            state=recorded.state(),
            **how,
        )
    return recorded, attempts


class Odd(nn.Module):
    """What the lab's own networks are not: lazy, in contiguous memory, in float64, of two outputs with a loss of its
    own, and it changes its input."""

    def __init__(self, *, classes: int, **_: object) -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, 4, 3, stride=4), nn.LazyBatchNorm2d()
        self.fc, self.aux = nn.LazyLinear(classes), nn.Linear(4, classes)
        self.double()

    def forward(self, images: Tensor) -> Any:
        maps = self.norm(self.conv(images.mul_(0.5)))
        logits = self.fc(maps.view(maps.size(0), -1))
        return {"aux": self.aux(maps.mean((2, 3))), "logits": logits} if self.training else logits

    def training_loss(self, outputs: Any, cross_entropy: Callable[[Any], Tensor]) -> Tensor:
        return cross_entropy(outputs) + 0.3 * cross_entropy(outputs["aux"])


def test_a_network_of_an_odd_kind_goes_on_to_the_same_numbers_too(
    spec: Make, data: ImageData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fit_module, "STOP_POLL_SECONDS", 0.0)
    wanted = spec(**{**RICH, "epochs": 2, "mixup": 0.2, "test_flip": True, "telemetry": []})
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()
    how = {"build": lambda _key, **shape: Odd(**shape), "placement": Placement("contiguous", cast=True)}

    whole = undisturbed(wanted, data, tmp_path / "one", **how)
    pieces, attempts = stopped_often(wanted, data, tmp_path / "other", random.Random(0), longest=5, **how)

    assert attempts > 2
    assert pieces.rows == whole.rows
    assert whole.rows[2][1]["train/loss"] < whole.rows[1][1]["train/loss"]


@pytest.mark.parametrize(
    "recipe",
    [
        {"model": "cnn", "optimizer": "sgd"},
        {"model": "resnet20", "optimizer": "adamw", "learning_rate": 0.003, "schedule": "cosine"},
        pytest.param({"model": "densenet_cifar", "epochs": 2, "batch_size": 48}, marks=pytest.mark.long),
    ],
    ids=lambda recipe: recipe["model"],
)
def test_stopped_at_random_batches_it_ends_as_if_it_never_had_been(
    spec: Make, data: ImageData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recipe: dict[str, Any]
) -> None:
    monkeypatch.setattr(fit_module, "STOP_POLL_SECONDS", 0.0)
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    wanted = spec(**{**RICH, **recipe})
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()

    whole = undisturbed(wanted, data, tmp_path / "one")
    pieces, attempts = stopped_often(wanted, data, tmp_path / "other", random.Random(seed), longest=5)

    assert attempts > 2
    assert pieces.rows == whole.rows
    assert pieces.layers == whole.layers
    common = whole.losses.keys() & pieces.losses.keys()
    assert common
    assert {step: pieces.losses[step] for step in common} == {step: whole.losses[step] for step in common}


def test_a_state_that_leaves_something_out_is_noticed(
    spec: Make, data: ImageData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test above could tell: without the optimiser's momentum the numbers differ."""
    monkeypatch.setattr(fit_module, "STOP_POLL_SECONDS", 0.0)
    wanted = spec(**RICH)
    whole = undisturbed(wanted, data, tmp_path)
    recorded = Recorded(tmp_path)
    polls = iter(range(12))
    fit(wanted, data, device="cpu", report=recorded.report, should_stop=lambda: next(polls, None) is None)
    state = recorded.state()
    assert state is not None
    for name, tensor in state.tensors.items():
        if name.startswith("optimiser/"):
            tensor.zero_()

    fit(wanted, data, device="cpu", report=recorded.report, should_stop=lambda: False, state=state)

    assert recorded.rows != whole.rows


def test_a_run_whose_patience_was_at_its_end_trains_no_further_epoch(
    spec: Make, data: ImageData, tmp_path: Path
) -> None:
    """Its attempt fell after the last checkpoint, before the run had ended."""
    wanted = spec(**{**RICH, "patience": 1, "epochs": 30, "learning_rate": 1e-6, "schedule": "constant"})
    whole = Recorded(tmp_path)
    ending = fit(wanted, data, device="cpu", report=whole.report, should_stop=lambda: False)
    events: list[TrainingEvent] = []

    again = fit(wanted, data, device="cpu", report=events.append, should_stop=lambda: False, state=whole.state())

    assert again is ending is Ending.STOPPED_EARLY
    assert events == []


@pytest.mark.parametrize("content", [b"", b"no checkpoint", b"\x08\x00\x00\x00\x00\x00\x00\x00{}      "])
def test_a_file_that_is_no_checkpoint_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "checkpoint-1.safetensors"
    path.write_bytes(content)
    with pytest.raises(UnreadableState, match=r"checkpoint-1\.safetensors cannot be read"):
        TrainingState.load(path)
