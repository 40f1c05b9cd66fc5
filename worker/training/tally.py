"""Training loss and accuracy of an epoch, kept on the device and read once: each read synchronises with the host."""

import torch
from torch import Tensor

from worker.training.batches import Batch
from worker.training.widest import widest

LOSS, HITS = 0, 1


class Tally:
    """Loss and correct predictions of each step of an epoch.

    Stores one value per step and sums them on reading: this costs two copies per step, and the sum does not depend on
    interruptions.
    """

    def __init__(self, device: torch.device, *, steps_per_epoch: int) -> None:
        self._kept = torch.zeros(2, steps_per_epoch, dtype=widest(device), device=device)  # loss x images, hits
        self._steps = self._images = 0

    @torch.no_grad()
    def add(self, logits: Tensor, batch: Batch, loss: Tensor) -> None:
        """Add the next step. logits: (N, classes); loss: mean of the batch. For mixed images, a correct prediction of
        either class counts with its fraction."""
        predicted = logits.argmax(1)
        hits = (predicted == batch.labels).sum()
        if batch.others is not None:
            others = (predicted == batch.others).sum()
            hits = batch.share * hits.to(self._kept.dtype) + (1 - batch.share) * others.to(self._kept.dtype)
        self._kept[LOSS, self._steps] = loss * len(batch.labels)
        self._kept[HITS, self._steps] = hits
        self._steps += 1
        self._images += len(batch.labels)

    def read(self) -> tuple[float, float]:
        """Return mean loss and accuracy of the epoch so far."""
        loss, hits = self._kept[:, : self._steps].sum(1).tolist()
        return loss / self._images, hits / self._images

    def bad_step(self) -> int | None:
        """Return the first step (from 1) of the epoch with a NaN or infinite loss; None without any."""
        bad = torch.nonzero(~torch.isfinite(self._kept[LOSS, : self._steps]))
        return int(bad[0]) + 1 if len(bad) else None

    def reset(self) -> None:
        self._steps = self._images = 0

    def state(self) -> dict[str, Tensor]:
        return {"kept": self._kept[:, : self._steps].clone(), "images": torch.tensor(self._images)}

    def restore(self, state: dict[str, Tensor]) -> None:
        kept = state["kept"]
        self._steps, self._images = kept.shape[1], int(state["images"])
        self._kept[:, : self._steps].copy_(kept)
