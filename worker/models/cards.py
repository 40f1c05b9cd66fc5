"""A network's card: what it costs and how it is built, measured without weights (meta device)."""

import re

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from backend.contract.catalog import ModelCard
from worker.models.registry import MODELS, build

IMAGE_SHAPE = (3, 32, 32)
CLASSES = 10


def cards() -> list[ModelCard]:
    return [card(key) for key in MODELS]


def card(key: str) -> ModelCard:
    """Measured at 3x32x32 and 10 classes."""
    with torch.device("meta"):
        model = build(key, classes=CLASSES, image_shape=IMAGE_SHAPE)
        images = torch.empty(1, *IMAGE_SHAPE)
    return ModelCard(
        key=key,
        label=MODELS[key].label,
        parameters=sum(parameter.numel() for parameter in model.parameters()),
        flops=_flops(model, images),
        structure=structure(model),
        paper=MODELS[key].paper,
    )


def structure(model: nn.Module) -> str:
    """The module tree, without a field that newer versions of torch add to each BatchNorm."""
    return re.sub(r"(BatchNorm\w*\(.*?)bias=True, ", r"\1", str(model))


def _flops(model: nn.Module, images: torch.Tensor) -> int:
    """Of one image forward, 2 x multiply-accumulate."""
    counter = FlopCounterMode(display=False)
    with counter, torch.no_grad():
        model.eval()(images)
    return counter.get_total_flops()
