"""Evaluation on the test set against the same computed by hand."""

from contextlib import nullcontext

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from skiplab.contract.metrics import Metric
from worker.training.batches import EvalBatches, Normalisation
from worker.training.evaluation import BINS, Evaluator

CPU = torch.device("cpu")


class Reads(nn.Module):
    """Takes its logits for three classes from the first row of the image."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return images[:, 0, 0, :3] * 8


class Keeps(nn.Module):
    """Keeps what it has computed for its largest batch, to train with it later."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(1))
        self.kept: torch.Tensor | None = None

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        if self.kept is None:
            self.kept = torch.ones(len(images), 3)
        return images[:, 0, 0, :3] + self.scale * self.kept[: len(images)]


@pytest.fixture
def images() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 2, (50, 4, 4, 3), dtype=np.uint8)


LABELS = np.arange(50) % 3


def evaluator(*, flip: bool = False) -> Evaluator:
    return Evaluator(classes=3, precision=nullcontext, flip=flip, device=CPU, end_if_asked=lambda: None)


def batches(images: np.ndarray) -> EvalBatches:
    normalise = Normalisation(torch.zeros(3, 1, 1), torch.ones(3, 1, 1))
    return EvalBatches(images, LABELS, normalise=normalise, batch_size=7, device=CPU)


def test_loss_accuracy_and_details_are_those_of_plain_arithmetic(images: np.ndarray) -> None:
    places = np.arange(50) + 100
    logits, labels = torch.tensor(images[:, 0, :3, 0] * 8.0), torch.tensor(LABELS)
    probabilities = logits.softmax(1)
    confidence, predicted = probabilities.max(1)

    scores, detail = evaluator().measure_test(Reads(), batches(images), places)

    assert scores.loss == pytest.approx(functional.cross_entropy(logits, labels).item(), rel=1e-5)
    assert scores.accuracy == pytest.approx((predicted == labels).float().mean().item())
    assert detail is not None
    for true in range(3):
        for taken in range(3):
            assert detail.confusion[true][taken] == ((labels == true) & (predicted == taken)).sum()
    assert detail.values[Metric.TEST_TOP5] == 1.0
    error = 0.0
    for edge in range(BINS):
        inside = (confidence >= edge / BINS) & ((confidence < (edge + 1) / BINS) | (edge == BINS - 1))
        if inside.any():
            hits = (predicted == labels)[inside].float().mean()
            error += inside.float().mean().item() * abs(hits - confidence[inside].mean()).item()
    assert detail.values[Metric.TEST_CALIBRATION_ERROR] == pytest.approx(error, abs=1e-5)
    wrong = (predicted != labels).nonzero().flatten().tolist()
    assert sorted(mistake.image for mistake in detail.mistakes) == [place + 100 for place in wrong]
    for mistake in detail.mistakes:
        assert mistake.confidence == pytest.approx(confidence[mistake.image - 100].item())


def test_a_flipped_prediction_is_the_mean_of_both(images: np.ndarray) -> None:
    row = torch.tensor(images[:, 0, :, 0] * 8.0)
    mean = (row[:, :3].softmax(1) + row.flip(1)[:, :3].softmax(1)) / 2
    wanted = functional.nll_loss(mean.log(), torch.tensor(LABELS)).item()

    assert evaluator(flip=True).measure(Reads(), batches(images)).loss == pytest.approx(wanted, rel=1e-5)


class Broken(nn.Module):
    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return images[:, 0, 0, :3] * float("nan")


def test_a_diverged_network_is_measured_without_a_fall(images: np.ndarray) -> None:
    scores, detail = evaluator().measure_test(Broken(), batches(images), np.arange(50))

    assert np.isnan(scores.loss)
    assert detail is not None
    assert sum(sum(row) for row in detail.confusion) == 50


def test_what_a_network_keeps_of_an_evaluation_can_be_trained_with(images: np.ndarray) -> None:
    model = Keeps()

    evaluator().measure(model, batches(images))
    model.train()(torch.zeros(7, 3, 4, 4)).sum().backward()

    assert model.scale.grad is not None
