"""A training loop that keeps a core busy until its standard input closes; prints its steps a second."""

import sys
import threading
import time

import torch
from torch import nn


def main() -> None:
    torch.set_num_threads(1)
    model = nn.Sequential(nn.Conv2d(3, 16, 3), nn.ReLU(), nn.Conv2d(16, 16, 3), nn.Flatten(), nn.Linear(12544, 10))
    optimiser = torch.optim.SGD(model.parameters(), lr=0.01)
    images, labels = torch.rand(16, 3, 32, 32), torch.randint(10, (16,))
    ended = threading.Event()

    def wait_for_the_end() -> None:
        sys.stdin.read()
        ended.set()

    threading.Thread(target=wait_for_the_end, daemon=True).start()
    print("training", flush=True)
    steps, began = 0, time.perf_counter()
    while not ended.is_set():
        optimiser.zero_grad()
        nn.functional.cross_entropy(model(images), labels).backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        optimiser.step()
        steps += 1
    print(steps / (time.perf_counter() - began), flush=True)


if __name__ == "__main__":
    main()
