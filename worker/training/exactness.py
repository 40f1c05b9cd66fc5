"""Check whether a network resumes exactly: training after a restore equals uninterrupted training.

The network is trained for a few steps in one process and resumed from the checkpoint in another, as in a real resume.
Neither is the process of the run, so state in modules, classes or globals cannot leak into it.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from worker.forked import ForkFailed, forked
from worker.models.faults import USER_CODE_ERRORS
from worker.models.network import Shape
from worker.models.outputs import logits_of, loss_of, tensors_in
from worker.models.placement import Placement
from worker.texts import first_few
from worker.training import draws
from worker.training.kept_values import Values, values_of
from worker.training.state import Counters, Parts, TrainingState
from worker.training.watch import in_one_line

STEPS, IMAGES, RATE, SEED = 3, 4, 1e-3, 0
"""Four images are enough for batch normalisation, and cheap."""

Build = Callable[[], nn.Module]


@dataclass(frozen=True)
class Exactness:
    """Result of the check."""

    exact: bool | None  # None: could not be checked
    why: str = ""

    def __str__(self) -> str:
        if self.exact:
            return "exact"
        return f"not exact: {self.why}" if self.exact is False else f"not checked: {self.why}"


@dataclass(frozen=True)
class _Step:
    """Result of the step after the checkpoint, and plain attributes of the network before it."""

    digests: dict[str, str] = field(default_factory=dict)  # SHA-256 by name of tensor
    values: Values = field(default_factory=dict)
    unkept: list[str] = field(default_factory=list)
    error: str | None = None


@dataclass(frozen=True)
class _Subject:
    """The network to check, and how to build it."""

    build: Build
    classes: int
    image_shape: Shape
    device: torch.device
    placement: Placement
    checkpoint: Path


def check_exactness(
    build: Build,
    *,
    classes: int,
    image_shape: Shape,
    device: str = "cpu",
    placement: Placement = Placement(),  # noqa: B008
) -> Exactness:
    """Check whether a network resumes exactly. `build` imports the network's code and builds it.

    Must be called before this process has initialised CUDA, since it forks. Never raises.
    """
    with TemporaryDirectory() as folder:
        file = Path(folder, "checkpoint.safetensors")
        subject = _Subject(build, classes, image_shape, torch.device(device), placement, file)
        try:
            return _compare(subject)
        except ForkFailed as death:
            return Exactness(None, str(death).splitlines()[-1])


def _compare(subject: _Subject) -> Exactness:
    expected = forked(lambda: _outcome(_trained, subject))
    if expected.error is not None:
        return Exactness(None, expected.error)
    if expected.unkept:
        return Exactness(False, "; ".join(expected.unkept))
    found = forked(lambda: _outcome(_resumed, subject))
    if found.error is not None:
        return Exactness(False, f"restoring the checkpoint fails: {found.error}")
    if found.digests == expected.digests:
        return Exactness(True)
    if forked(lambda: _outcome(_trained, subject)).digests != expected.digests:
        return Exactness(None, "training is not deterministic: the same steps give other results")
    differing = [
        f"{name} is {value} before and {found.values[name]} after a resume"
        for name, value in expected.values.items()
        if found.values.get(name, value) != value
    ]
    return Exactness(False, first_few(differing) if differing else "the network has state outside its checkpoint")


def _outcome(step: Callable[[_Subject], _Step], subject: _Subject) -> _Step:
    try:
        return step(subject)
    except USER_CODE_ERRORS as error:
        return _Step(error=in_one_line(error))


def _trained(subject: _Subject) -> _Step:
    """Train a few steps, evaluate as at the end of an epoch, save a checkpoint, and train one more step."""
    model, parts = _made(subject)
    for step in range(STEPS):
        _train(model, subject, step)
        parts.optimiser.step()
    with torch.no_grad():
        model.eval()(subject.placement.images(_batch(subject, STEPS)[0]))
    state = parts.capture(Counters(epoch=1))
    if not subject.checkpoint.exists():
        state.save(subject.checkpoint)
    return _next(model, subject, state.unkept)


def _resumed(subject: _Subject) -> _Step:
    model, parts = _made(subject)
    parts.restore(TrainingState.load(subject.checkpoint))
    return _next(model, subject, [])


def _made(subject: _Subject) -> tuple[nn.Module, Parts]:
    draws.seed_shared_generators(SEED)
    model = subject.placement.network(subject.build(), subject.device, subject.image_shape)
    return model, Parts(model, torch.optim.SGD(model.parameters(), lr=RATE), None, {})


def _next(model: nn.Module, subject: _Subject, unkept: list[str]) -> _Step:
    values = values_of(model)
    tensors = _train(model, subject, STEPS + 1)
    return _Step({name: _digest(each) for name, each in tensors.items()}, values, unkept)


def _train(model: nn.Module, subject: _Subject, step: int) -> dict[str, Tensor]:
    """Run a forward and backward pass; return outputs, gradients and buffers by name."""
    images, labels = _batch(subject, step)
    model.train()
    model.zero_grad()
    outputs = model(subject.placement.images(images))
    loss = loss_of(model, outputs, lambda logits: functional.cross_entropy(logits_of(logits), labels))
    loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    found = {f"output {index}": each for index, each in enumerate(tensors_in(outputs))}
    found |= {name: each.grad for name, each in model.named_parameters() if each.grad is not None}
    return found | {f"buffer {name}": each for name, each in model.named_buffers()}


def _batch(subject: _Subject, step: int) -> tuple[Tensor, Tensor]:
    """Return standard normal images (IMAGES, C, H, W), channels_last, and labels, without using global generators."""
    own = torch.Generator().manual_seed(step)
    images = torch.randn(IMAGES, *subject.image_shape, generator=own)
    labels = torch.arange(IMAGES, device=subject.device) % subject.classes
    return images.contiguous(memory_format=torch.channels_last).to(subject.device), labels


def _digest(tensor: Tensor) -> str:
    """Hash the shape and the bytes of a tensor."""
    plain: Any = tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8)
    return hashlib.sha256(str(tuple(tensor.shape)).encode() + plain.numpy().tobytes()).hexdigest()
