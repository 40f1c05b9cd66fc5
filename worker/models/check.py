"""The training check: two real training steps of a network on two images, before a card or a run relies on it.

A forward pass in eval mode on the meta device, which measures a card, does not show what training meets: train mode,
real numbers, the memory format, the backward pass, parameters that the optimiser never hears of.
"""

import random
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
import psutil
import torch
from torch import Tensor, nn
from torch.nn import functional

from skiplab.contract.check import TrainingCheck
from worker.errors import CannotTrain
from worker.models.faults import USER_CODE_ERRORS, is_transient
from worker.models.global_state import preserved
from worker.models.measure import Measures, measure
from worker.models.network import Shape
from worker.models.outputs import LOSS_METHOD, count, logits_of, loss_of, shape_of, shapes, trained_on
from worker.models.placement import Placement
from worker.models.rules import (
    Refused,
    check_graph,
    check_head,
    check_late_layers,
    checked_logits,
    layers_of,
    untrained,
)
from worker.remedies import with_remedy

Make = Callable[[], nn.Module]
"""Builds the network anew, with weights from torch's present random state."""

SEED, IMAGES, EVALUATED, RATE = 0, 2, 3, 1e-3

MOST_FLOPS = 20e9
"""An image, forward. A core does some 10 GFLOPs a second: two images there and back, and an evaluation, take less than
half a minute."""

MOST_MEMORY = 0.5
"""Share of what is free, for weights and gradients and as much again for what lies between."""


MOST_TRACEBACK = 8000
"""Characters, the last ones."""


class Cost(NamedTuple):
    """Of one image, forward."""

    parameters: int
    flops: int
    depth: int | None

    @classmethod
    def of(cls, measures: Measures) -> Self:
        return cls(measures.parameters, measures.flops, measures.depth)


PLACEMENTS = (Placement(), Placement("contiguous"))
CASTS = (Placement(cast=True), Placement("contiguous", cast=True))


def check_training(
    key: str,
    make: Make,
    *,
    classes: int,
    image_shape: Shape,
    device: str = "cpu",
    cost: Cost | None = None,
    on_meta: bool = True,
) -> TrainingCheck:
    """Whether the network that `make` builds trains on images of this shape. Raises nothing that its code raises.

    `cost`: where it was measured at this shape already. `on_meta`: else it is measured on the meta device first, which
    a network must not be that keeps tensors of its own between two calls. Random generators, the default dtype, the
    number of threads, gradients being on, and cuDNN's switches are afterwards what they were.
    """
    subject = _Subject(key, make, classes, image_shape, torch.device(device))
    with preserved(device):
        return _check(subject, cost or (_cost_without_arithmetic(subject) if on_meta else None))


def cost_without_arithmetic(key: str, make: Make, *, classes: int, image_shape: Shape) -> Cost | None:
    """Measured on the meta device; None for code that needs real numbers."""
    with preserved("cpu"):
        return _cost_without_arithmetic(_Subject(key, make, classes, image_shape, torch.device("cpu")))


@dataclass
class _Subject:
    key: str
    make: Make
    classes: int
    image_shape: Shape
    device: torch.device
    notes: list[str] = field(default_factory=list)

    def build(self) -> nn.Module:
        torch.manual_seed(SEED)
        random.seed(SEED)
        np.random.seed(SEED)
        return self.make()

    def answer(self, **fields: Any) -> TrainingCheck:
        return TrainingCheck(image_shape=self.image_shape, classes=self.classes, device=self.device.type, **fields)


def _check(subject: _Subject, cost: Cost | None) -> TrainingCheck:
    if heavy := _too_heavy(subject, cost):
        return subject.answer(outcome="unknown", reason=heavy, **_numbers(cost))
    errors: list[BaseException] = []
    for placement in _placements(subject):
        subject.notes.clear()
        try:
            model = _train(subject, placement)
            cost = cost or _cost_of(model, subject)
        except (Refused, CannotTrain) as refusal:
            return subject.answer(outcome="refused", reason=str(refusal), **_numbers(cost))
        except USER_CODE_ERRORS as error:
            if is_transient(error):
                return subject.answer(outcome="unknown", reason=f"not checked: {_line(error)}", **_numbers(cost))
            errors.append(error)
        else:
            notes = [*_placement_notes(placement, errors), *subject.notes]
            return subject.answer(
                outcome="trains",
                memory_format=placement.memory_format,
                cast=placement.cast,
                notes=notes,
                **_numbers(cost),
            )
    cause = errors[min(1, len(errors) - 1)]  # what anybody's training loop would raise: contiguous images, nothing cast
    return subject.answer(
        outcome="refused",
        reason=_sentence(subject, cause),
        traceback="".join(traceback.format_exception(cause))[-MOST_TRACEBACK:],
        on_any_device=False,
        **_numbers(cost),
    )


def _placements(subject: _Subject) -> Iterator[Placement]:
    """As training uses it first. Casting is tried only where it changes something."""
    yield from PLACEMENTS
    try:
        other = {each.dtype for each in subject.build().parameters() if each.dtype.is_floating_point} - {torch.float32}
    except USER_CODE_ERRORS:
        return
    if other:
        yield from CASTS


def _train(subject: _Subject, placement: Placement) -> nn.Module:
    """A training step, an evaluation, and another step: a network may keep something of each that the next one meets.
    Raises Refused, and what its code raises."""
    model = placement.network(subject.build(), subject.device, subject.image_shape)
    own = dict(model.named_parameters())
    trained = [each for each in own.values() if each.requires_grad]
    if not trained:
        raise Refused(f"{subject.key} has no parameters to train.")
    optimiser = torch.optim.SGD(trained, lr=RATE)
    images, labels = _batch(subject)
    reached = _step(subject, model, placement.images(images[:IMAGES]), labels, optimiser)
    _evaluate(subject, model, placement, images)
    replaced = [name for name, each in own.items() if dict(model.named_parameters()).get(name) is not each]
    if replaced:
        raise Refused(
            f"{subject.key} replaces its parameters in eval mode ({', '.join(layers_of(replaced, own)[:5])}), so that"
            " the optimiser goes on with the old ones. Leave that to a method that is called after training."
        )
    notes = list(subject.notes)
    try:
        reached |= _step(subject, model, placement.images(images[:IMAGES]), labels, optimiser)
    except USER_CODE_ERRORS as error:
        error.add_note("in the second training step, after an evaluation")
        raise
    subject.notes[:] = [*notes, *untrained(own, reached)]
    return model


def _step(
    subject: _Subject, model: nn.Module, images: Tensor, labels: Tensor, optimiser: torch.optim.Optimizer
) -> set[str]:
    """Gives the names of the parameters that got a gradient."""
    model.train()
    own = dict(model.named_parameters())
    outputs = model(images)
    check_late_layers(subject.key, model, own)
    logits = checked_logits(subject.key, subject.classes, outputs, IMAGES)
    loss = _loss(subject, model, outputs, labels)
    check_graph(subject.key, loss, own)
    loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    reached = {name for name, each in own.items() if each.grad is not None}
    if not hasattr(model, LOSS_METHOD):
        check_head(subject.key, outputs, logits, {each for name, each in own.items() if name not in reached})
    optimiser.step()
    optimiser.zero_grad()
    return reached


def _evaluate(subject: _Subject, model: nn.Module, placement: Placement, images: Tensor) -> None:
    """On more images than it has trained on, as in a run, and on a last batch of one."""
    model.eval()
    with torch.no_grad():
        for images_at_once in (len(images), 1):
            outputs = model(placement.images(images[:images_at_once]))
            logits = checked_logits(subject.key, subject.classes, outputs, images_at_once)
    if bool(((logits >= 0).all() & ((logits.sum(1) - 1).abs() < 1e-4).all()).item()) and subject.classes > 1:
        subject.notes.append("Its outputs look like probabilities; the loss expects logits: leave the softmax out.")


def _batch(subject: _Subject) -> tuple[Tensor, Tensor]:
    """Images of noise as normalised ones are, channels-last as batches come, and labels of those to train on."""
    torch.manual_seed(SEED)
    images = torch.randn(EVALUATED, *subject.image_shape).contiguous(memory_format=torch.channels_last)
    return images.to(subject.device), torch.arange(IMAGES, device=subject.device) % subject.classes


def _loss(subject: _Subject, model: nn.Module, outputs: Any, labels: Tensor) -> Tensor:
    if hasattr(model, LOSS_METHOD):
        subject.notes.append(f"Has a loss of its own: {LOSS_METHOD}().")
    elif (parts := count(outputs)) > 1:
        subject.notes.append(
            f"Gives {parts} outputs in training mode ({shapes(outputs)}); {trained_on(outputs)} is trained on as the"
            " logits."
        )
    loss = loss_of(model, outputs, lambda logits: functional.cross_entropy(logits_of(logits), labels))
    if not isinstance(loss, Tensor) or loss.numel() != 1:
        given = shape_of(loss) if isinstance(loss, Tensor) else type(loss).__name__
        raise Refused(f"{LOSS_METHOD}() of {subject.key} gives {given}; it must give a tensor of one number.")
    return loss


# -- Cost -------------------------------------------------------------------------------------------------------------


def _cost_without_arithmetic(subject: _Subject) -> Cost | None:
    try:
        with torch.device("meta"):
            return Cost.of(measure(subject.build(), torch.zeros(1, *subject.image_shape)))
    except USER_CODE_ERRORS:
        return None


def _cost_of(model: nn.Module, subject: _Subject) -> Cost | None:
    """None where its modules cannot be watched: that it trains is known already."""
    try:
        return Cost.of(measure(model, torch.zeros(1, *subject.image_shape, device=subject.device)))
    except USER_CODE_ERRORS:
        return None


def _too_heavy(subject: _Subject, cost: Cost | None) -> str | None:
    """Why the check would take too long or too much memory."""
    if cost is None:
        return None
    if subject.device.type == "cpu" and cost.flops > MOST_FLOPS:
        return f"not checked: {cost.flops / 1e9:.0f} GFLOPs an image take too long"
    needed, free = cost.parameters * 4 * 4, psutil.virtual_memory().available
    if needed > MOST_MEMORY * free:
        return f"not checked: it would take {needed / 2**30:.1f} GiB of {free / 2**30:.1f} GiB of free memory"
    return None


def _numbers(cost: Cost | None) -> dict[str, int | None]:
    return {} if cost is None else cost._asdict()


# -- Words ------------------------------------------------------------------------------------------------------------


def _placement_notes(placement: Placement, errors: list[BaseException]) -> list[str]:
    notes = []
    if placement.memory_format == "contiguous":
        notes.append(
            f"Trains in contiguous memory format: it does not take channels-last tensors ({_line(errors[0])})."
        )
    if placement.cast:
        notes.append("Its weights are cast to float32, which images are in.")
    return notes


def _sentence(subject: _Subject, error: BaseException) -> str:
    _, height, width = subject.image_shape
    at = f"{height} x {width} images and {subject.classes} classes"
    own = _own_frames(error)
    where = next((f" ({Path(frame.filename).name}, line {frame.lineno}, in {frame.name})" for frame in own), "")
    notes = "".join(f", {note}" for note in getattr(error, "__notes__", ()))
    return with_remedy(f"{subject.key} cannot be trained on {at}: {_line(error)}{notes}{where}", error)


def _own_frames(error: BaseException) -> Iterator[traceback.FrameSummary]:
    """Of the network's own code, innermost first: neither torch's nor the lab's."""
    others = (str(Path(torch.__file__).parent), str(Path(__file__).parent.parent))
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if not frame.filename.startswith(others):
            yield frame


def _line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:300]}" if text else type(error).__name__
