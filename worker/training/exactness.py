"""Whether a network goes on after a resume as if nothing had happened.

The network is trained for a few steps in one process and resumed from the checkpoint in another, as a real resume is.
Neither is the run's: nothing that the network keeps in its module, its class or elsewhere reaches the run.
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

from worker.apart import DiedApart, apart
from worker.models.faults import CODE
from worker.models.network import Shape
from worker.models.outputs import logits_of, loss_of, tensors_in
from worker.models.placement import Placement
from worker.texts import some
from worker.training import draws
from worker.training.kept_values import Values, values_of
from worker.training.state import Counters, Parts, TrainingState
from worker.training.watch import in_one_line

STEPS, IMAGES, RATE, SEED = 3, 4, 1e-3, 0
"""Four images: enough for batch normalisation, few enough to cost next to nothing."""

Build = Callable[[], nn.Module]


@dataclass(frozen=True)
class Verdict:
    exact: bool | None  # None: it could not be told
    why: str = ""

    def __str__(self) -> str:
        if self.exact:
            return "exact"
        return f"not exact: {self.why}" if self.exact is False else f"not checked: {self.why}"


@dataclass(frozen=True)
class _Step:
    """What the step after the checkpoint came to, and what the network held before it."""

    digests: dict[str, str] = field(default_factory=dict)  # SHA-256 by the tensor's name
    values: Values = field(default_factory=dict)
    unkept: list[str] = field(default_factory=list)
    error: str | None = None


@dataclass(frozen=True)
class _Subject:
    build: Build
    classes: int
    image_shape: Shape
    device: torch.device
    placement: Placement
    checkpoint: Path


def judge(
    build: Build,
    *,
    classes: int,
    image_shape: Shape,
    device: str = "cpu",
    placement: Placement = Placement(),  # noqa: B008
) -> Verdict:
    """`build` imports the network's code where it has not been imported yet. The caller's process has not used a GPU.
    Raises nothing."""
    with TemporaryDirectory() as folder:
        file = Path(folder, "checkpoint.safetensors")
        subject = _Subject(build, classes, image_shape, torch.device(device), placement, file)
        try:
            return _judge(subject)
        except DiedApart as death:
            return Verdict(None, str(death).splitlines()[-1])


def _judge(subject: _Subject) -> Verdict:
    expected = apart(lambda: _told(_trained, subject))
    if expected.error is not None:
        return Verdict(None, expected.error)
    if expected.unkept:
        return Verdict(False, "; ".join(expected.unkept))
    found = apart(lambda: _told(_resumed, subject))
    if found.error is not None:
        return Verdict(False, f"built anew, it cannot go on: {found.error}")
    if found.digests == expected.digests:
        return Verdict(True)
    if apart(lambda: _told(_trained, subject)).digests != expected.digests:
        return Verdict(None, "the same steps give other numbers each time")
    differing = [
        f"{name} is {value} in the run and {found.values[name]} in what a resume builds"
        for name, value in expected.values.items()
        if found.values.get(name, value) != value
    ]
    return Verdict(False, some(differing) if differing else "it keeps something that is not in its checkpoint")


def _told(step: Callable[[_Subject], _Step], subject: _Subject) -> _Step:
    try:
        return step(subject)
    except CODE as error:
        return _Step(error=in_one_line(error))


def _trained(subject: _Subject) -> _Step:
    """Trains a few steps, evaluates as the end of an epoch does, keeps a checkpoint, and takes one more step."""
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
    """Forward and backward; gives outputs, gradients and buffers."""
    images, labels = _batch(subject, step)
    model.train()
    model.zero_grad()
    outputs = model(subject.placement.images(images))
    loss = loss_of(model, outputs, lambda logits: functional.cross_entropy(logits_of(logits), labels))
    loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    found = {f"output {place}": each for place, each in enumerate(tensors_in(outputs))}
    found |= {name: each.grad for name, each in model.named_parameters() if each.grad is not None}
    return found | {f"buffer {name}": each for name, each in model.named_buffers()}


def _batch(subject: _Subject, step: int) -> tuple[Tensor, Tensor]:
    """Noise as normalised images are, channels-last as batches come. Draws from no generator of the network."""
    own = torch.Generator().manual_seed(step)
    images = torch.randn(IMAGES, *subject.image_shape, generator=own)
    labels = torch.arange(IMAGES, device=subject.device) % subject.classes
    return images.contiguous(memory_format=torch.channels_last).to(subject.device), labels


def _digest(tensor: Tensor) -> str:
    """Of shape and bits."""
    plain: Any = tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8)
    return hashlib.sha256(str(tuple(tensor.shape)).encode() + plain.numpy().tobytes()).hexdigest()
