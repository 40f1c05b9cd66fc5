"""Sums kept on the device and read once: each read would make the device wait for the host."""

import torch
from torch import Tensor
from torch.nn import functional


class Tally:
    """Loss, hits and images so far, and the first step whose loss was not finite."""

    def __init__(self, device: torch.device) -> None:
        self._sums = torch.zeros(2, dtype=torch.float64, device=device)  # loss x images, hits
        self._bad_step = torch.full((), -1, dtype=torch.int64, device=device)
        self._images = 0

    def add(self, logits: Tensor, labels: Tensor, loss: Tensor | None = None, *, step: int = 0) -> None:
        """`loss`: the batch's mean; cross-entropy when it is left out."""
        with torch.no_grad():
            mean = functional.cross_entropy(logits.float(), labels) if loss is None else loss
            hits = (logits.argmax(1) == labels).sum()
            self._sums += torch.stack((mean.double() * len(labels), hits.double()))
            bad = (self._bad_step < 0) & ~torch.isfinite(mean)
            self._bad_step.masked_fill_(bad, step)
        self._images += len(labels)

    def read(self) -> tuple[float, float]:
        """Mean loss and accuracy."""
        loss, hits = self._sums.tolist()
        return loss / self._images, hits / self._images

    def bad_step(self) -> int | None:
        """The first step whose loss was NaN or infinite."""
        step = int(self._bad_step.item())
        return None if step < 0 else step
