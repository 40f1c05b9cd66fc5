"""Plain CNN: the LeNet-5 variant of PyTorch's CIFAR-10 tutorial."""

from torch import Tensor, nn
from torch.nn import functional


class Net(nn.Module):
    """Two convolutions and three linear layers. Input: N x C x H x W, at least 16 x 16."""

    def __init__(self, *, classes: int, image_shape: tuple[int, int, int]) -> None:
        super().__init__()
        channels, height, width = image_shape
        self.conv1 = nn.Conv2d(channels, 6, 5)
        self.pool = nn.MaxPool2d(2, 2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(16 * _after_both(height) * _after_both(width), 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, classes)

    def forward(self, images: Tensor) -> Tensor:
        x = self.pool(functional.relu(self.conv1(images)))
        x = self.pool(functional.relu(self.conv2(x)))
        x = functional.relu(self.fc1(x.flatten(1)))
        x = functional.relu(self.fc2(x))
        logits: Tensor = self.fc3(x)
        return logits


def _after_both(size: int) -> int:
    """Return the side in pixels after two rounds of a 5x5 convolution and a 2x2 pool."""
    return ((size - 4) // 2 - 4) // 2
