"""A script written for W&B, logged to a lab by changing its import: `import skiplab as wandb`.

    python examples/pytorch_wandb.py

docs/guides/logging.md lists what is supported. Needs torch; learns to tell horizontal from vertical bars.
"""

import argparse

import torch
from torch import nn

import skiplab as wandb


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

    wandb.init(project="bars", name="from-wandb", config=arguments, tags=["example"])
    wandb.watch(network, log_freq=100)
    wandb.define_metric("test/accuracy", summary="max", goal="maximize")
    for epoch in range(arguments.epochs):
        for batch in torch.randperm(len(images), generator=generator).split(50):
            loss = nn.functional.cross_entropy(network(images[batch]), labels[batch])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            wandb.log({"train/loss": loss.item(), "epoch": epoch})
        with torch.no_grad():
            guesses = network(test_images).argmax(1)
        wrong = (guesses != test_labels).nonzero().flatten()[:4]
        wandb.log(
            {
                "test/accuracy": (guesses == test_labels).float().mean().item(),
                "test/mistakes": [
                    wandb.Image(test_images[each], caption=f"taken for {guesses[each]}") for each in wrong
                ],
                "epoch": epoch,
            }
        )
    torch.save(network.state_dict(), f"{wandb.run.dir}/network.pt")
    wandb.finish()


if __name__ == "__main__":
    main()
