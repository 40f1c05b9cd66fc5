"""Images stored as arrays: check shapes, value ranges and labels, whatever file they come from."""

import math
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from skiplab.contract.imports import Split
from worker.datasets.images import Size
from worker.datasets.pictures import BadImages, Loaded
from worker.imports.collection import Collection, Entry

Array = NDArray[Any]

CHUNK = 1024
"""Images whose value range is computed at once."""


@dataclass
class Part:
    """One split, or a piece of one."""

    split: Split | None
    name: str
    """Name of the array or file, for messages."""

    images: Array
    labels: Array | Sequence[Any]
    classes: Sequence[str] = ()


@dataclass
class ArrayPictures:
    """One array for each part, of shape (N, H, W) or (N, H, W, C)."""

    arrays: dict[str, Array]
    scales: dict[str, float] = field(default_factory=dict)
    """Factor that maps floating-point values to 0..255, by part."""

    def size(self, entry: Entry) -> Size:
        _, height, width, *_ = self.arrays[entry.path].shape
        return height, width

    def load(self, entry: Entry, at_least: Size | None) -> Loaded:  # noqa: ARG002  # arrays cannot be decoded at reduced size
        image = np.asarray(self.arrays[entry.path][entry.row])
        if image.dtype.kind == "f":
            image = np.round(np.nan_to_num(image) * self.scales[entry.path]).clip(0, 255).astype(np.uint8)
        elif image.dtype == bool:
            image = image.astype(np.uint8) * 255
        elif image.dtype != np.uint8:
            image = image.astype(np.uint8 if image.ndim == 3 and image.shape[2] > 1 else np.uint16)
        if image.ndim == 3 and image.shape[2] == 1:
            image = image[..., 0]
        picture = Image.fromarray(np.ascontiguousarray(image))
        return Loaded(picture, (picture.height, picture.width))


def mapped(file: IO[bytes], dtype: np.dtype[Any], shape: tuple[int, ...], path: str, *, order: Any = "C") -> Array:
    """Map the rest of a file as a read-only array. Raises BadImages when the file is too short."""
    start = file.tell()
    needed = math.prod(shape) * dtype.itemsize
    if file.seek(0, 2) - start < needed:
        raise BadImages(f"{path} is corrupt: expected {needed:,} bytes of data, found {file.tell() - start:,}.")
    if not needed:
        return np.empty(shape, dtype)
    with closing(file):
        return np.memmap(file, dtype=dtype, mode="r", offset=start, shape=shape, order=order)


def of_parts(layout: str, parts: Iterable[Part]) -> Collection:
    """Build a collection of arrays. Raises BadImages for arrays that are not images or not class labels."""
    pictures = ArrayPictures({})
    collection = Collection(layout, [], pictures)
    parts = list(parts)
    classes = _classes(parts)
    for part in parts:
        images = _images(part)
        labels = _labels(part, classes)
        if len(images) != len(labels):
            raise BadImages(f"{part.name}: {len(images):,} images, but {len(labels):,} labels.")
        if not len(images):
            collection.left_out.add("arrays without images", part.name)
            continue
        pictures.arrays[part.name] = images
        if images.dtype.kind == "f":
            pictures.scales[part.name] = 0.0
        elif images.dtype not in (np.uint8, bool):
            _check_range(part.name, images)
        split = part.split or "train"
        collection.entries += [Entry(split, label, part.name, row) for row, label in enumerate(labels)]
        before = collection.origins.get(split)
        collection.origins[split] = f"{before}, {part.name}" if before else part.name
    if pictures.scales:
        scale = _scale([pictures.arrays[name] for name in pictures.scales])
        pictures.scales = dict.fromkeys(pictures.scales, scale)
        collection.notes.append(f"Floating-point values are multiplied by {scale:g} to map them to 0-255.")
    collection.classes = classes
    return collection


def _images(part: Part) -> Array:
    """Return images of shape (N, H, W) or (N, H, W, C) with C = 1, 3 or 4. Raises BadImages."""
    images, shape = part.images, part.images.shape
    if images.dtype.kind not in "uifb":
        raise BadImages(f"{part.name} has dtype {images.dtype}; images must be integers, floats or booleans.")
    if 0 in shape[1:]:
        raise BadImages(f"{part.name} has shape {shape_of(images)}: its images have no pixels.")
    if images.ndim == 2 and (side := math.isqrt(shape[1])) > 1 and side * side == shape[1]:
        return images.reshape(-1, side, side)
    if images.ndim == 4 and shape[3] not in (1, 3, 4) and shape[1] in (1, 3, 4):
        return images.transpose(0, 2, 3, 1)
    if images.ndim == 3 or (images.ndim == 4 and shape[3] in (1, 3, 4)):
        return images
    raise BadImages(
        f"{part.name} has shape {shape_of(images)}; expected (N, height, width), (N, height, width, C) or"
        " (N, C, height, width) with 1, 3 or 4 channels C."
    )


def _check_range(name: str, images: Array) -> None:
    """Raise BadImages for integers outside the range of pixel values."""
    low, high = _range([images])
    most = 65535 if images.ndim == 3 or images.shape[3] == 1 else 255
    if low < 0 or high > most:
        raise BadImages(f"{name} has values from {low:g} to {high:g}; integer images must be within 0 to {most}.")


def _scale(arrays: list[Array]) -> float:
    """Return the factor that maps the values to 0..255. Raises BadImages for a range beyond 0..1 and 0..255."""
    low, high = _range(arrays)
    if low >= 0 and high <= 1:
        return 255.0
    if low >= 0 and high <= 255:
        return 1.0
    raise BadImages(
        f"The images have floating-point values from {low:g} to {high:g}; they must be within 0 to 1 or 0 to 255."
    )


def _range(arrays: list[Array]) -> tuple[float, float]:
    low, high = math.inf, -math.inf
    for array in arrays:
        for start in range(0, len(array), CHUNK):
            chunk = array[start : start + CHUNK]
            low, high = min(low, float(np.nanmin(chunk))), max(high, float(np.nanmax(chunk)))
    return low, high


def _classes(parts: list[Part]) -> list[str]:
    """Return the classes in order: as the collection lists them, else numbers ascending, then strings sorted."""
    if parts and parts[0].classes:
        return list(parts[0].classes)
    values: set[Any] = set()
    for part in parts:
        values.update(_plain_labels(part))
    return [str(value) for value in sorted(values, key=lambda value: (isinstance(value, str), value))]


def _labels(part: Part, classes: list[str]) -> list[str]:
    values = _plain_labels(part)
    if not part.classes:
        return [str(value) for value in values]
    for value in values:
        if isinstance(value, str) or not 0 <= value < len(classes):
            raise BadImages(f"{part.name}: label {value!r} is not the index of one of the {len(classes)} classes.")
    return [classes[int(value)] for value in values]


def _is_one_hot(labels: Array) -> bool:
    """Return whether each row has exactly one 1; soft labels do not."""
    return bool(labels.size and np.isin(labels, (0, 1)).all() and (labels.sum(1) == 1).all())


def _plain_labels(part: Part) -> list[int | str]:
    """Return one integer or string for each image. Raises BadImages for labels of another shape or type."""
    try:
        labels = np.asarray(part.labels)
    except ValueError as error:  # lists of different lengths
        raise BadImages(f"{part.name}: labels must be one class for each image: {error}.") from error
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim == 2 and labels.dtype.kind in "uifb" and _is_one_hot(labels):
        labels = labels.argmax(1)
    if labels.ndim != 1:
        raise BadImages(f"{part.name}: labels must be one class for each image, got shape {shape_of(labels)}.")
    if labels.dtype.kind == "f" and bool((labels == np.floor(labels)).all()):
        labels = labels.astype(np.int64)
    if labels.dtype.kind in "SU":
        return [
            value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value) for value in labels.tolist()
        ]
    if labels.dtype.kind not in "uib":
        raise BadImages(f"{part.name}: labels must be integers or strings, got {labels.dtype}.")
    return [int(value) for value in labels.tolist()]


def shape_of(array: Array) -> str:
    return " x ".join(map(str, array.shape))
