"""The card of a network that nobody has tried before: measured where it can be, and with one training step."""

from collections.abc import Callable, Iterable, Iterator

import torch

from skiplab.contract.catalog import ModelDetails, Origin
from worker.models.cards import CLASSES, OtherCount, measured_card, plain_card, usual_shape, with_check
from worker.models.check import CODE, Cost, check_training
from worker.models.network import Network, Shape

SIDES = (28, 64, 96, 224, 299)
"""Of usual images, in pixels: for networks that take only one size, which they do not always declare."""


def tried_card(
    key: str,
    network: Network,
    *,
    origin: Origin,
    source: str | None,
    version: str,
    explain: Callable[[BaseException], str],
    shapes: Iterable[Shape] = (),
) -> ModelDetails:
    """Measured at the first image shape that it takes: the usual one, the other usual sizes, `shapes`. A network of
    fixed classes is measured at these. What fails everywhere has the first error on its card, as `explain` puts it."""
    error: str | None = None
    for shape in _candidates(network, shapes):
        try:
            card = _measured(key, network, origin, source, version, shape)
        except CODE as why:
            error = error or explain(why)
            if not _can_be_built(key, network, shape):
                break
        else:
            return checked(key, network, card)
    plain = plain_card(key, network, origin=origin, source=source, version=version)
    return plain.model_copy(update={"error": error})


def checked(key: str, network: Network, card: ModelDetails) -> ModelDetails:
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


def _candidates(network: Network, shapes: Iterable[Shape]) -> Iterator[Shape]:
    usual = usual_shape(network)
    others = [*((3, side, side) for side in SIDES), *shapes]
    wide_enough = [shape for shape in others if min(shape[1:]) >= (network.smallest or 0)]
    yield from dict.fromkeys([usual, *wide_enough])


def _measured(
    key: str, network: Network, origin: Origin, source: str | None, version: str, shape: Shape
) -> ModelDetails:
    def at(classes: int, device: str) -> ModelDetails:
        return measured_card(
            key,
            network,
            origin=origin,
            source=source,
            version=version,
            image_shape=shape,
            classes=classes,
            place=torch.device(device),
        )

    try:
        return _on_either(lambda device: at(CLASSES, device))
    except OtherCount as other:
        if other.count is None or not _has_parameters(key, network, shape):
            raise
        fixed = other.count
        try:
            card = _on_either(lambda device: at(fixed, device))
        except OtherCount:
            raise other from None
        return card.model_copy(update={"fixed_classes": fixed})


def _on_either(measure: Callable[[str], ModelDetails]) -> ModelDetails:
    """On the meta device, or with real numbers when its code cannot be run without."""
    try:
        return measure("meta")
    except OtherCount:
        raise
    except CODE:
        return measure("cpu")


def _has_parameters(key: str, network: Network, shape: Shape) -> bool:
    model = network.build(key, classes=CLASSES, image_shape=shape)
    return next(model.parameters(), None) is not None


def _can_be_built(key: str, network: Network, shape: Shape) -> bool:
    try:
        network.build(key, classes=CLASSES, image_shape=shape)
    except CODE:
        return False
    return True
