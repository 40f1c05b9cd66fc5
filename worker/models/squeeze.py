"""Squeeze-and-excitation: channels weighted by globally pooled features (Hu et al. 2018, arXiv:1709.01507)."""

from torch import Tensor, nn


class SEBlock(nn.Module):
    """Squeeze-and-excitation block (Hu et al. 2018, section 3); input and output are (N, C, H, W).

    The bottleneck has `channels // reduction` channels, but at least `least`.
    """

    def __init__(self, channels: int, *, reduction: int = 16, least: int = 1) -> None:
        super().__init__()
        squeezed = max(channels // reduction, least)
        self.avg_pool = nn.AdaptiveAvgPool2d(1)
        self.fc1 = nn.Conv2d(channels, squeezed, 1, bias=False)
        self.relu = nn.ReLU(inplace=True)
        self.fc2 = nn.Conv2d(squeezed, channels, 1, bias=False)
        self.sigmoid = nn.Sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        weights: Tensor = self.sigmoid(self.fc2(self.relu(self.fc1(self.avg_pool(x)))))
        return x * weights
