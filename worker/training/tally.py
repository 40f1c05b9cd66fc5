"""Sums over an epoch's steps, kept on the device and read once: each read would make the device wait for the host."""

import torch
from torch import Tensor

from worker.training.batches import Batch


class Tally:
    """Loss, hits and images so far, and the first step whose loss was not finite."""

    def __init__(self, device: torch.device) -> None:
        self._sums = torch.zeros(2, dtype=torch.float64, device=device)  # loss x images, hits
        self._bad_step = torch.full((), -1, dtype=torch.int64, device=device)
        self._images = 0

    @torch.no_grad()
    def add(self, logits: Tensor, batch: Batch, loss: Tensor, *, step: int) -> None:
        """`loss`: the batch's mean. Of a mixed image, a hit on either class counts with its share."""
        predicted = logits.argmax(1)
        hits = (predicted == batch.labels).sum().double()
        if batch.others is not None:
            hits = batch.share * hits + (1 - batch.share) * (predicted == batch.others).sum().double()
        self._sums += torch.stack((loss.double() * len(batch.labels), hits))
        bad = (self._bad_step < 0) & ~torch.isfinite(loss)
        self._bad_step.masked_fill_(bad, step)
        self._images += len(batch.labels)

    def read(self) -> tuple[float, float]:
        """Mean loss and accuracy."""
        loss, hits = self._sums.tolist()
        return loss / self._images, hits / self._images

    def bad_step(self) -> int | None:
        """The first step whose loss was NaN or infinite."""
        step = int(self._bad_step.item())
        return None if step < 0 else step

    def reset(self) -> None:
        self._sums.zero_()
        self._bad_step.fill_(-1)
        self._images = 0

    def state(self) -> dict[str, Tensor]:
        return {"sums": self._sums, "bad_step": self._bad_step, "images": torch.tensor(self._images)}

    def restore(self, state: dict[str, Tensor]) -> None:
        self._sums.copy_(state["sums"])
        self._bad_step.copy_(state["bad_step"])
        self._images = int(state["images"])
