"""ResNet-18 for small images (3x3 stem, no pool), its plain twin, and SE-ResNet-18 with a block in every unit.

All have one code path: the plain twin is the same network without the additions, so that any difference in training is
due to them.
"""

from torch import Tensor, nn
from torch.nn import functional

from worker.models.squeeze import SEBlock


class BasicBlock(nn.Module):
    """Two 3x3 convolutions, with or without a shortcut (He et al. 2016, figure 2). Input: (N, C, H, W)."""

    def __init__(self, channels_in: int, channels: int, *, stride: int) -> None:
        super().__init__()
        self.residual_function = nn.Sequential(
            nn.Conv2d(channels_in, channels, 3, stride=stride, padding=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
        )
        self.shortcut: nn.Module | None = None
        self._shape = channels_in, channels, stride

    def complete(self, *, residual: bool, squeeze: bool) -> None:
        """Add the modules in which the networks of the family differ."""
        channels_in, channels, stride = self._shape
        if squeeze:
            self.residual_function.append(SEBlock(channels))
        if residual:
            self.shortcut = _shortcut(channels_in, channels, stride)

    def forward(self, x: Tensor) -> Tensor:
        out = self.residual_function(x)
        if self.shortcut is not None:
            out = out + self.shortcut(x)
        return functional.relu(out, inplace=True)


class ResNet(nn.Module):
    """Four stages of two blocks, with 64 to 512 channels. Input: (N, 3, H, W)."""

    def __init__(self, *, classes: int, residual: bool = True, squeeze: bool = False) -> None:
        super().__init__()

        def stage(channels_in: int, channels: int, stride: int) -> nn.Sequential:
            return nn.Sequential(
                BasicBlock(channels_in, channels, stride=stride), BasicBlock(channels, channels, stride=1)
            )

        self.conv1 = nn.Sequential(
            nn.Conv2d(3, 64, 3, padding=1, bias=False), nn.BatchNorm2d(64), nn.ReLU(inplace=True)
        )
        self.conv2_x = stage(64, 64, 1)
        self.conv3_x = stage(64, 128, 2)
        self.conv4_x = stage(128, 256, 2)
        self.conv5_x = stage(256, 512, 2)
        self.avg_pool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(512, classes)
        # Last, so that the weights drawn here come after all others, which are then equal in the whole family
        # for a given seed.
        for block in self.modules():
            if isinstance(block, BasicBlock):
                block.complete(residual=residual, squeeze=squeeze)

    def forward(self, images: Tensor) -> Tensor:
        x = self.conv2_x(self.conv1(images))
        x = self.conv5_x(self.conv4_x(self.conv3_x(x)))
        logits: Tensor = self.fc(self.avg_pool(x).flatten(1))
        return logits


def _shortcut(channels_in: int, channels: int, stride: int) -> nn.Sequential:
    """Return an identity if the shapes are equal, and a 1x1 projection otherwise (option B of He et al.)."""
    if channels_in == channels and stride == 1:
        return nn.Sequential()
    return nn.Sequential(nn.Conv2d(channels_in, channels, 1, stride=stride, bias=False), nn.BatchNorm2d(channels))
