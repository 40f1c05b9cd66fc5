"""A network by its key, whoever made it: the lab's own, or torchvision's."""

from torch import nn

from worker.models import registry, vision, zoo
from worker.models.network import Shape


def build(key: str, *, classes: int, image_shape: Shape) -> nn.Module:
    """With fresh weights from torch's present random state. `image_shape`: channels, height, width.

    Raises UnknownModel, ImageTooSmall, and for torchvision's what `zoo.build` raises.
    """
    if key.startswith(vision.PREFIX):
        return zoo.build(key, classes=classes, image_shape=image_shape)
    return registry.find(key).build(key, classes=classes, image_shape=image_shape)
