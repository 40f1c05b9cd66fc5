"""Images as people have them become bytes, N x height x width x 3: block by block, into a file that goes with the
process, so that memory holds no more than a block."""

import shutil
from collections.abc import Iterable, Iterator
from math import prod
from pathlib import Path
from tempfile import NamedTemporaryFile
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from skiplab.plugins import BadPlugin
from worker.datasets.images import Images, Size
from worker.datasets.limits import Limits
from worker.datasets.pictures import picture, sized

AT_ONCE = 256
"""Images of an array that are converted at once, and images that wait until it is known what their numbers mean."""

CHANNELS = (1, 3, 4)

Block = NDArray[Any]
"""Some images, the first dimension."""


class Scale:
    """What the numbers of images mean: bytes, or shares of 1. One answer for a whole data set."""

    def __init__(self) -> None:
        self.factor: float | None = None  # None: not known yet

    def settle(self, block: Block) -> bool:
        """Whether the block can be converted. Raises BadPlugin for numbers that no image has."""
        if block.dtype == np.uint8 or block.dtype.kind == "b" or not block.size:
            return True
        low, high = block.min(), block.max()
        if not np.isfinite([low, high]).all():
            raise BadPlugin("images hold NaN or infinite numbers; give finite ones, from 0 to 1 or from 0 to 255")
        if low < 0 or high > 255:
            normalised = block.dtype.kind == "f" and low < 0
            remedy = (
                "they look normalised, which cannot be undone here: leave out Normalize, the lab does that itself"
                if normalised
                else "scale them to bytes first: it is not known here what is white"
            )
            raise BadPlugin(f"images are {block.dtype} from {low:g} to {high:g}; {remedy}")
        if block.dtype.kind in "iu":
            return True
        if self.factor is None and high > 1:
            self.factor = 1.0
        if self.factor == 255.0 and high > 1:
            raise BadPlugin(
                f"images are {block.dtype}, the first ones from 0 to 1 and others up to {high:g}; give all in one range"
            )
        return self.factor is not None

    def decide(self) -> None:
        """All that was seen lies between 0 and 1."""
        self.factor = self.factor or 255.0

    def bytes(self, block: Block) -> NDArray[np.uint8]:
        if block.dtype == np.uint8:
            return block
        if block.dtype.kind == "b":
            return block.astype(np.uint8) * np.uint8(255)
        if block.dtype.kind in "iu":
            return block.astype(np.uint8)
        return np.round(block.astype(np.float32) * (self.factor or 255.0)).astype(np.uint8)


class Film:
    """Images written one after the other. On the disk nothing has a name, so that nothing is left of a killed
    process."""

    def __init__(self, folder: Path, size: Size | None) -> None:
        """`size`: height and width to which images are brought; None: all have to be of one."""
        folder.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=folder, prefix=".plugin-", delete=False) as made:
            self._file = Path(made.name).open("r+b")  # noqa: SIM115  # until __exit__
        Path(made.name).unlink()
        self._folder, self._wanted = folder, size
        self._size: Size | None = size
        self.images = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, block: NDArray[np.uint8]) -> None:
        """N x height x width x 3. Raises BadPlugin."""
        if self._wanted is not None and block.shape[1:3] != self._wanted:
            block = np.stack([np.asarray(sized(Image.fromarray(image), self._wanted)) for image in block])
        height, width = block.shape[1:3]
        if self._size is None:
            self._size = (height, width)
        if (height, width) != self._size:
            first = " x ".join(map(str, self._size))
            raise BadPlugin(
                f"images differ in size: the first is {first}, image {self.images} is {height} x {width} (height x"
                " width). Declare one that all are brought to: @dataset(..., size=64)"
            )
        self._check_room(block.nbytes)
        try:
            self._file.write(np.ascontiguousarray(block).data)
        except OSError as error:
            raise BadPlugin(
                f"the converted images do not fit on the disk of {self._folder}: {error.strerror}"
            ) from error
        self.images += len(block)

    def array(self) -> Images:
        """All of them, mapped: the map outlives the file."""
        if self._size is None or not self.images:
            return np.empty((0, *(self._size or (1, 1)), 3), dtype=np.uint8)
        self._file.flush()
        return np.memmap(self._file, dtype=np.uint8, mode="r+", shape=(self.images, *self._size, 3))

    def _check_room(self, more: int) -> None:
        if self.images % 100 == 0 or more > 2**20:
            free = shutil.disk_usage(self._folder).free - Limits().kept_free
            if more > free:
                raise BadPlugin(
                    f"the disk of {self._folder} is full after {self.images:,} converted images: make room, declare a"
                    " smaller size=, or does the data set have no end?"
                )


def stored(blocks: Iterable[Block], film: Film, scale: Scale) -> Images:
    """Raises BadPlugin where it is not plain what the numbers or dimensions mean."""
    waiting: list[Block] = []
    for block in blocks:
        known = scale.settle(block)
        if not waiting and known:
            film.add(_coloured(scale.bytes(_arranged(block))))
            continue
        waiting.append(block)
        if scale.factor is not None or sum(map(len, waiting)) >= AT_ONCE:
            _flush(waiting, film, scale)
    if waiting:
        _flush(waiting, film, scale)
    return film.array()


def needs_no_conversion(images: object, size: Size | None) -> bool:
    """Whether nothing has to be converted."""
    return (
        isinstance(images, np.ndarray)
        and images.dtype == np.uint8
        and images.ndim == 4
        and images.shape[3] == 3
        and size in (None, images.shape[1:3])
    )


def as_numpy(images: Any) -> Any:
    """A dense tensor as an array of the same memory; anything else as it is."""
    is_dense = hasattr(images, "detach") and str(getattr(images, "layout", "")) == "torch.strided"
    return images.detach().cpu().numpy() if is_dense and str(images.dtype) != "torch.bfloat16" else images


def is_array(value: object) -> bool:
    """An array of any library, with images or numbers in it."""
    return all(hasattr(value, name) for name in ("shape", "dtype", "__getitem__")) and (
        hasattr(value, "detach") or hasattr(value, "__array__")
    )


def blocks_of(images: Any) -> Iterator[Block]:
    """Of an array, a tensor, or whatever can be cut like one. Raises BadPlugin."""
    if getattr(images, "is_sparse", False):
        raise BadPlugin("images are a sparse tensor; give a dense one")
    shape = tuple(images.shape)
    if str(images.dtype) == "object":
        yield from (one(image) for image in images)
        return
    if len(shape) not in (3, 4) or (len(shape) == 4 and not {shape[1], shape[3]} & {*CHANNELS}):
        raise BadPlugin(
            f"images are {images.dtype} {shape}; give uint8, N x height x width x 3, or N x 3 x height x width, or"
            " N x height x width of grey"
        )
    largest = max(1, min(AT_ONCE, 2**26 // max(1, prod(shape[1:]))))
    for start in range(0, shape[0], largest):
        yield _dense(images[start : start + largest])


def one(image: Any) -> Block:
    """A block of one image: of Pillow, an array, a tensor, or the path of a file. Raises BadPlugin."""
    if isinstance(image, Image.Image):
        return _of_pillow(image)[None]
    if isinstance(image, str | Path):
        return np.asarray(picture(_Disk(), str(image), Limits()))[None]
    if not is_array(image):
        raise BadPlugin(f"an image is a {type(image).__name__}; give arrays, tensors, or images of Pillow")
    array = _dense(image)
    if array.ndim not in (2, 3):
        raise BadPlugin(f"an image is {array.dtype} {array.shape}; give height x width x 3, or 3 x height x width")
    return array[None]


class _Disk:
    """Files by their paths, as `picture` reads them."""

    def read(self, path: str) -> bytes:
        return Path(path).read_bytes()


def _flush(waiting: list[Block], film: Film, scale: Scale) -> None:
    for block in waiting:
        scale.settle(block)
    scale.decide()
    for block in waiting:
        film.add(_coloured(scale.bytes(_arranged(block))))
    waiting.clear()


def _dense(images: Any) -> NDArray[Any]:
    if hasattr(images, "detach"):
        images = images.detach().cpu()
        if str(images.dtype) == "torch.bfloat16":  # which NumPy does not have
            images = images.float()
    array = np.asarray(images)
    if array.dtype.kind not in "biuf":
        raise BadPlugin(f"images are {array.dtype}; give numbers, best uint8")
    return array


def _arranged(block: Block) -> Block:
    """N x height x width x channels, of which there are one, three or four."""
    if block.ndim == 3:
        return block[..., None]
    if block.ndim == 4 and block.shape[3] in CHANNELS:
        return block
    if block.ndim == 4 and block.shape[1] in CHANNELS:
        return np.moveaxis(block, 1, 3)
    channels = f"{block.shape[1]} or {block.shape[3]} channels" if block.ndim == 4 else f"{block.ndim - 1} dimensions"
    raise BadPlugin(f"an image of {block.shape[1:]} has {channels}; give height x width x 3, or grey, or RGBA")


def _coloured(block: NDArray[np.uint8]) -> Images:
    """Grey three times; what is transparent is laid on white."""
    if block.shape[3] == 1:
        return np.repeat(block, 3, axis=3)
    if block.shape[3] == 4:
        alpha = block[..., 3:].astype(np.uint32)
        return ((block[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)
    return block


def _of_pillow(image: Image.Image) -> NDArray[Any]:
    if image.mode == "F" or image.mode.startswith("I"):
        return np.asarray(image)
    return np.asarray(image.convert("RGBA" if image.has_transparency_data else "RGB"))
