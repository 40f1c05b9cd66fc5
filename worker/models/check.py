"""The training check: two real training steps of a network on two images, before a card or a run relies on it.

Measuring a card is a forward pass in eval mode on the meta device. It does not show problems with train mode, real
numbers, the memory format, the backward pass, or parameters that the optimiser never receives.
"""

import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from skiplab.contract.check import TrainingCheck
from worker.errors import CannotTrain
from worker.models.cost import SEED, Cost, build_seeded, cost_of, cost_on_meta, too_expensive
from worker.models.faults import USER_CODE_ERRORS, is_transient
from worker.models.global_state import preserved
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

Build = Callable[[], nn.Module]
"""Builds the network, with weights drawn from PyTorch's global generator."""

IMAGES, RATE = 2, 1e-3
"""Of a training step. Batch normalisation refuses a single image with feature maps of 1 x 1."""

EVALUATED = 3
"""Images of the evaluation: not as many as in training, since code may have stored that batch size."""

MAX_TRACEBACK = 8000
"""Characters; the last ones are kept."""


PLACEMENTS = (Placement(), Placement("contiguous"))
CASTS = (Placement(cast=True), Placement("contiguous", cast=True))


def check_training(
    key: str,
    build: Build,
    *,
    classes: int,
    image_shape: Shape,
    device: str = "cpu",
    cost: Cost | None = None,
    on_meta: bool = True,
) -> TrainingCheck:
    """Check whether a network trains on images (C, H, W) of this shape; errors of its code become the outcome.

    `cost`: known from its card. `on_meta`: otherwise measure on the meta device first; not for networks that keep
    tensors between calls, which would be on two devices. Global state of PyTorch and NumPy is restored.
    """
    subject = _Subject(key, build, classes, image_shape, torch.device(device))
    with preserved(device):
        return _check(subject, cost or (cost_on_meta(build, image_shape) if on_meta else None))


@dataclass
class _Subject:
    """The network to check, and the notes about it so far."""

    key: str
    make: Build
    classes: int
    image_shape: Shape
    device: torch.device
    notes: list[str] = field(default_factory=list)

    def build(self) -> nn.Module:
        return build_seeded(self.make)

    def result(self, **fields: Any) -> TrainingCheck:
        return TrainingCheck(image_shape=self.image_shape, classes=self.classes, device=self.device.type, **fields)


def _check(subject: _Subject, cost: Cost | None) -> TrainingCheck:
    if heavy := too_expensive(cost, subject.device):
        return subject.result(outcome="unknown", reason=heavy, **_numbers(cost))
    errors: list[BaseException] = []
    for placement in _placements(subject):
        subject.notes.clear()
        try:
            model = _train(subject, placement)
            cost = cost or cost_of(model, subject.image_shape, subject.device)
        except (Refused, CannotTrain) as refusal:
            return subject.result(outcome="refused", reason=str(refusal), **_numbers(cost))
        except USER_CODE_ERRORS as error:
            if is_transient(error):
                return subject.result(outcome="unknown", reason=f"not checked: {_line(error)}", **_numbers(cost))
            errors.append(error)
        else:
            notes = [*_placement_notes(placement, errors), *subject.notes]
            return subject.result(
                outcome="trains",
                memory_format=placement.memory_format,
                cast=placement.cast,
                notes=notes,
                **_numbers(cost),
            )
    # The error of a contiguous network without casts: what any other training loop would raise.
    cause = errors[min(1, len(errors) - 1)]
    return subject.result(
        outcome="refused",
        reason=_sentence(subject, cause),
        traceback="".join(traceback.format_exception(cause))[-MAX_TRACEBACK:],
        on_any_device=False,
        **_numbers(cost),
    )


def _placements(subject: _Subject) -> Iterator[Placement]:
    """Yield placements, that of ordinary runs first. Casts are tried only for networks that have other dtypes."""
    yield from PLACEMENTS
    try:
        other = {each.dtype for each in subject.build().parameters() if each.dtype.is_floating_point} - {torch.float32}
    except USER_CODE_ERRORS:
        return
    if other:
        yield from CASTS


def _train(subject: _Subject, placement: Placement) -> nn.Module:
    """Run a training step, an evaluation and another training step; return the network.

    The second step shows state that the network keeps from the first or from the evaluation. Raises Refused, and
    whatever the network's code raises.
    """
    model = placement.network(subject.build(), subject.device, subject.image_shape)
    own = dict(model.named_parameters())
    trained = [each for each in own.values() if each.requires_grad]
    if not trained:
        raise Refused(f"{subject.key} has no parameters to train.")
    # Created before the first step, as in a run: layers that forward() adds later are missing from it.
    optimiser = torch.optim.SGD(trained, lr=RATE)
    images, labels = _batch(subject)
    reached = _step(subject, model, placement.images(images[:IMAGES]), labels, optimiser)
    _evaluate(subject, model, placement, images)
    replaced = [name for name, each in own.items() if dict(model.named_parameters()).get(name) is not each]
    if replaced:
        raise Refused(
            f"{subject.key} replaces its parameters in eval mode ({', '.join(layers_of(replaced, own)[:5])}), while the"
            " optimiser keeps the old ones. Do that in a method that is called after training."
        )
    notes = list(subject.notes)  # the second step would repeat them
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
    """Run a training step; return the names of the parameters that got a gradient."""
    model.train()
    own = dict(model.named_parameters())
    outputs = model(images)
    check_late_layers(subject.key, model, own)
    logits = checked_logits(subject.key, subject.classes, outputs, IMAGES)
    loss = _loss(subject, model, outputs, labels)
    check_graph(subject.key, loss, own)
    loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    reached = {name for name, each in own.items() if each.grad is not None}
    # A loss of its own may use the outputs in any way.
    if not hasattr(model, LOSS_METHOD):
        check_head(subject.key, outputs, logits, {each for name, each in own.items() if name not in reached})
    optimiser.step()
    optimiser.zero_grad()
    return reached


def _evaluate(subject: _Subject, model: nn.Module, placement: Placement, images: Tensor) -> None:
    """Evaluate on another batch size than in training, and on a last batch of one image, as runs do."""
    model.eval()
    with torch.no_grad():
        for images_at_once in (len(images), 1):
            outputs = model(placement.images(images[:images_at_once]))
            logits = checked_logits(subject.key, subject.classes, outputs, images_at_once)
    if bool(((logits >= 0).all() & ((logits.sum(1) - 1).abs() < 1e-4).all()).item()) and subject.classes > 1:
        subject.notes.append("Its outputs look like probabilities, but the loss expects logits: remove the softmax.")


def _batch(subject: _Subject) -> tuple[Tensor, Tensor]:
    """Return standard normal images (EVALUATED, C, H, W), channels_last as in runs, and labels for the first ones."""
    torch.manual_seed(SEED)
    images = torch.randn(EVALUATED, *subject.image_shape).contiguous(memory_format=torch.channels_last)
    return images.to(subject.device), torch.arange(IMAGES, device=subject.device) % subject.classes


def _loss(subject: _Subject, model: nn.Module, outputs: Any, labels: Tensor) -> Tensor:
    if hasattr(model, LOSS_METHOD):
        subject.notes.append(f"Defines its own loss: {LOSS_METHOD}().")
    elif (parts := count(outputs)) > 1:
        subject.notes.append(
            f"Returns {parts} outputs in training mode ({shapes(outputs)}); {trained_on(outputs)} is used as the"
            " logits."
        )
    loss = loss_of(model, outputs, lambda logits: functional.cross_entropy(logits_of(logits), labels))
    if not isinstance(loss, Tensor) or loss.numel() != 1:
        given = shape_of(loss) if isinstance(loss, Tensor) else type(loss).__name__
        raise Refused(f"{LOSS_METHOD}() of {subject.key} returns {given}; it must return a tensor with one element.")
    return loss


# -- Text -------------------------------------------------------------------------------------------------------------


def _numbers(cost: Cost | None) -> dict[str, int | None]:
    return {} if cost is None else cost._asdict()


def _placement_notes(placement: Placement, errors: list[BaseException]) -> list[str]:
    notes = []
    if placement.memory_format == "contiguous":
        notes.append(
            f"Trains in contiguous memory format: it does not accept channels-last tensors ({_line(errors[0])})."
        )
    if placement.cast:
        notes.append("Its weights are cast to float32, the dtype of the images.")
    return notes


def _sentence(subject: _Subject, error: BaseException) -> str:
    _, height, width = subject.image_shape
    at = f"{height} x {width} images and {subject.classes} classes"
    own = _own_frames(error)
    where = next((f" ({Path(frame.filename).name}, line {frame.lineno}, in {frame.name})" for frame in own), "")
    notes = "".join(f", {note}" for note in getattr(error, "__notes__", ()))
    return with_remedy(f"{subject.key} cannot be trained on {at}: {_line(error)}{notes}{where}", error)


def _own_frames(error: BaseException) -> Iterator[traceback.FrameSummary]:
    """Yield the frames of the network's code, innermost first, without those of torch and Skiplab."""
    others = (str(Path(torch.__file__).parent), str(Path(__file__).parent.parent))
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if not frame.filename.startswith(others):
            yield frame


def _line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:300]}" if text else type(error).__name__
