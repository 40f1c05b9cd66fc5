"""What a run would be shown: training images as its batches hold them, epoch by epoch."""

import numpy as np
import torch

from skiplab.contract.spec import RunSpec
from worker.datasets.images import Images
from worker.training.batches import Normalisation, TrainBatches


def versions(images: Images, spec: RunSpec, *, epochs: int) -> Images:
    """Each of a few images in each epoch: N x epochs x H x W x 3. By the batches of a run, so that it cannot differ."""
    device = torch.device("cpu")
    normalise = Normalisation.of(images, device)
    # An image's label is its place here: every epoch has an order of its own.
    batches = TrainBatches(images, np.arange(len(images)), normalise=normalise, spec=spec, device=device)
    seen = np.empty((len(images), epochs, *images.shape[1:]), dtype=np.uint8)
    for epoch in range(1, epochs + 1):
        for batch in batches.epoch(epoch):
            pixels = (batch.images * normalise.std + normalise.mean).round().clamp(0, 255).byte()
            seen[batch.labels.numpy(), epoch - 1] = pixels.permute(0, 2, 3, 1).numpy()
    return seen
