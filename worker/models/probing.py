"""The card of a new plugin network: measured if possible, with a training check."""

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
"""A network is built for two counts before it is said to give as many logits whatever the classes."""

SIDES = (28, 64, 96, 224, 299)
"""Of usual images, in pixels: for networks that take only one size, which they do not always declare."""


Runner = Callable[[Callable[[], Any]], Any]
"""Runs a function in whatever process; may raise ForkFailed."""


def in_process(function: Callable[[], Any]) -> Any:
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
    """Measured at the first image shape that it takes: the usual one, the other usual sizes, `shapes`. A network of
    fixed classes is measured at these. What fails everywhere has the first error on its card, as `explain` puts it.

    `run` is asked for a process for each trial: a network may keep tensors of one device, of which the next trial must
    know nothing.
    """
    trial = _Trial(key, network, origin, source, version, explain)
    error: str | None = None
    for shape in _candidates(network, shapes):
        tried = _tried(trial, shape, run)
        if tried.card is not None:
            return _checked_by(run, key, network, tried.card)
        error = error or tried.error
        if not tried.is_built:
            break
    plain = plain_card(key, network, origin=origin, source=source, version=version)
    return plain.model_copy(update={"error": error})


def with_training_check(key: str, network: Network, card: ModelDetails) -> ModelDetails:
    """A measured card with one training step, tried at its shape and classes."""
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
    """Of one image shape: a card, or why there is none."""

    card: ModelDetails | None = None
    error: str | None = None
    is_final: bool = False  # another device would say the same
    is_built: bool = True  # and fails when it is called
    is_transient: bool = False  # the error is of the machine and not of the network


@dataclass(frozen=True)
class _Trial:
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
        """Whether it gives as many logits as it gave for CLASSES when it is asked for another number of them."""
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


def _tried(trial: _Trial, shape: Shape, run: Runner) -> Probed:
    """On the meta device, or with real numbers when its code cannot be run without."""
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
    usual = usual_shape(network)
    others = [*((3, side, side) for side in SIDES), *shapes]
    wide_enough = [shape for shape in others if min(shape[1:]) >= (network.smallest or 0)]
    yield from dict.fromkeys([usual, *wide_enough])
