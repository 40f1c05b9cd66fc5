"""Augmented images for the preview, made by the batches that a run trains on."""

import numpy as np
import torch

from skiplab.contract.spec import RunSpec
from worker.datasets.images import Images
from worker.training.batches import Normalisation, TrainBatches


def versions(images: Images, spec: RunSpec, *, epochs: int) -> Images:
    """Augment images (N, H, W, 3) as in each of the epochs of a run; return (N, epochs, H, W, 3), uint8."""
    device = torch.device("cpu")
    normalise = Normalisation.of(images, device)
    # The label of an image is its index here, since each epoch is shuffled.
    batches = TrainBatches(images, np.arange(len(images)), normalise=normalise, spec=spec, device=device)
    seen = np.empty((len(images), epochs, *images.shape[1:]), dtype=np.uint8)
    for epoch in range(1, epochs + 1):
        for batch in batches.epoch(epoch):
            pixels = (batch.images * normalise.std + normalise.mean).round().clamp(0, 255).byte()
            seen[batch.labels.numpy(), epoch - 1] = pixels.permute(0, 2, 3, 1).numpy()
    return seen
