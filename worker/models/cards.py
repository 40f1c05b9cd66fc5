"""A network's card: what it costs and how it is built, measured without weights (meta device)."""

import torch

from backend.contract.catalog import ModelDetails
from worker.models.measure import measure, structure
from worker.models.registry import MODELS, build

IMAGE_SHAPE = (3, 32, 32)
CLASSES = 10


def cards() -> list[ModelDetails]:
    return [card(key) for key in MODELS]


def card(key: str) -> ModelDetails:
    """Measured at 3x32x32 and 10 classes."""
    with torch.device("meta"):
        model = build(key, classes=CLASSES, image_shape=IMAGE_SHAPE)
        measures = measure(model, torch.empty(1, *IMAGE_SHAPE))
    return ModelDetails(
        key=key,
        label=MODELS[key].label,
        paper=MODELS[key].paper,
        measured=True,
        image_shape=IMAGE_SHAPE,
        parameters=measures.parameters,
        flops=measures.flops,
        depth=measures.depth,
        smallest=MODELS[key].smallest,
        structure=structure(model),
        layers=measures.layers,
    )
