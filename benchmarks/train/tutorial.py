"""The baseline: the loop of PyTorch's CIFAR-10 tutorial, line by line, with our batch size and augmentation.

https://docs.pytorch.org/tutorials/beginner/blitz/cifar10_tutorial.html: torchvision's data set, PIL transforms, a
DataLoader with two workers, `loss.item()` after each step.
"""

import time
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader
from torchvision import transforms
from torchvision.datasets import CIFAR10, VisionDataset

from worker.datasets.images import Images, Labels

WORKERS = 2

Batches = DataLoader[tuple[Tensor, Tensor]]


def transform(*, augment: bool) -> Callable[[object], Tensor]:
    augmentation = [transforms.RandomCrop(32, padding=4), transforms.RandomHorizontalFlip()] if augment else []
    normalise = transforms.Normalize((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
    composed: Callable[[object], Tensor] = transforms.Compose([*augmentation, transforms.ToTensor(), normalise])
    return composed


class Cifar10InMemory(CIFAR10):  # type: ignore[misc]  # torchvision ships no types
    """torchvision's data set with its item access, but from memory."""

    def __init__(self, images: Images, labels: Labels, transform: Callable[[object], Tensor]) -> None:
        VisionDataset.__init__(self, root=None, transform=transform)
        self.data, self.targets = images, labels.tolist()


def seconds_of_epoch(net: nn.Module, images: Images, labels: Labels, batch_size: int) -> float:
    """Return the seconds of one training epoch, from the first batch on: starting the workers is not counted."""
    trainset = Cifar10InMemory(images, labels, transform(augment=True))
    trainloader: Batches = DataLoader(trainset, batch_size=batch_size, shuffle=True, num_workers=WORKERS)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.001, momentum=0.9)
    net.train()
    running_loss = 0.0
    batches = iter(trainloader)
    data = next(batches, None)
    began = time.perf_counter()
    while data is not None:
        inputs, labels_of_batch = data
        optimizer.zero_grad()
        outputs = net(inputs)
        loss = criterion(outputs, labels_of_batch)
        loss.backward()
        optimizer.step()
        running_loss += loss.item()
        data = next(batches, None)
    return time.perf_counter() - began


def seconds_of_evaluation(net: nn.Module, images: Images, labels: Labels, batch_size: int) -> float:
    """Return the seconds of computing the accuracy, in eval mode (which the tutorial omits: it has no batch norm)."""
    testset = Cifar10InMemory(images, labels, transform(augment=False))
    testloader: Batches = DataLoader(testset, batch_size=batch_size, shuffle=False, num_workers=WORKERS)
    net.eval()
    correct, total = 0, 0
    batches = iter(testloader)
    data = next(batches, None)
    began = time.perf_counter()
    with torch.no_grad():
        while data is not None:
            inputs, labels_of_batch = data
            outputs = net(inputs)
            _, predicted = torch.max(outputs.data, 1)
            total += labels_of_batch.size(0)
            correct += (predicted == labels_of_batch).sum().item()
            data = next(batches, None)
    return time.perf_counter() - began
