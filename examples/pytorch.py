"""A plain PyTorch script, logged to a lab with three lines: init, log, and the end that the block brings.

    python examples/pytorch.py --lr 0.1

Start a lab first (`make up`), or name one by SKIPLAB_URL. Needs torch; learns to tell horizontal from vertical bars.
"""

import argparse

import torch
from torch import nn

import skiplab


def bars(count: int, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Return noisy images (count, 1, 8, 8) with a bar, and whether it is vertical."""
    images = torch.randn(count, 1, 8, 8, generator=generator) * 0.7
    places = torch.randint(8, (count,), generator=generator)
    vertical = torch.randint(2, (count,), generator=generator)
    for image, place, is_vertical in zip(images, places, vertical, strict=True):
        image[0, :, place] += is_vertical
        image[0, place, :] += 1 - is_vertical
    return images, vertical


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--epochs", type=int, default=10)
    arguments = parser.parse_args()

    generator = torch.Generator().manual_seed(0)
    images, labels = bars(2000, generator)
    test_images, test_labels = bars(500, generator)
    network = nn.Sequential(
        nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Conv2d(8, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(128, 2)
    )
    optimiser = torch.optim.SGD(network.parameters(), lr=arguments.lr, momentum=0.9)

    with skiplab.init(experiment="bars", config=arguments) as run:
        for epoch in range(1, arguments.epochs + 1):
            for batch in torch.randperm(len(images), generator=generator).split(50):
                loss = nn.functional.cross_entropy(network(images[batch]), labels[batch])
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
                run.log({"train/loss": loss}, epoch=epoch)
            with torch.no_grad():
                correct = (network(test_images).argmax(1) == test_labels).float().mean()
            run.log({"test/accuracy": correct}, epoch=epoch, commit=False)
        print(f"accuracy {correct:.3f}")


if __name__ == "__main__":
    main()
