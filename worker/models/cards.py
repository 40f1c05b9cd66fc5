"""A network's card: what it costs and how it is built, measured without weights (meta device)."""

import hashlib
from collections.abc import Collection
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path
from typing import Any

import torch

from backend.contract.catalog import ModelDetails, Origin
from worker.models.measure import NotLogits, measure, structure
from worker.models.network import Network, Shape
from worker.models.registry import MODELS, find
from worker.models.wiring import blocks_of

SIDE = 32
CLASSES = 10


def cards(*, known: Collection[tuple[str, str | None]] = ()) -> list[ModelDetails]:
    """Of the built-in networks. `known`: keys and sources of cards that are measured already; those stay plain."""
    source = fingerprint()
    return [plain_card(key, find(key), source=source) if (key, source) in known else card(key) for key in MODELS]


def card(key: str) -> ModelDetails:
    return measured_card(key, find(key), source=fingerprint())


@cache
def fingerprint() -> str:
    """Of all that the built-in networks' numbers depend on: this package's sources and torch."""
    sources = b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
    return f"skiplab {hashlib.sha256(sources).hexdigest()[:12]}, torch {torch.__version__}"


def plain_card(key: str, network: Network, *, origin: Origin = "built-in", source: str | None = None) -> ModelDetails:
    """What is known without building it."""
    return ModelDetails(
        key=key,
        label=network.label,
        origin=origin,
        source=source,
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
    image_shape: Shape | None = None,
    place: AbstractContextManager[Any] | None = None,
) -> ModelDetails:
    """Measured at 10 classes and, if nothing else is said, 3x32x32 or the smallest images that it takes above that.

    `place`: where its tensors are made, such as `torch.device("cpu")`; the meta device if nothing is said.
    """
    side = max(SIDE, network.smallest or 0)
    shape = image_shape or (3, side, side)
    with place or torch.device("meta"):
        model = network.build(key, classes=CLASSES, image_shape=shape)
        measures = measure(model, torch.zeros(1, *shape))
    if measures.output_shape != [1, CLASSES]:
        raise NotLogits(
            f"{key} gives {measures.output_shape} for one image; logits of {CLASSES} classes are 1 x {CLASSES}."
        )
    numbers = {
        "measured": True,
        "image_shape": shape,
        "parameters": measures.parameters,
        "flops": measures.flops,
        "depth": measures.depth,
        "layers": measures.layers,
        "structure": structure(model),
        "blocks": blocks_of(model) if origin == "built-in" else None,
    }
    return plain_card(key, network, origin=origin, source=source).model_copy(update=numbers)
