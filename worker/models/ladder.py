"""The CIFAR depth ladders: ResNet-6n+2, their plain twins, and SE-ResNets. He et al. 2016, section 4.2.

All have one code path: a plain network is its residual twin without the additions, with the same initial weights; one
without normalisation is its normalised twin with biases instead of the norms.
"""

from torch import Tensor, nn
from torch.nn import functional

from worker.models.squeeze import SEBlock


class Unit(nn.Module):
    """Two 3x3 convolutions, with or without a shortcut. Input: (N, C, H, W).

    The shortcut has no parameters: where the shape changes, it takes every other pixel and pads the new channels with
    zeros (option A of He et al.).
    """

    def __init__(
        self, channels_in: int, channels: int, *, stride: int, residual: bool, squeeze: bool, norm: bool
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, channels, 3, stride=stride, padding=1, bias=not norm)
        self.bn1 = nn.BatchNorm2d(channels) if norm else nn.Identity()
        self.relu1 = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=not norm)
        self.bn2 = nn.BatchNorm2d(channels) if norm else nn.Identity()
        self.se = SEBlock(channels, least=4) if squeeze else None
        self.relu2 = nn.ReLU(inplace=True)
        self.residual, self._stride, self._new_channels = residual, stride, channels - channels_in

    def forward(self, x: Tensor) -> Tensor:
        out = self.bn2(self.conv2(self.relu1(self.bn1(self.conv1(x)))))
        if self.se is not None:
            out = self.se(out)
        if self.residual:
            out = out + self._shortcut(x)
        activated: Tensor = self.relu2(out)
        return activated

    def _shortcut(self, x: Tensor) -> Tensor:
        if self._new_channels:
            # Pairs of paddings from the last dimension on: none for width and height, new channels at the end.
            x = functional.pad(x[:, :, :: self._stride, :: self._stride], (0, 0, 0, 0, 0, self._new_channels))
        return x


class Ladder(nn.Module):
    """`depth` = 6n + 2 layers in three stages of 16, 32 and 64 channels. Input: (N, 3, H, W)."""

    def __init__(
        self, *, classes: int, depth: int, residual: bool = True, squeeze: bool = False, norm: bool = True
    ) -> None:
        super().__init__()
        units, rest = divmod(depth - 2, 6)
        if rest or units < 1:
            raise ValueError(f"depth {depth} is not 6n + 2, such as 20, 32, 44, 56, 110")

        def stage(channels_in: int, channels: int, stride: int) -> nn.Sequential:
            shapes = [(channels_in, stride)] + [(channels, 1)] * (units - 1)
            return nn.Sequential(
                *(
                    Unit(width, channels, stride=step, residual=residual, squeeze=squeeze, norm=norm)
                    for width, step in shapes
                )
            )

        self.conv1 = nn.Conv2d(3, 16, 3, padding=1, bias=not norm)
        self.bn1 = nn.BatchNorm2d(16) if norm else nn.Identity()
        self.relu1 = nn.ReLU(inplace=True)
        self.stage1 = stage(16, 16, 1)
        self.stage2 = stage(16, 32, 2)
        self.stage3 = stage(32, 64, 2)
        self.avg_pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(64, classes)
        self.apply(_he_initialise)

    def forward(self, images: Tensor) -> Tensor:
        x = self.relu1(self.bn1(self.conv1(images)))
        x = self.stage3(self.stage2(self.stage1(x)))
        logits: Tensor = self.fc(self.avg_pool(x).flatten(1))
        return logits


def _he_initialise(module: nn.Module) -> None:
    """Initialise so that the variance of activations is preserved through each ReLU (He et al. 2015)."""
    if isinstance(module, nn.Conv2d | nn.Linear):
        nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        if module.bias is not None:
            nn.init.zeros_(module.bias)
