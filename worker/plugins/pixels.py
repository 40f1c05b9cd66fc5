"""Convert a plugin's images, in any common form, to uint8 of shape (N, H, W, 3), block by block."""

from collections.abc import Iterable, Iterator
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from skiplab.plugins import BadPlugin
from worker.datasets.images import Images, Size
from worker.datasets.limits import Limits
from worker.datasets.pictures import picture
from worker.plugins.image_file import ImageFile
from worker.plugins.number_range import Block, NumberRange

AT_ONCE = 256
"""Images of an array converted at once; also the number after which the range of their numbers is decided."""

CHANNELS = (1, 3, 4)
"""Grey, RGB and RGBA."""

BLOCK_NUMBERS = 2**26
"""Limit for a block: its images are fewer if they are large."""


def stored(blocks: Iterable[Block], file: ImageFile, numbers: NumberRange) -> Images:
    """Convert blocks, write them to the file and return its images. Raises BadPlugin for unclear numbers or shapes."""
    waiting: list[Block] = []
    for block in blocks:
        known = numbers.settle(block)
        # Only without waiting blocks before it: images must keep their order.
        if not waiting and known:
            file.add(_coloured(numbers.to_bytes(_arranged(block))))
            continue
        waiting.append(block)
        if numbers.factor is not None or sum(map(len, waiting)) >= AT_ONCE:
            _flush(waiting, file, numbers)
    if waiting:
        _flush(waiting, file, numbers)
    return file.array()


def needs_no_conversion(images: object, size: Size | None) -> bool:
    """Return whether images are uint8 (N, H, W, 3) already, of the declared size if there is one."""
    return (
        isinstance(images, np.ndarray)
        and images.dtype == np.uint8
        and images.ndim == 4
        and images.shape[3] == 3
        and size in (None, images.shape[1:3])
    )


def as_numpy(images: Any) -> Any:
    """Convert a dense tensor to an array that shares its memory; return anything else unchanged."""
    # Without importing torch. NumPy has no bfloat16.
    is_dense = hasattr(images, "detach") and str(getattr(images, "layout", "")) == "torch.strided"
    return images.detach().cpu().numpy() if is_dense and str(images.dtype) != "torch.bfloat16" else images


def is_array(value: object) -> bool:
    """Return whether a value is an array or a tensor of any library."""
    return all(hasattr(value, name) for name in ("shape", "dtype", "__getitem__")) and (
        hasattr(value, "detach") or hasattr(value, "__array__")
    )


def blocks_of(images: Any) -> Iterator[Block]:
    """Yield the images of an array, a tensor, or anything that can be sliced like one. Raises BadPlugin."""
    if getattr(images, "is_sparse", False):
        raise BadPlugin("images are a sparse tensor; return a dense one")
    shape = tuple(images.shape)
    if str(images.dtype) == "object":
        yield from (one(image) for image in images)
        return
    if len(shape) not in (3, 4) or (len(shape) == 4 and not {shape[1], shape[3]} & {*CHANNELS}):
        raise BadPlugin(
            f"images are {images.dtype} {shape}; return uint8, N x height x width x 3, or N x 3 x height x width, or"
            " N x height x width of grey"
        )
    largest = max(1, min(AT_ONCE, BLOCK_NUMBERS // max(1, prod(shape[1:]))))
    for start in range(0, shape[0], largest):
        yield _dense(images[start : start + largest])


def one(image: Any) -> Block:
    """Return a block of one image: a Pillow image, an array, a tensor, or the path of a file. Raises BadPlugin."""
    if isinstance(image, Image.Image):
        return _of_pillow(image)[None]
    if isinstance(image, str | Path):
        return np.asarray(picture(_Disk(), str(image), Limits()))[None]
    if not is_array(image):
        raise BadPlugin(f"an image is a {type(image).__name__}; return arrays, tensors or Pillow images")
    array = _dense(image)
    if array.ndim not in (2, 3):
        raise BadPlugin(f"an image is {array.dtype} {array.shape}; return height x width x 3, or 3 x height x width")
    return array[None]


class _Disk:
    """The file system, in the form that `picture` reads from."""

    def read(self, path: str) -> bytes:
        return Path(path).read_bytes()


def _flush(waiting: list[Block], file: ImageFile, numbers: NumberRange) -> None:
    """Convert the blocks that waited for the range."""
    for block in waiting:
        numbers.settle(block)
    numbers.decide()
    for block in waiting:
        file.add(_coloured(numbers.to_bytes(_arranged(block))))
    waiting.clear()


def _dense(images: Any) -> NDArray[Any]:
    if hasattr(images, "detach"):
        images = images.detach().cpu()
        if str(images.dtype) == "torch.bfloat16":  # NumPy lacks it
            images = images.float()
    array = np.asarray(images)
    if array.dtype.kind not in "biuf":
        raise BadPlugin(f"images are {array.dtype}; return numbers, preferably uint8")
    return array


def _arranged(block: Block) -> Block:
    """Return a block as (N, H, W, C) with C in CHANNELS. Raises BadPlugin."""
    if block.ndim == 3:
        return block[..., None]
    if block.ndim == 4 and block.shape[3] in CHANNELS:
        return block
    if block.ndim == 4 and block.shape[1] in CHANNELS:
        return np.moveaxis(block, 1, 3)
    channels = f"{block.shape[1]} or {block.shape[3]} channels" if block.ndim == 4 else f"{block.ndim - 1} dimensions"
    raise BadPlugin(f"an image of {block.shape[1:]} has {channels}; return height x width x 3, or grey, or RGBA")


def _coloured(block: NDArray[np.uint8]) -> Images:
    """Return RGB images: grey is repeated, and transparent pixels are blended with white."""
    if block.shape[3] == 1:
        return np.repeat(block, 3, axis=3)
    if block.shape[3] == 4:
        alpha = block[..., 3:].astype(np.uint32)
        # + 127: rounds to the nearest, in integers.
        return ((block[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)
    return block


def _of_pillow(image: Image.Image) -> NDArray[Any]:
    if image.mode == "F" or image.mode.startswith("I"):
        return np.asarray(image)
    return np.asarray(image.convert("RGBA" if image.has_transparency_data else "RGB"))
