"""Cards of networks: parameters, FLOPs, layers and structure, measured on the meta device."""

import hashlib
from collections.abc import Collection
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path
from typing import Any

import torch

from skiplab.contract.catalog import ModelDetails, Origin
from skiplab.contract.check import TrainingCheck
from worker.models.blocks import blocks_of
from worker.models.measure import measure, structure
from worker.models.network import Network, Shape
from worker.models.outputs import NotLogits
from worker.models.registry import MODELS, find

SIDE = 32
"""Image side in pixels at which cards are measured, unless the network needs more."""

CLASSES = 10
"""Number of classes for which cards are measured."""


def cards(*, known: Collection[tuple[str, str | None]] = ()) -> list[ModelDetails]:
    """Return the cards of the built-in networks. `known`: keys and sources of cards that need no measuring."""
    source = fingerprint()
    return [plain_card(key, find(key), source=source) if (key, source) in known else card(key) for key in MODELS]


def card(key: str) -> ModelDetails:
    """Return the measured card of a built-in network. Raises UnknownModel."""
    return measured_card(key, find(key), source=fingerprint())


@cache
def fingerprint() -> str:
    """Return an identifier of everything that built-in cards depend on: this package's sources and PyTorch."""
    # All of the package, not only the network's module: how a network is measured changes its card too.
    sources = b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
    return f"skiplab {hashlib.sha256(sources).hexdigest()[:12]}, torch {torch.__version__}"


class WrongClassCount(NotLogits):
    """Raised when a network returns another number of logits than classes."""

    def __init__(self, key: str, given: list[int], classes: int) -> None:
        super().__init__(f"{key} returns {given} for one image; logits for {classes} classes must be 1 x {classes}.")
        self.count = given[1] if len(given) == 2 and given[0] == 1 else None


def plain_card(
    key: str,
    network: Network,
    *,
    origin: Origin = "built-in",
    source: str | None = None,
    version: str | None = None,
) -> ModelDetails:
    """Return a card with what is known without building the network. `version`: of its code; default: `source`."""
    return ModelDetails(
        key=key,
        label=network.label,
        origin=origin,
        source=source,
        version=version or source,
        paper=network.paper,
        smallest=network.smallest,
        defaults=dict(network.defaults),
    )


def measured_card(
    key: str,
    network: Network,
    *,
    origin: Origin = "built-in",
    source: str | None = None,
    version: str | None = None,
    image_shape: Shape | None = None,
    classes: int = CLASSES,
    place: AbstractContextManager[Any] | None = None,
) -> ModelDetails:
    """Return a card with measured numbers.

    `image_shape`: (C, H, W); default: 3 x 32 x 32, or the smallest larger images that the network accepts. `place`:
    context in which its tensors are created; default: the meta device.

    Raises WrongClassCount, NotLogits, and whatever the network's code raises.
    """
    shape = image_shape or usual_shape(network)
    with place or torch.device("meta"):
        model = network.build(key, classes=classes, image_shape=shape)
        measures = measure(model, torch.zeros(1, *shape))
    if measures.output_shape != [1, classes]:
        raise WrongClassCount(key, measures.output_shape, classes)
    blocks, note = blocks_of(measures.recording)
    numbers = {
        "measured": True,
        "image_shape": shape,
        "classes": classes,
        "parameters": measures.parameters,
        "flops": measures.flops,
        "depth": measures.depth,
        "layers": measures.layers,
        "structure": structure(model),
        "blocks": blocks,
        "blocks_note": note,
    }
    return plain_card(key, network, origin=origin, source=source, version=version).model_copy(update=numbers)


def usual_shape(network: Network) -> Shape:
    """Return the image shape (C, H, W) at which a network is measured first."""
    side = max(SIDE, network.smallest or 0)
    return 3, side, side


def with_check(card: ModelDetails, check: TrainingCheck) -> ModelDetails:
    """Return a measured card with the result of the training check at its shape and classes."""
    notes = list(check.notes)
    if check.outcome == "refused" and check.reason is not None:
        notes.append(check.reason)
    memory_format = check.memory_format if check.outcome == "trains" else None
    return card.model_copy(update={"check": check, "notes": notes, "memory_format": memory_format})
