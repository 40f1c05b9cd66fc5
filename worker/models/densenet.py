"""DenseNet: each layer receives the feature maps of all earlier layers of its block (Huang et al. 2017)."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

Stem = Literal["imagenet", "cifar", "bare"]


class _DenseLayer(nn.Module):
    """A 1x1 bottleneck and a 3x3 convolution, whose `growth` channels are concatenated to the input."""

    def __init__(self, channels: int, *, growth: int, bottleneck: int) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(channels)
        self.relu1 = nn.ReLU(inplace=True)
        self.conv1 = nn.Conv2d(channels, bottleneck * growth, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(bottleneck * growth)
        self.relu2 = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(bottleneck * growth, growth, 3, padding=1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        new = self.conv1(self.relu1(self.norm1(x)))
        new = self.conv2(self.relu2(self.norm2(new)))
        return torch.cat([x, new], dim=1)


class _DenseBlock(nn.Sequential):
    """Layers that each read the outputs of all earlier ones."""

    def __init__(self, layers: int, channels: int, *, growth: int, bottleneck: int) -> None:
        super().__init__(
            OrderedDict(
                (
                    f"denselayer{number + 1}",
                    _DenseLayer(channels + number * growth, growth=growth, bottleneck=bottleneck),
                )
                for number in range(layers)
            )
        )


class _Transition(nn.Sequential):
    """Halves the channels, the height and the width."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)
        self.conv = nn.Conv2d(channels, channels // 2, 1, bias=False)
        self.pool = nn.AvgPool2d(2, 2)


class DenseNet(nn.Module):
    """Dense blocks with `blocks` layers each, and transitions between them. Input: (N, 3, H, W).

    `stem`: `imagenet` reduces each side to a quarter (as in the original report), `cifar` keeps it, `bare` is the
    single convolution that Huang et al. use for CIFAR. `growth`: channels per layer (k). `bottleneck`: channels of the
    1x1 convolutions in multiples of `growth`. `initial`: channels after the stem.
    """

    def __init__(
        self,
        *,
        classes: int,
        stem: Stem,
        growth: int = 32,
        blocks: Sequence[int] = (4, 4, 4, 4),
        bottleneck: int = 4,
        initial: int = 64,
    ) -> None:
        super().__init__()
        self.features = _stem(stem, initial)
        channels = initial
        for number, layers in enumerate(blocks, start=1):
            block = _DenseBlock(layers, channels, growth=growth, bottleneck=bottleneck)
            self.features.add_module(f"denseblock{number}", block)
            channels += layers * growth
            if number < len(blocks):
                self.features.add_module(f"transition{number}", _Transition(channels))
                channels //= 2
        self.features.add_module(f"norm{len(blocks) + 1}", nn.BatchNorm2d(channels))
        self.classifier = nn.Linear(channels, classes)

    def forward(self, images: Tensor) -> Tensor:
        x = functional.relu(self.features(images), inplace=True)
        logits: Tensor = self.classifier(functional.adaptive_avg_pool2d(x, 1).flatten(1))
        return logits


def _stem(stem: Stem, channels: int) -> nn.Sequential:
    if stem == "bare":
        return nn.Sequential(OrderedDict(conv0=nn.Conv2d(3, channels, 3, padding=1, bias=False)))
    parts: OrderedDict[str, nn.Module] = OrderedDict()
    if stem == "imagenet":
        parts["conv0"] = nn.Conv2d(3, channels, 7, stride=2, padding=3, bias=False)
    else:
        parts["conv0"] = nn.Conv2d(3, channels, 3, padding=1, bias=False)
    parts["norm0"] = nn.BatchNorm2d(channels)
    parts["relu0"] = nn.ReLU(inplace=True)
    if stem == "imagenet":
        parts["pool0"] = nn.MaxPool2d(3, stride=2, padding=1)
    return nn.Sequential(parts)
