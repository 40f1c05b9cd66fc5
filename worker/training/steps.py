"""Loss per step, sampled about five times a second at any training speed."""

from math import ceil

from torch import Tensor

from worker.training.watch import Switch

POINTS_A_SECOND = 5
POINTS_IN_FIRST_EPOCH = 50


class StepLosses:
    """Keeps every k-th loss on the device until it is read.

    In the first epoch k depends on the number of steps, afterwards on that epoch's duration; a resumed run keeps it.
    """

    def __init__(self, steps_per_epoch: int, *, every: int | None = None, wanted: bool = True) -> None:
        self._steps_per_epoch = steps_per_epoch
        self.every = every or ceil(steps_per_epoch / POINTS_IN_FIRST_EPOCH)
        self._fixed, self._wanted = every is not None, wanted
        self._kept: list[tuple[int, Tensor]] = []
        self._switch = Switch("step losses")

    def add(self, step: int, loss: Tensor) -> None:
        """Sample the loss of a step (from 1)."""
        if self._wanted and self._switch.on and step % self.every == 0:
            with self._switch.guarded():
                self._kept.append((step, loss.detach()))

    def read(self) -> list[tuple[int, float]]:
        """Return (step, loss) of the samples since the last read. Synchronises with the device."""
        kept, self._kept = self._kept, []
        with self._switch.guarded():
            return [(step, float(loss)) for step, loss in kept]
        return []

    def pace(self, seconds: float) -> int:
        """Set k after the first epoch, which took `seconds`; return it."""
        if not self._fixed:
            self.every = max(1, ceil(self._steps_per_epoch / (POINTS_A_SECOND * seconds)))
            self._fixed = True
        return self.every
