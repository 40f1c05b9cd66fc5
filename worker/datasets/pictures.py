"""One image file, whatever it is, becomes a picture of three channels; or an error names it."""

import io
import struct
import zlib
from typing import Protocol

import numpy as np
from PIL import Image, ImageOps

from worker.datasets.images import Size
from worker.datasets.limits import Limits
from worker.errors import CannotTrain

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")
"""What a file may be, whatever its name says: Pillow knows formats that start other programs."""

SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")

# What Pillow raises at damaged content, found by giving it some.
UNREADABLE = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    RuntimeError,
    TypeError,
    LookupError,
    ArithmeticError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)


class BadImages(CannotTrain):
    """The folder or zip cannot become a data set; nothing of it was kept."""


class Files(Protocol):
    def read(self, path: str) -> bytes:
        """Raises BadImages that names the file."""
        ...


def picture(files: Files, path: str, limits: Limits, at_least: Size | None = None) -> Image.Image:
    """The file as RGB, upright; a large JPEG may come out smaller, yet not below twice `at_least` (height, width).

    What is transparent is laid on white. Raises BadImages that names the file.
    """
    content = io.BytesIO(files.read(path))
    try:
        with Image.open(content, formats=FORMATS) as image:
            _check(image, path, limits)
            if at_least:
                height, width = at_least
                image.draft(None, (2 * max(width, height), 2 * max(width, height)))
            return _rgb(ImageOps.exif_transpose(image))
    except UNREADABLE as error:
        raise BadImages(f"{path} cannot be read as an image: {error}.") from error


def sized(image: Image.Image, size: Size) -> Image.Image:
    """Scaled to cover `size` (height, width), and what sticks out on both sides cut off: nothing is distorted."""
    height, width = size
    if image.size == (width, height):
        return image
    return ImageOps.fit(image, (width, height), Image.Resampling.BILINEAR)


def _check(image: Image.Image, path: str, limits: Limits) -> None:
    if image.width * image.height > limits.pixels:
        raise BadImages(f"{path} is {image.width} x {image.height} pixels: scale it down first.")
    # A telephone's photo may hold a second, smaller one of itself (MPO): the first is the photo.
    if image.format != "MPO" and getattr(image, "n_frames", 1) > 1:
        raise BadImages(f"{path} is animated, or holds several pages: one image a file, please.")
    if image.mode == "F":
        raise BadImages(f"{path} holds fractional numbers, whose black and white nobody knows: save it with 8 bits.")


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):
        # Pillow would clip 16-bit grey at 255 instead of scaling it.
        return Image.fromarray((np.asarray(image).clip(0, 65535) // 256).astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        white = Image.new("RGBA", image.size, "white")
        white.alpha_composite(image.convert("RGBA"))
        return white.convert("RGB")
    return image.convert("RGB")
