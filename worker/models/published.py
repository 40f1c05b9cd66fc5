"""Load torchvision's pretrained weights from files on this machine. They are never downloaded."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlparse

import torch
from torch import Tensor, nn

from worker.errors import CannotTrain
from worker.models.vision import PREFIX, torchvision_models, warnings_ignored


class NoPublishedWeights(CannotTrain):
    def __init__(self, key: str, file: Path | None) -> None:
        way = f"put {file.name} into {file.parent}" if file else "only torchvision's networks have them"
        super().__init__(f"There are no published weights for {key} on this worker: {way}.")


class OtherShape(CannotTrain):
    def __init__(self, key: str, name: str, theirs: Tensor, ours: Tensor) -> None:
        super().__init__(
            f"The published weights of {key} do not fit these images: {name} is {tuple(theirs.shape)} there and"
            f" {tuple(ours.shape)} here."
        )


def weights_file(key: str) -> Path | None:
    """Return the path where torch stores the newest weights of a network, existing or not; None if there are none."""
    models = torchvision_models()
    name = key.removeprefix(PREFIX)
    if models is None or name == key or name not in models.list_models(module=models):
        return None
    newest = getattr(models.get_model_weights(name), "DEFAULT", None)
    return None if newest is None else Path(torch.hub.get_dir()) / "checkpoints" / Path(urlparse(newest.url).path).name


def local_name(key: str) -> str | None:
    """Return the name of the weights file; None if this machine does not have it."""
    file = weights_file(key)
    return file.name if file is not None and file.is_file() else None


def load_weights(model: nn.Module, key: str, *, classes: int) -> None:
    """Copy the published weights into a network, except those of a last layer with another number of classes.

    Raises NoPublishedWeights, OtherShape.
    """
    file, models = weights_file(key), torchvision_models()
    if file is None or not file.is_file() or models is None:
        raise NoPublishedWeights(key, file)
    # Through torchvision's builder, which translates outdated names in its own files.
    with warnings_ignored(), _weights_only():
        theirs = models.get_model(key.removeprefix(PREFIX), weights="DEFAULT", progress=False).state_dict()
    ours = model.state_dict()
    for name, own in ours.items():
        if name not in theirs or _is_for_other_classes(theirs[name], own, classes):
            continue
        if theirs[name].shape != own.shape:
            raise OtherShape(key, name, theirs[name], own)
        own.copy_(theirs[name])  # state_dict() shares memory with the network


def _is_for_other_classes(theirs: Tensor, ours: Tensor, classes: int) -> bool:
    return len(ours) == classes != len(theirs) and theirs.shape[1:] == ours.shape[1:] if ours.dim() else False


@contextmanager
def _weights_only() -> Iterator[None]:
    """Make `torch.load` refuse pickled code: torchvision calls it without `weights_only`."""
    name = "TORCH_FORCE_WEIGHTS_ONLY_LOAD"
    before = os.environ.get(name)
    os.environ[name] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
