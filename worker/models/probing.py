"""Probe a plugin's network: find an image shape and number of classes that it accepts, measure it, and check that it
trains."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch

from skiplab.contract.catalog import ModelDetails, Origin
from skiplab.contract.check import TrainingCheck
from worker.forked import ForkFailed
from worker.models.cards import CLASSES, WrongClassCount, measured_card, plain_card, usual_shape, with_check
from worker.models.check import check_training
from worker.models.cost import Cost
from worker.models.faults import USER_CODE_ERRORS, is_transient
from worker.models.network import Network, Shape
from worker.models.outputs import NotLogits, logits_of

OTHER_CLASSES = CLASSES + 1
"""A second number of classes, which shows whether the number of logits follows it."""

SIDES = (28, 64, 96, 224, 299)
"""Common image sizes in pixels, for networks that accept only one and do not declare it."""


Runner = Callable[[Callable[[], Any]], Any]
"""Calls a function and returns its result, in this process or a forked one; may raise ForkFailed."""


def in_process(function: Callable[[], Any]) -> Any:
    """Call a function in this process."""
    return function()


def probed_card(
    key: str,
    network: Network,
    *,
    origin: Origin,
    source: str | None,
    version: str,
    explain: Callable[[BaseException], str],
    shapes: Iterable[Shape] = (),
    run: Runner = in_process,
) -> ModelDetails:
    """Return a card measured at the first image shape that the network accepts, with a training check.

    Tries the usual shape, then SIDES, then `shapes`. A network with a fixed number of classes is measured at that
    number. If all shapes fail, the card has the first error, described by `explain`.

    `run`: calls each trial, by default in this process; use a forked one for code that may keep tensors of one device,
    which would fail in the next trial.
    """
    trial = _Trial(key, network, origin, source, version, explain)
    error: str | None = None
    for shape in _candidates(network, shapes):
        probed = _probe(trial, shape, run)
        if probed.card is not None:
            return _checked_by(run, key, network, probed.card)
        error = error or probed.error
        if not probed.is_built:
            break
    plain = plain_card(key, network, origin=origin, source=source, version=version)
    return plain.model_copy(update={"error": error})


def with_training_check(key: str, network: Network, card: ModelDetails) -> ModelDetails:
    """Add a training check, at its shape and classes, to a measured card."""
    assert card.parameters is not None
    assert card.flops is not None
    check = check_training(
        key,
        lambda: network.build(key, classes=card.classes, image_shape=card.image_shape),
        classes=card.classes,
        image_shape=card.image_shape,
        cost=Cost(card.parameters, card.flops, card.depth),
    )
    return with_check(card, check)


def _checked_by(run: Runner, key: str, network: Network, card: ModelDetails) -> ModelDetails:
    try:
        found: ModelDetails = run(lambda: with_training_check(key, network, card))
    except ForkFailed as death:
        reason = f"not checked: {str(death).splitlines()[-1]}"
        check = TrainingCheck(image_shape=card.image_shape, classes=card.classes, outcome="unknown", reason=reason)
        return with_check(card, check)
    return found


@dataclass(frozen=True)
class Probed:
    """Result for one image shape: a card, or why there is none."""

    card: ModelDetails | None = None
    error: str | None = None
    is_final: bool = False  # the error does not depend on the device
    is_built: bool = True  # the error is in forward(); another shape may succeed
    is_transient: bool = False  # a retry may succeed


@dataclass(frozen=True)
class _Trial:
    """Probes one network; `at` one image shape and device."""

    key: str
    network: Network
    origin: Origin
    source: str | None
    version: str
    explain: Callable[[BaseException], str]

    def at(self, shape: Shape, device: str) -> Probed:
        try:
            return Probed(self._measured(shape, device))
        except USER_CODE_ERRORS as error:
            is_final = isinstance(error, NotLogits)
            is_built = device == "meta" or self._can_be_built(shape)
            return Probed(None, self.explain(error), is_final, is_built, is_transient(error))

    def _measured(self, shape: Shape, device: str) -> ModelDetails:
        try:
            card = self._card(shape, CLASSES, device)
            return card.model_copy(update={"fixed_classes": CLASSES}) if self._is_fixed(shape, device) else card
        except WrongClassCount as other:
            # Without parameters, such as nn.Flatten, it returns pixels, whose number is no fixed number of classes.
            if other.count is None or not self._has_parameters(shape):
                raise
            try:
                card = self._card(shape, other.count, device)
            except WrongClassCount:
                raise other from None
            return card.model_copy(update={"fixed_classes": other.count})

    def _card(self, shape: Shape, classes: int, device: str) -> ModelDetails:
        return measured_card(
            self.key,
            self.network,
            origin=self.origin,
            source=self.source,
            version=self.version,
            image_shape=shape,
            classes=classes,
            place=torch.device(device),
        )

    def _is_fixed(self, shape: Shape, device: str) -> bool:
        """Return whether it returns CLASSES logits although it is built for another number of classes."""
        try:
            with torch.device(device), torch.no_grad():
                model = self.network.build(self.key, classes=OTHER_CLASSES, image_shape=shape)
                logits = logits_of(model.eval()(torch.zeros(1, *shape)))
                return logits.shape == (1, CLASSES) and next(model.parameters(), None) is not None
        except USER_CODE_ERRORS:
            return False

    def _has_parameters(self, shape: Shape) -> bool:
        model = self.network.build(self.key, classes=CLASSES, image_shape=shape)
        return next(model.parameters(), None) is not None

    def _can_be_built(self, shape: Shape) -> bool:
        try:
            self.network.build(self.key, classes=CLASSES, image_shape=shape)
        except USER_CODE_ERRORS:
            return False
        return True


def _probe(trial: _Trial, shape: Shape, run: Runner) -> Probed:
    """Probe one shape on the meta device, and on the CPU if its code needs real numbers."""
    found = Probed()
    for device in ("meta", "cpu"):
        try:
            found = run(partial(trial.at, shape, device))
        except ForkFailed as death:
            found = Probed(error=f"{death}\n{trial.key}: {str(death).splitlines()[-1]}", is_built=False)
        if found.card is not None or found.is_final:
            break
    return found


def _candidates(network: Network, shapes: Iterable[Shape]) -> Iterator[Shape]:
    """Yield the shapes to try, each once, without those below the declared minimum size."""
    usual = usual_shape(network)
    others = [*((3, side, side) for side in SIDES), *shapes]
    wide_enough = [shape for shape in others if min(shape[1:]) >= (network.smallest or 0)]
    yield from dict.fromkeys([usual, *wide_enough])
