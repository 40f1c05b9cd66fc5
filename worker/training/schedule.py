"""Learning-rate schedules, as a pure function from step to a factor of the peak rate."""

from math import cos, pi

from skiplab.contract.spec import RunSpec

# The defaults of torch.optim.lr_scheduler.OneCycleLR.
ONECYCLE_RISE = 0.3  # fraction of the run spent increasing the rate
ONECYCLE_START = 1 / 25  # initial rate relative to the peak
ONECYCLE_END = 1e-4  # final rate relative to the initial one


def factor(spec: RunSpec, step: int, *, steps: int, steps_per_epoch: int) -> float:
    """Return the learning rate relative to its peak at step `step` (from 0) of `steps`."""
    if spec.schedule == "onecycle":
        return _onecycle(step, steps)
    warmup = spec.warmup_epochs * steps_per_epoch
    if step < warmup:
        return (step + 1) / (warmup + 1)
    if spec.schedule == "step":
        return 0.1 ** sum(step >= share * steps for share in spec.milestones)
    if spec.schedule == "cosine":
        return _fall((step - warmup) / max(1, steps - warmup))
    return 1.0


def _onecycle(step: int, steps: int) -> float:
    """Anneal up and down along two half cosines, as OneCycleLR does (Smith and Topin 2018, arXiv:1708.07120)."""
    peak = max(1.0, ONECYCLE_RISE * steps - 1)
    if step <= peak:
        return ONECYCLE_START + (1 - ONECYCLE_START) * (1 - _fall(step / peak))
    least = ONECYCLE_START * ONECYCLE_END
    return least + (1 - least) * _fall((step - peak) / max(1.0, steps - 1 - peak))


def _fall(share: float) -> float:
    """Decrease from 1 to 0 along half a cosine as `share` goes from 0 to 1."""
    return (1 + cos(pi * min(1.0, share))) / 2
