"""All networks by key: the one list that form, validation, cards and tests go by."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from torch import nn

from worker.errors import CannotTrain
from worker.models.cnn import Net
from worker.models.densenet import DenseNet
from worker.models.ladder import Ladder
from worker.models.resnet import ResNet
from worker.models.senet import SENet

LECUN = "LeCun et al. 1998, Gradient-based learning applied to document recognition"
HE = "He et al. 2016, Deep residual learning for image recognition"
HUANG = "Huang et al. 2017, Densely connected convolutional networks"
HU = "Hu et al. 2018, Squeeze-and-excitation networks"


@dataclass(frozen=True)
class Network:
    """How to build one network."""

    label: str
    builder: Callable[..., nn.Module]
    paper: str
    smallest: int  # pixels a side that it can take
    fits_image: bool = False  # whether the builder wants the images' shape


def _ladders() -> dict[str, Network]:
    ladders = {}
    for depth in (20, 32, 44, 56, 110):
        ladders[f"resnet{depth}"] = Network(f"ResNet-{depth}", partial(Ladder, depth=depth), HE, 8)
    for depth in (20, 32, 44, 56):
        plain = partial(Ladder, depth=depth, residual=False)
        ladders[f"plain{depth}"] = Network(f"Plain-{depth}", plain, HE, 8)
    for depth in (20, 56):
        squeezed = partial(Ladder, depth=depth, squeeze=True)
        ladders[f"se_resnet{depth}"] = Network(f"SE-ResNet-{depth}", squeezed, HU, 8)
    return ladders


MODELS: dict[str, Network] = {
    "cnn": Network("Plain CNN", Net, LECUN, 16, fits_image=True),
    "resnet18": Network("ResNet-18", ResNet, HE, 8),
    "densenet": Network("DenseNet, ImageNet stem", partial(DenseNet, stem="imagenet"), HUANG, 32),
    "se_resnet18_single": Network("SE-ResNet-18, one SE block", SENet, HU, 8),
    "plain18": Network("Plain-18", partial(ResNet, residual=False), HE, 8),
    "se_resnet18": Network("SE-ResNet-18", partial(ResNet, squeeze=True), HU, 8),
    "densenet_cifar": Network("DenseNet, CIFAR stem", partial(DenseNet, stem="cifar"), HUANG, 8),
    "densenet100_bc": Network(
        "DenseNet-BC-100 (k = 12)",
        partial(DenseNet, stem="bare", growth=12, blocks=(16, 16, 16), initial=24),
        HUANG,
        4,
    ),
    **_ladders(),
}


class UnknownModel(CannotTrain):
    def __init__(self, key: str) -> None:
        super().__init__(f"There is no network {key!r}; there are {', '.join(MODELS)}.")


class ImageTooSmall(CannotTrain):
    def __init__(self, key: str, image_shape: tuple[int, int, int], smallest: int) -> None:
        _, height, width = image_shape
        super().__init__(
            f"{key} needs images of at least {smallest} x {smallest} pixels; these are {height} x {width}."
        )


def build(key: str, *, classes: int, image_shape: tuple[int, int, int]) -> nn.Module:
    """A network with fresh weights from torch's present random state. `image_shape`: channels, height, width.

    Raises UnknownModel, ImageTooSmall.
    """
    network = MODELS.get(key)
    if network is None:
        raise UnknownModel(key)
    if min(image_shape[1:]) < network.smallest:
        raise ImageTooSmall(key, image_shape, network.smallest)
    if network.fits_image:
        return network.builder(classes=classes, image_shape=image_shape)
    return network.builder(classes=classes)
