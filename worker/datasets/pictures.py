"""One image file, whatever it is, becomes a picture of three channels; or an error names it."""

import io
import struct
import zlib
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from worker.datasets.images import Size
from worker.datasets.limits import Limits
from worker.errors import CannotTrain

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF", "PPM", "AVIF")
"""What a file may be, whatever its name says: Pillow knows formats that start other programs."""

SUFFIXES = (
    *(".avif", ".bmp", ".dib", ".gif", ".jfif", ".jpe", ".jpeg", ".jpg", ".pbm", ".pgm", ".png", ".pnm", ".ppm"),
    *(".tif", ".tiff", ".webp"),
)

NOT_READ = {
    **dict.fromkeys((".heic", ".heif", ".hif"), "HEIC, a telephone's format"),
    **dict.fromkeys((".cr2", ".cr3", ".nef", ".arw", ".dng", ".orf", ".raf", ".rw2"), "a camera's raw data"),
    **dict.fromkeys((".jp2", ".j2k", ".jpx"), "JPEG 2000"),
    **dict.fromkeys((".jxl",), "JPEG XL"),
    **dict.fromkeys((".psd", ".xcf"), "a drawing program's file"),
    **dict.fromkeys((".svg", ".eps"), "a drawing without pixels"),
    **dict.fromkeys((".exr", ".hdr"), "an image of fractional numbers"),
    **dict.fromkeys((".dcm", ".dicom", ".nii"), "a medical format"),
}
"""Images all the same, by suffix; what each is."""

DEEPEST = 16
"""Bits of a grey value, at most."""

NEARLY_BLACK = 16
"""Of 255: what the largest value of 12 bits becomes in a file of 16."""

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


HEIC = (b"heic", b"heix", b"hevc", b"mif1", b"msf1")
ORIENTATION = 0x0112


class Files(Protocol):
    def read(self, path: str) -> bytes:
        """Raises BadImages that names the file."""
        ...


@dataclass(frozen=True)
class Loaded:
    """A decoded file, upright. Its mode is still the file's own."""

    image: Image.Image
    size: Size
    """Of the file; a large JPEG may be decoded smaller."""

    @property
    def peak(self) -> int | None:
        """The largest value of an image of more than 8 bits; None for others."""
        return int(np.asarray(self.image).max()) if self.image.mode.startswith("I") else None


def picture(
    files: Files, path: str, limits: Limits, at_least: Size | None = None, *, bits: int = DEEPEST
) -> Image.Image:
    """The file as RGB, upright; a large JPEG may come out smaller, yet not below twice `at_least` (height, width).

    What is transparent is laid on white; a grey value of `bits` bits becomes one of 8. Raises BadImages that names the
    file.
    """
    return rgb(load(files.read(path), path, limits, at_least), path, bits=bits)


def load(content: bytes, path: str, limits: Limits, at_least: Size | None = None) -> Loaded:
    """Decode the content of the file `path`. Raises BadImages that names it."""
    if any(content[4:12] == b"ftyp" + brand for brand in HEIC):
        raise BadImages(f"{path} is {NOT_READ['.heic']}, which is not read here: convert it to JPEG.")
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            _check(image, path, limits)
            is_cut = _is_cut_to_8_bits(image)  # first: for Exif data Pillow may decode the image
            size = upright(image)
            if at_least:
                height, width = at_least
                image.draft(None, (2 * max(width, height), 2 * max(width, height)))
            loaded = ImageOps.exif_transpose(image)
            loaded.load()
            if is_cut:
                _check_cut_values(loaded, path)
            if loaded.mode.startswith("I"):
                _check_range(loaded, path)
            return Loaded(loaded, size)
    except UNREADABLE as error:
        raise _unreadable(path, error) from error


def rgb(loaded: Loaded, path: str, *, bits: int = DEEPEST) -> Image.Image:
    """Raises BadImages that names the file."""
    try:
        return _rgb(loaded.image, bits)
    except UNREADABLE as error:
        raise _unreadable(path, error) from error


def size_of(content: bytes, path: str) -> Size:
    """Of the upright image; nothing is decoded. Raises BadImages that names the file."""
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            return upright(image)
    except UNREADABLE as error:
        raise _unreadable(path, error) from error


def _unreadable(path: str, error: Exception) -> BadImages:
    # What Pillow says of unknown content speaks of its own objects.
    why = "its content is none" if isinstance(error, UnidentifiedImageError) else str(error).rstrip(".")
    return BadImages(f"{path} cannot be read as an image: {why}.")


def is_image(head: bytes) -> bool:
    """By the first bytes of a file, where its name says nothing."""
    known = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*")
    netpbm = head[:1] == b"P" and head[1:2] in (b"1", b"2", b"3", b"4", b"5", b"6") and head[2:3].isspace()
    webp = head[:4] == b"RIFF" and head[8:12] == b"WEBP"
    boxed = head[4:8] == b"ftyp" and head[8:12] in (b"avif", b"avis", *HEIC)
    return head.startswith(known) or netpbm or webp or boxed


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


def upright(image: Image.Image) -> Size:
    """Height and width as the camera was held."""
    turned = image.getexif().get(ORIENTATION) in (5, 6, 7, 8)
    return (image.width, image.height) if turned else (image.height, image.width)


def _is_cut_to_8_bits(image: Image.Image) -> bool:
    """Whether the file has 16 bits for each of several channels, or a grey and its transparency, of which Pillow keeps
    the high bytes alone; asked before it is decoded. What it keeps whole has a mode of its own (I)."""
    if image.mode.startswith("I"):
        return False
    tiles = getattr(image, "tile", ())
    # A PPM of colours says by its largest value how wide they are.
    return any(";16" in str(tile) or (image.format == "PPM" and _largest(tile) > 255) for tile in tiles)


def _largest(tile: Any) -> int:
    """The value that is white in a PPM."""
    arguments = tile[3] if isinstance(tile[3], tuple) else (tile[3],)
    return next((each for each in arguments[1:] if isinstance(each, int)), 255)


def _check_cut_values(image: Image.Image, path: str) -> None:
    """Of small values next to nothing is left."""
    colours = image.convert("RGB").getextrema()
    if max(high for _, high in colours) <= NEARLY_BLACK:  # type: ignore[misc]
        raise BadImages(f"{path} has values of 16 bits, all of them nearly black: save it with 8 bits.")


def _check_range(image: Image.Image, path: str) -> None:
    values = np.asarray(image)
    low, high = int(values.min()), int(values.max())
    if low < 0 or high >= 1 << DEEPEST:
        raise BadImages(f"{path} has values from {low} to {high}: of grey images 0 to {(1 << DEEPEST) - 1} are read.")


def _rgb(image: Image.Image, bits: int) -> Image.Image:
    if image.mode.startswith("I"):
        # Pillow would clip 16-bit grey at 255 instead of scaling it.
        values = np.asarray(image).clip(0, 2**bits - 1).astype(np.int64)
        return Image.fromarray((values >> (bits - 8) if bits > 8 else values).astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        white = Image.new("RGBA", image.size, "white")
        white.alpha_composite(image.convert("RGBA"))
        return white.convert("RGB")
    return image.convert("RGB")
