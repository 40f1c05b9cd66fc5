"""Evaluate a network on a fixed set: loss, accuracy and plugins' metrics; on the test set also the confusion matrix,
the most confident errors, top-5 accuracy and calibration."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from math import log

import torch
from torch import Tensor, nn
from torch.nn import functional

from skiplab.contract.metrics import Metric
from skiplab.contract.quantities import Part
from skiplab.contract.telemetry import Mistake
from worker.datasets.subset import Indices
from worker.models.outputs import logits_of
from worker.models.placement import Placement
from worker.training.batches import EvalBatches
from worker.training.own_metrics import OwnMetrics
from worker.training.watch import Switch
from worker.training.widest import widest

BINS = 15
"""Equal-width bins of confidence for the expected calibration error (Guo et al. 2017, arXiv:1706.04599)."""

WORST = 64
"""Number of most confident errors that are recorded."""


@dataclass(frozen=True)
class Evaluation:
    """Results on one set."""

    loss: float  # mean cross-entropy in nats
    accuracy: float  # 0..1
    own: dict[str, float] = field(default_factory=dict)  # plugins' metrics by full key


@dataclass(frozen=True)
class Detail:
    """Results computed on the test set only."""

    values: dict[str, float]  # beside loss and accuracy, by metric
    confusion: list[list[int]]  # counts; row: true class, column: predicted class
    mistakes: list[Mistake]  # most confident first


class Evaluator:
    """Evaluates a network on fixed sets in eval mode, optionally with horizontal-flip TTA.

    `end_if_asked` is called before each batch; what it raises ends the evaluation.
    """

    def __init__(
        self,
        *,
        classes: int,
        precision: Callable[[], AbstractContextManager[object]],
        flip: bool,
        device: torch.device,
        end_if_asked: Callable[[], None],
        placement: Placement = Placement(),  # noqa: B008  # frozen
        own: OwnMetrics | None = None,
    ) -> None:
        self._placement, self._own = placement, own or OwnMetrics([])
        self._classes, self._precision, self._flip = classes, precision, flip
        self._device, self._end_if_asked = device, end_if_asked
        self._switch = Switch("confusion matrix, errors, top-5 accuracy and calibration")

    def measure(self, model: nn.Module, batches: EvalBatches, part: Part = "test") -> Evaluation:
        """Return loss and metrics on a set. `part`: its name in the keys of plugins' metrics."""
        return self._evaluated(self._predictions(model, batches), part)

    def measure_test(
        self, model: nn.Module, batches: EvalBatches, indices: Indices
    ) -> tuple[Evaluation, Detail | None]:
        """Return loss, metrics and details on the test set; None for the details if computing them fails.

        `indices`: (N,), indices of the evaluated images in the full test set.
        """
        predictions = self._predictions(model, batches)
        return self._evaluated(predictions, "test"), self._detail(predictions, indices)

    def _evaluated(self, predictions: list[tuple[Tensor, Tensor]], part: Part) -> Evaluation:
        scores = _Scores(self._device)
        for logits, labels in predictions:
            scores.add(logits, labels)
        return replace(scores.read(), own=self._own.values(part, predictions))

    def _detail(self, predictions: list[tuple[Tensor, Tensor]], indices: Indices) -> Detail | None:
        if self._switch.on:
            with self._switch.guarded():
                details = _Details(self._classes, self._device)
                for logits, labels in predictions:
                    details.add(logits, labels)
                return details.read(indices)
        return None

    @torch.no_grad()
    def _predictions(self, model: nn.Module, batches: EvalBatches) -> list[tuple[Tensor, Tensor]]:
        # no_grad and not inference_mode: a network may cache a tensor, such as a mask, that training uses later.
        model.eval()
        predictions = []
        with self._precision():
            for images, labels in batches:
                self._end_if_asked()
                predictions.append((self._predict(model, images).float(), labels))
        return predictions

    def _predict(self, model: nn.Module, images: Tensor) -> Tensor:
        images = self._placement.images(images)
        mirror_image = images.flip(3) if self._flip else None  # first: the network may modify its input in place
        logits = logits_of(model(images))
        if mirror_image is None:
            return logits
        mirrored = functional.log_softmax(logits_of(model(mirror_image)).float(), 1)
        # Log of the mean of the two predictions, which serves as logits from here on.
        return torch.logaddexp(functional.log_softmax(logits.float(), 1), mirrored) - log(2)


class _Scores:
    """Sums of loss and correct predictions, kept on the device and read once."""

    def __init__(self, device: torch.device) -> None:
        self._sums = torch.zeros(2, dtype=widest(device), device=device)  # loss, hits
        self._images = 0

    @torch.inference_mode()
    def add(self, logits: Tensor, labels: Tensor) -> None:
        loss = functional.cross_entropy(logits, labels, reduction="sum").to(self._sums.dtype)
        self._sums += torch.stack((loss, (logits.argmax(1) == labels).sum().to(loss.dtype)))
        self._images += len(labels)

    def read(self) -> Evaluation:
        loss, hits = self._sums.tolist()
        return Evaluation(loss / self._images, hits / self._images)


class _Details:
    """Confusion matrix, top-5 hits, calibration bins and confidences, accumulated on the device."""

    def __init__(self, classes: int, device: torch.device) -> None:
        self._classes = classes
        self._confusion = torch.zeros(classes * classes, dtype=torch.int64, device=device)
        self._top5 = torch.zeros((), dtype=torch.int64, device=device)
        self._bins = torch.zeros(BINS, 2, dtype=widest(device), device=device)  # confidence, hits
        self._seen: list[tuple[Tensor, Tensor, Tensor]] = []  # confidence, predicted, label

    @torch.inference_mode()
    def add(self, logits: Tensor, labels: Tensor) -> None:
        confidence, predicted = logits.softmax(1).max(1)
        hit = predicted == labels
        self._confusion += torch.bincount(labels * self._classes + predicted, minlength=self._classes**2)
        best = logits.topk(min(5, self._classes), 1).indices
        self._top5 += (best == labels.unsqueeze(1)).sum()
        # NaN of a diverged network falls into the first bin.
        bins = (confidence.nan_to_num() * BINS).long().clamp(0, BINS - 1)
        self._bins.index_add_(0, bins, torch.stack((confidence, hit.to(confidence.dtype)), 1).to(self._bins.dtype))
        self._seen.append((confidence.masked_fill(hit, -1), predicted, labels))

    def read(self, indices: Indices) -> Detail:
        confidence, predicted, labels = (torch.cat(column) for column in zip(*self._seen, strict=True))
        worst = confidence.nan_to_num(nan=-1).topk(min(WORST, len(confidence)))
        chosen = [
            index for index, value in zip(worst.indices.tolist(), worst.values.tolist(), strict=True) if value >= 0
        ]
        gaps = (self._bins[:, 0] - self._bins[:, 1]).abs().sum()
        return Detail(
            values={
                Metric.TEST_TOP5: int(self._top5) / len(labels),
                Metric.TEST_CALIBRATION_ERROR: float(gaps) / len(labels),
            },
            confusion=self._confusion.view(self._classes, self._classes).tolist(),
            mistakes=[
                Mistake(
                    image=int(indices[index]),
                    label=int(labels[index]),
                    predicted=int(predicted[index]),
                    confidence=float(confidence[index]),
                )
                for index in chosen
            ],
        )
