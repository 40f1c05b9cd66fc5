"""How much memory a run will need, estimated before it starts: one that cannot fit is refused with a sentence, instead
of the machine dying of it.

The rule, on a CPU: what of the data set is copied into memory; parameters, gradients, the optimiser's state and the
average; what autograd keeps of a batch, measured by one pass without numbers (meta device) of two images; and what the
largest layer gives for a batch of the evaluation, three times: its input, its output and one in between. On a GPU only
the data count: torch itself says there when memory is out.
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

from skiplab.contract.spec import RunSpec, held_out
from worker import memory
from worker.datasets.images import ImageData, Images
from worker.datasets.subset import IN_MEMORY
from worker.errors import CannotTrain
from worker.models.faults import CODE
from worker.models.outputs import logits_of
from worker.models.tried import Run, here
from worker.training.sets import EVAL_BATCH

log = logging.getLogger(__name__)

TIGHT = 0.75
"""Of what is free: a run that is estimated to need more gets a warning in its log."""

STATES = {"sgd": 1, "adam": 2, "adamw": 2}
"""Tensors of the parameters' size that an optimiser keeps."""

WORST_PIXEL, WORST_EVALUATED = 2**16, 2**13
"""Bytes a pixel of a batch, in training and in evaluation: several times what the deepest networks here keep."""

TRIED = 2
"""Images in the pass that measures: batch normalisation refuses a single one at maps of one pixel."""

EVALUATION = 3
"""Of the largest layer's output: it, what it was made of, and one in between."""


class NotEnoughMemory(CannotTrain):
    def __init__(self, need: "Need", free: int, spec: RunSpec, image_shape: tuple[int, int, int]) -> None:
        _, height, width = image_shape
        super().__init__(
            f"out of memory before the first step: {need.in_words()}, and {memory.in_words(free)} are free. It has"
            f" batch_size {spec.batch_size} and images of {height} x {width}: smaller ones need less."
        )


@dataclass(frozen=True)
class Need:
    """Bytes beyond what the process holds already. 0 where nothing could be measured."""

    data: int
    network: int = 0
    activations: int = 0
    evaluation: int = 0

    @property
    def whole(self) -> int:
        return self.data + self.network + max(self.activations, self.evaluation)

    def in_words(self) -> str:
        parts = {"data": self.data, "network": self.network, "a batch": self.activations, "evaluation": self.evaluation}
        named = ", ".join(f"{name} {memory.in_words(part)}" for name, part in parts.items() if part)
        return f"the run needs about {memory.in_words(self.whole)} ({named})"


def check_memory(
    spec: RunSpec, data: ImageData, build: Callable[..., nn.Module], device: str, *, run: Run = here
) -> None:
    """Logs a warning where it is tight. `run`: calls what measures the network, for a plugin's in a process of its own.
    Raises NotEnoughMemory."""
    free = memory.room()
    if _is_small(spec, data, free):
        return
    need = estimate(spec, data, build, device, run=run)
    if need.whole > free:
        raise NotEnoughMemory(need, free, spec, data.image_shape)
    if need.whole > TIGHT * free:
        log.warning("memory is tight: %s, and %s are free", need.in_words(), memory.in_words(free))


def estimate(spec: RunSpec, data: ImageData, build: Callable[..., nn.Module], device: str, *, run: Run = here) -> Need:
    copied = _copied(spec, data)
    if device != "cpu":
        return Need(copied)
    try:
        weights, kept, largest = run(lambda: _measured(spec, data, build))
    except CODE as error:
        # A plugin's code may need real numbers, or whatever else is not there: the run itself shows.
        log.info("the memory for a batch is not estimated: %s: %s", type(error).__name__, error)
        return Need(copied)
    tensors = 2 + STATES.get(spec.optimizer, 2) + (spec.ema is not None)
    evaluated = min(EVAL_BATCH, spec.test_limit or EVAL_BATCH, len(data.test_images))
    return Need(
        copied,
        network=tensors * weights,
        activations=kept * spec.batch_size // TRIED,
        evaluation=EVALUATION * largest * evaluated // TRIED,
    )


def _is_small(spec: RunSpec, data: ImageData, free: int) -> bool:
    """Whether it fits whatever the network: measuring takes up to half a second, which a short run would feel."""
    pixels = math.prod(data.image_shape[1:])
    evaluated = min(EVAL_BATCH, len(data.test_images))
    most = max(spec.batch_size * pixels * WORST_PIXEL, evaluated * pixels * WORST_EVALUATED)
    return _copied(spec, data) + most < free // 2


def _copied(spec: RunSpec, data: ImageData) -> int:
    """Of the images: a part of a set is copied, but for a large one of a file."""

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
    """Bytes of the network's parameters, of what autograd keeps of TRIED images, and of the largest tensor of that."""
    with torch.device("meta"), torch.random.fork_rng(devices=[]):
        model = build(spec.model, classes=len(data.classes), image_shape=data.image_shape).to("meta").train()
        # On the meta device a storage is known by itself alone: it has no address.
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
