"""Registry of the built-in networks by key."""

from functools import partial

from worker.errors import CannotTrain
from worker.models.cnn import Net
from worker.models.densenet import DenseNet
from worker.models.ladder import Ladder
from worker.models.network import Network
from worker.models.resnet import ResNet
from worker.models.senet import SENet

LECUN = "LeCun et al. 1998, Gradient-based learning applied to document recognition"
HE = "He et al. 2016, Deep residual learning for image recognition"
HUANG = "Huang et al. 2017, Densely connected convolutional networks"
HU = "Hu et al. 2018, Squeeze-and-excitation networks"

UNNORMALISED_RATE = 0.001
"""Learning rate without normalisation, where activations are unbounded: the usual rate diverges at once."""


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
    for depth in (20, 56):
        # Batch normalisation hides vanishing and exploding gradients.
        for kind, label, residual in (("plain", "Plain", False), ("resnet", "ResNet", True)):
            bare = partial(Ladder, depth=depth, residual=residual, norm=False)
            name = f"{label}-{depth}, no normalisation"
            ladders[f"{kind}{depth}_nonorm"] = Network(name, bare, HE, 8, defaults={"learning_rate": UNNORMALISED_RATE})
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
        super().__init__(f"There is no network {key!r}. Built-in networks: {', '.join(MODELS)}.")


def find(key: str) -> Network:
    """Return a built-in network by key. Raises UnknownModel."""
    if key not in MODELS:
        raise UnknownModel(key)
    return MODELS[key]
