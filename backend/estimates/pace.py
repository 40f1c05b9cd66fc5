"""Expected training throughput of a network: measured by its own runs on the same data, else estimated from its FLOPs
at that image size."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median

from backend.db.checks import Subject
from backend.db.throughput import Throughput
from skiplab.contract.catalog import DatasetCard, ModelCard
from skiplab.contract.check import ImageShape, TrainingCheck


@dataclass(frozen=True)
class Pace:
    images_per_second: float
    measured: bool  # by runs of this network at this image size


@dataclass(frozen=True)
class Known:
    """The data that throughput is estimated from."""

    models: Mapping[str, ModelCard]
    datasets: Mapping[str, DatasetCard]
    throughputs: Sequence[Throughput]
    checks: Mapping[Subject, Sequence[TrainingCheck]]

    def pace(self, model: str, dataset: str) -> Pace | None:
        """Return the throughput; None without comparable runs or known FLOPs."""
        if own := [each.images_per_second for each in self.throughputs if self._is_alike(each, model, dataset)]:
            return Pace(median(own), measured=True)
        # The network's own FLOP rate at another size is a better estimate than other networks' rates.
        rates = self._rates([each for each in self.throughputs if each.model == model]) or self._all_rates
        cost = self.flops(model, dataset)
        return Pace(median(rates) / cost, measured=False) if rates and cost else None

    def flops(self, model: str, dataset: str) -> float | None:
        """Return the forward FLOPs per image of the data set, scaled by the number of pixels from another size if
        needed; with an unknown image size, those of the card."""
        card, at = self.models.get(model), self._at(dataset)
        if at is None:
            return None if card is None else card.flops
        known = self._costs.get(model, {})
        if exact := known.get(at):
            return exact
        shape, _ = at
        nearest = min(known, key=lambda each: abs(_pixels(each[0]) - _pixels(shape)), default=None)
        return None if nearest is None else known[nearest] * _pixels(shape) / _pixels(nearest[0])

    def _is_alike(self, speed: Throughput, model: str, dataset: str) -> bool:
        at = self._at(dataset)
        same_size = at is None or speed.network is None or at == (speed.network.image_shape, speed.network.classes)
        return (speed.model, speed.dataset) == (model, dataset) and same_size

    def _rates(self, speeds: Sequence[Throughput]) -> list[float]:
        """Forward FLOPs per second."""
        costs = [each.network.flops if each.network else self.flops(each.model, each.dataset) for each in speeds]
        return [each.images_per_second * cost for each, cost in zip(speeds, costs, strict=True) if cost]

    @cached_property
    def _all_rates(self) -> list[float]:
        return self._rates(self.throughputs)

    @cached_property
    def _costs(self) -> dict[str, dict[tuple[ImageShape, int], float]]:
        """FLOPs per image by network, image shape and classes; computed once."""
        speeds: dict[str, list[Throughput]] = {}
        for speed in self.throughputs:
            speeds.setdefault(speed.model, []).append(speed)
        checks: dict[str, list[Subject]] = {}
        for subject in self.checks:
            checks.setdefault(subject.model, []).append(subject)
        return {
            model: self._measured(model, checks.get(model, ()), speeds.get(model, ()))
            for model in {*self.models, *speeds, *checks}
        }

    def _measured(
        self, model: str, subjects: Sequence[Subject], speeds: Sequence[Throughput]
    ) -> dict[tuple[ImageShape, int], float]:
        """FLOPs by image shape and classes, from runs, training checks and the card."""
        found: dict[tuple[ImageShape, int], float] = {}
        card = self.models.get(model)
        if card is not None and card.flops:
            found[card.image_shape, card.classes] = card.flops
        for subject in subjects:
            flops = self.checks[subject][-1].flops
            if card is not None and subject.version == card.version and flops:
                found[subject.image_shape, subject.classes] = flops
        for each in speeds:
            if each.network is not None and each.network.flops:
                found[each.network.image_shape, each.network.classes] = each.network.flops
        return found

    def _at(self, dataset: str) -> tuple[ImageShape, int] | None:
        data = self.datasets.get(dataset)
        if data is None or data.image_shape is None or data.classes is None:
            return None
        return data.image_shape, len(data.classes)


def _pixels(shape: ImageShape) -> int:
    return shape[1] * shape[2]
