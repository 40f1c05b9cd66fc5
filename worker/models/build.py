"""Build a built-in network or one of torchvision's by key."""

from torch import nn

from worker.models import registry, vision, zoo
from worker.models.network import Shape


def build(key: str, *, classes: int, image_shape: Shape) -> nn.Module:
    """Build a network with weights initialised from PyTorch's global generator. `image_shape`: (C, H, W).

    Raises UnknownModel, ImageTooSmall, and for torchvision's what `zoo.build` raises.
    """
    if key.startswith(vision.PREFIX):
        return zoo.build(key, classes=classes, image_shape=image_shape)
    return registry.find(key).build(key, classes=classes, image_shape=image_shape)
