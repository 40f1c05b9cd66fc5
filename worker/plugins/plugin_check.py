"""The training check of a plugin's network, each part in a forked process: state that its code keeps must not reach
another part."""

from collections.abc import Iterator
from pathlib import Path

from torch import nn

from skiplab.contract.check import TrainingCheck
from worker.forked import ForkFailed, forked
from worker.models.check import check_training
from worker.models.cost import cost_on_meta
from worker.models.faults import USER_CODE_ERRORS
from worker.models.network import Shape
from worker.models.placement import Placement
from worker.models.warm import warm_up
from worker.plugins import use
from worker.training import draws, exactness


def unknown(reason: str, *, image_shape: Shape, classes: int, device: str) -> TrainingCheck:
    """Return a check with an unknown outcome."""
    whole = {"image_shape": image_shape, "classes": classes, "device": device, "outcome": "unknown", "reason": reason}
    return TrainingCheck.model_validate(whole)


class PluginCheck:
    """Checks one network at one image shape; `device` is "cpu" or "cuda"."""

    def __init__(self, key: str, plugin: str, home: Path, *, image_shape: Shape, classes: int, device: str) -> None:
        self._key, self._plugin, self._home = key, plugin, home
        self._image_shape, self._classes, self._device = image_shape, classes, device

    def checks(self, known: TrainingCheck | None) -> Iterator[TrainingCheck]:
        """Yield the check, then the same with the result of the resume check. `known`: an earlier check to reuse."""
        if self._device == "cpu":
            # Once, for all forked processes. Not for a GPU, since an import may initialise CUDA, and then forks fail.
            self._import()
        warm_up()
        check = known or self._trains()
        yield check
        if check.outcome == "trains":
            verdict = exactness.check_exactness(
                self._build,
                classes=self._classes,
                image_shape=self._image_shape,
                device=self._device,
                placement=Placement.of(check),
            )
            yield check.model_copy(update={"resume": str(verdict)})

    def _trains(self) -> TrainingCheck:
        key, build, classes, image_shape = self._key, self._build, self._classes, self._image_shape
        try:
            cost = forked(lambda: cost_on_meta(build, image_shape))
        except ForkFailed:
            cost = None
        try:
            return forked(
                lambda: check_training(
                    key,
                    build,
                    classes=classes,
                    image_shape=image_shape,
                    device=self._device,
                    cost=cost,
                    on_meta=False,
                )
            )
        except ForkFailed as death:
            reason = f"not checked: {str(death).splitlines()[-1]}"
            return unknown(reason, image_shape=image_shape, classes=classes, device=self._device)

    def _build(self) -> nn.Module:
        return use.network(self._key, self._plugin, self._home).build(
            self._key, classes=self._classes, image_shape=self._image_shape
        )

    def _import(self) -> None:
        draws.seed_shared_generators(0)
        try:
            use.network(self._key, self._plugin, self._home)
        except USER_CODE_ERRORS:
            return  # each part reports it
