"""Estimate the memory of a run before it starts, and refuse a run that cannot fit.

On a CPU: the parts of the data set that are copied to memory; parameters, gradients, optimiser state and EMA; tensors
saved by autograd for a batch, measured by a pass of two images on the meta device; and three times the largest output
of a layer for an evaluation batch (input, output and one temporary). On a GPU only the data count, since PyTorch itself
reports when device memory is exhausted.
"""

import logging
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from skiplab.contract.sizes import human_bytes
from skiplab.contract.spec import RunSpec, held_out
from worker import memory
from worker.datasets.images import ImageData, Images
from worker.datasets.subset import IN_MEMORY
from worker.errors import CannotTrain
from worker.models.faults import USER_CODE_ERRORS
from worker.models.outputs import logits_of
from worker.models.probing import Runner, in_process
from worker.training.sets import EVAL_BATCH

log = logging.getLogger(__name__)

TIGHT = 0.75
"""Fraction of free memory above which a run logs a warning."""

STATES = {"sgd": 1, "adam": 2, "adamw": 2}
"""Number of state tensors per parameter of each optimiser."""

WORST_PIXEL, WORST_EVALUATED = 2**16, 2**13
"""Bytes per pixel of a batch in training and evaluation; several times what the deepest built-in networks need."""

TRIED = 2
"""Images in the measured pass: batch norm refuses a single image with 1 x 1 feature maps."""

EVALUATION = 3
"""Multiple of the largest layer output: input, output and one temporary."""


class NotEnoughMemory(CannotTrain):
    """Raised for a run that needs more memory than is free."""

    def __init__(self, need: "Need", free: int, spec: RunSpec, image_shape: tuple[int, int, int]) -> None:
        _, height, width = image_shape
        super().__init__(
            f"out of memory before the first step: {need.in_words()}, but only {human_bytes(free)} are free. Reduce"
            f" batch_size ({spec.batch_size}) or the image size ({height} x {width})."
        )


@dataclass(frozen=True)
class Need:
    """Estimated bytes beyond those that the process already uses; 0 where nothing could be measured."""

    data: int
    network: int = 0
    activations: int = 0
    evaluation: int = 0

    @property
    def whole(self) -> int:
        return self.data + self.network + max(self.activations, self.evaluation)

    def in_words(self) -> str:
        """Describe the estimate for a message."""
        parts = {"data": self.data, "network": self.network, "a batch": self.activations, "evaluation": self.evaluation}
        named = ", ".join(f"{name} {human_bytes(part)}" for name, part in parts.items() if part)
        return f"the run needs about {human_bytes(self.whole)} ({named})"


def check_memory(
    spec: RunSpec, data: ImageData, build: Callable[..., nn.Module], device: str, *, run: Runner = in_process
) -> None:
    """Log a warning if memory is tight; raise NotEnoughMemory if it does not suffice.

    `run`: calls the function that measures the network; for a plugin's network, in a separate process.
    """
    free = memory.room()
    if _is_small(spec, data, free):
        return
    need = estimate(spec, data, build, device, run=run)
    if need.whole > free:
        raise NotEnoughMemory(need, free, spec, data.image_shape)
    if need.whole > TIGHT * free:
        log.warning("memory is tight: %s, and %s are free", need.in_words(), human_bytes(free))


def estimate(
    spec: RunSpec, data: ImageData, build: Callable[..., nn.Module], device: str, *, run: Runner = in_process
) -> Need:
    """Estimate the bytes that a run needs."""
    copied = _copied(spec, data)
    if device != "cpu":
        return Need(copied)
    try:
        weights, kept, largest = run(lambda: _measured(spec, data, build))
    except USER_CODE_ERRORS as error:
        # A plugin's code may not work on the meta device.
        log.info("the memory for a batch could not be estimated: %s: %s", type(error).__name__, error)
        return Need(copied)
    # Weights and gradients; the optimiser's state; the EMA.
    tensors = 2 + STATES.get(spec.optimizer, 2) + (spec.ema is not None)
    evaluated = min(EVAL_BATCH, spec.test_limit or EVAL_BATCH, len(data.test_images))
    return Need(
        copied,
        network=tensors * weights,
        activations=kept * spec.batch_size // TRIED,
        evaluation=EVALUATION * largest * evaluated // TRIED,
    )


def _is_small(spec: RunSpec, data: ImageData, free: int) -> bool:
    """Return whether any network would fit. Skips measuring, whose half second would delay short runs."""
    pixels = math.prod(data.image_shape[1:])
    evaluated = min(EVAL_BATCH, len(data.test_images))
    most = max(spec.batch_size * pixels * WORST_PIXEL, evaluated * pixels * WORST_EVALUATED)
    return _copied(spec, data) + most < free // 2


def _copied(spec: RunSpec, data: ImageData) -> int:
    """Return the bytes of images copied to memory: subsets are, except large ones of memory maps."""

    def part(images: Images, count: int) -> int:
        taken = count * math.prod(images.shape[1:])
        stays_mapped = isinstance(images, np.memmap) and taken > IN_MEMORY
        return 0 if count >= len(images) or stays_mapped else taken

    whole = min(spec.train_limit or len(data.train_images), len(data.train_images))
    held = held_out(whole, spec.val_fraction)
    counts = (whole - held, held, min(spec.train_eval_limit or whole, whole - held))
    tests = part(data.test_images, min(spec.test_limit or len(data.test_images), len(data.test_images)))
    return sum(part(data.train_images, count) for count in counts if count) + tests


def _measured(spec: RunSpec, data: ImageData, build: Callable[..., nn.Module]) -> tuple[int, int, int]:
    """Return the bytes of parameters, of tensors saved by autograd for TRIED images, and of the largest of these."""
    with torch.device("meta"), torch.random.fork_rng(devices=[]):
        model = build(spec.model, classes=len(data.classes), image_shape=data.image_shape).to("meta").train()
        # Storages on the meta device have no address, so they are identified by their object.
        own = {each.untyped_storage()._cdata for each in (*model.parameters(), *model.buffers())}
        kept: dict[Any, int] = {}

        def keep(tensor: Tensor) -> Tensor:
            storage = tensor.untyped_storage()
            if storage._cdata not in own:
                kept[storage._cdata] = storage.nbytes()
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
            logits = logits_of(model(torch.zeros(TRIED, *data.image_shape)))
            functional.cross_entropy(logits, torch.zeros(TRIED, dtype=torch.int64))
    return _bytes(model.parameters()), sum(kept.values()), max(kept.values(), default=0)


def _bytes(tensors: Any) -> int:
    return sum(each.numel() * each.element_size() for each in tensors)
