"""From what a plugin declares to what the lab trains: its networks, its data sets, and their cards."""

import traceback
from mmap import mmap
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from torch import nn

from backend.contract.catalog import DatasetCard, ModelDetails
from worker.datasets import cards as datasets
from worker.datasets.images import ImageData
from worker.errors import CannotTrain
from worker.models.network import Network, Shape
from worker.models.tried import tried_card
from worker.models.versions import plugin_version
from worker.plugins.declare import BadPlugin, Declared, DeclaredDataset, DeclaredModel
from worker.plugins.look import Findings, failed
from worker.plugins.source import Plugin, named

Kind = TypeVar("Kind", bound=Declared)

EDGE = (Exception, SystemExit)
"""What a plugin's code may throw at the lab."""


class PluginGone(CannotTrain):
    def __init__(self, key: str, plugin: str) -> None:
        super().__init__(f"{key} is no longer in the plugin {plugin}: put it back, or cancel the runs that want it.")


def network(key: str, plugin: str, home: Path) -> Network:
    """Raises PluginGone, and whatever the plugin's code raises."""
    return as_network(_declared(key, plugin, home, DeclaredModel))


def load(key: str, plugin: str, home: Path) -> ImageData:
    """Raises PluginGone, BadPlugin, and whatever the plugin's code raises."""
    return _images(_declared(key, plugin, home, DeclaredDataset), home)


def as_network(declared: DeclaredModel) -> Network:
    def builder(*, classes: int, image_shape: Shape) -> nn.Module:
        built = declared.build(classes=classes, image_shape=image_shape)
        if not isinstance(built, nn.Module):
            raise BadPlugin(f"{declared.key}: build() gave a {type(built).__name__}, not a torch.nn.Module")
        return built

    return Network(
        declared.label, builder, declared.paper, declared.smallest, fits_image=True, defaults=declared.defaults
    )


def inspect(plugin: Plugin, home: Path) -> Findings:
    """The cards of what a plugin declares; what fails has a card that says so."""
    try:
        found = plugin.load()
    except EDGE:
        return Findings(models=[failed(plugin, traceback.format_exc())])
    models = [_model_card(each, plugin, home) for each in found if isinstance(each, DeclaredModel)]
    datasets = [_dataset_card(each, plugin, home) for each in found if isinstance(each, DeclaredDataset)]
    return Findings(models=models, datasets=datasets)


def _model_card(declared: DeclaredModel, plugin: Plugin, home: Path) -> ModelDetails:
    known = (card.image_shape for card in datasets(home) if card.image_shape is not None)
    return tried_card(
        declared.key,
        as_network(declared),
        origin="plugin",
        source=plugin.name,
        version=plugin_version(plugin.fingerprint()),
        shapes=known,
    )


def _dataset_card(declared: DeclaredDataset, plugin: Plugin, home: Path) -> DatasetCard:
    numbers: dict[str, Any] = {}
    try:
        data = _images(declared, home)
    except EDGE:
        numbers["error"] = traceback.format_exc()
    else:
        numbers["train_images"], numbers["test_images"] = len(data.train_images), len(data.test_images)
        numbers["image_shape"] = data.image_shape
    return DatasetCard(
        key=declared.key,
        label=declared.label,
        classes=list(declared.classes),
        available=True,
        source=declared.source,
        plugin=plugin.name,
        **numbers,
    )


def _images(declared: DeclaredDataset, home: Path) -> ImageData:
    arrays = [_array(given) for given in declared.load(home)]
    if len(arrays) != 4:
        raise BadPlugin(
            f"{declared.key}: load() gave {len(arrays)} arrays; give images and labels to train, then to test"
        )
    for images, labels in (arrays[:2], arrays[2:]):
        if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] != 3:
            raise BadPlugin(
                f"{declared.key}: images are {images.dtype} {images.shape}; give uint8, N x height x width x 3"
            )
        if labels.shape != images.shape[:1] or not np.issubdtype(labels.dtype, np.integer):
            raise BadPlugin(
                f"{declared.key}: labels are {labels.dtype} {labels.shape}; give one whole number for each image"
            )
        if len(labels) and not 0 <= labels.min() <= labels.max() < len(declared.classes):
            raise BadPlugin(
                f"{declared.key}: labels go from {labels.min()} to {labels.max()}; there are"
                f" {len(declared.classes)} classes"
            )
    train_images, train_labels, test_images, test_labels = arrays
    return ImageData(
        name=declared.key,
        classes=declared.classes,
        train_images=train_images,
        train_labels=train_labels.astype(np.int64, subok=False),
        test_images=test_images,
        test_labels=test_labels.astype(np.int64, subok=False),
    )


def _array(given: Any) -> NDArray[Any]:
    """A memory map stays one: who no longer knows it for one copies parts of it into memory."""
    if not isinstance(given, np.memmap):
        return np.asarray(given)
    # What has changed in memory, or does not lie in one piece, is in no file as it is.
    return _copy_on_write(given) if given.mode == "r" and given.flags.c_contiguous and given.size else given


def _copy_on_write(mapped: np.memmap[Any, Any]) -> np.memmap[Any, Any]:
    """The same bytes of the same file, mapped as the lab maps its own: torch has no read-only tensors, and what cannot
    be one is copied whole."""
    whole: Any = mapped
    while isinstance(whole.base, np.ndarray):
        whole = whole.base
    if not isinstance(whole, np.memmap) or not isinstance(whole.base, mmap) or whole.filename is None:
        return mapped
    # A slice has the offset of the map that it is taken of.
    place = whole.offset + mapped.ctypes.data - whole.ctypes.data
    try:
        return np.memmap(whole.filename, dtype=mapped.dtype, mode="c", offset=place, shape=mapped.shape)
    except FileNotFoundError:  # mapped and removed, so that it goes with the process
        return mapped


def _declared(key: str, plugin: str, home: Path, kind: type[Kind]) -> Kind:
    holder = named(home, plugin)
    found = holder.load() if holder is not None else []
    for each in found:
        if isinstance(each, kind) and each.key == key:
            return each
    raise PluginGone(key, plugin)
