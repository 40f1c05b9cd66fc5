"""Decode an image file of any supported format to RGB, or raise an error that names it."""

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
"""Allowed formats, whatever the file name: some of Pillow's other formats start external programs."""

SUFFIXES = (
    *(".avif", ".bmp", ".dib", ".gif", ".jfif", ".jpe", ".jpeg", ".jpg", ".pbm", ".pgm", ".png", ".pnm", ".ppm"),
    *(".tif", ".tiff", ".webp"),
)

UNSUPPORTED = {
    **dict.fromkeys((".heic", ".heif", ".hif"), "HEIC, a phone camera format"),
    **dict.fromkeys((".cr2", ".cr3", ".nef", ".arw", ".dng", ".orf", ".raf", ".rw2"), "a camera's raw format"),
    **dict.fromkeys((".jp2", ".j2k", ".jpx"), "JPEG 2000"),
    **dict.fromkeys((".jxl",), "JPEG XL"),
    **dict.fromkeys((".psd", ".xcf"), "a project file of a graphics editor"),
    **dict.fromkeys((".svg", ".eps"), "a vector graphic"),
    **dict.fromkeys((".exr", ".hdr"), "a floating-point image"),
    **dict.fromkeys((".dcm", ".dicom", ".nii"), "a medical image format"),
}
"""Descriptions of image formats that are not supported, by suffix."""

DEEPEST = 16
"""Maximum bits of a grey value."""

NEARLY_BLACK = 16
"""Of 255: the largest 12-bit value after a 16-bit file is reduced to 8 bits."""

# Raised by Pillow for corrupt content; found by fuzzing.
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
    """Raised for a folder or archive that cannot be imported; nothing of it was stored."""


HEIC = (b"heic", b"heix", b"hevc", b"mif1", b"msf1")
ORIENTATION = 0x0112


class Files(Protocol):
    def read(self, path: str) -> bytes:
        """Return the content of a file. Raises BadImages that names it."""
        ...


@dataclass(frozen=True)
class Loaded:
    """A decoded image, upright, still in the mode of the file."""

    image: Image.Image
    size: Size
    """Size in the file; a large JPEG may be decoded at a smaller one."""

    @property
    def peak(self) -> int | None:
        """Largest value of an image with more than 8 bits; None for others."""
        return int(np.asarray(self.image).max()) if self.image.mode.startswith("I") else None


def picture(
    files: Files, path: str, limits: Limits, at_least: Size | None = None, *, bits: int = DEEPEST
) -> Image.Image:
    """Return an image file as upright RGB.

    A large JPEG is decoded at a reduced size, but not below twice `at_least` (height, width). Transparent pixels
    are composited on white; grey values of `bits` bits are reduced to 8. Raises BadImages.
    """
    return rgb(load(files.read(path), path, limits, at_least), path, bits=bits)


def load(content: bytes, path: str, limits: Limits, at_least: Size | None = None) -> Loaded:
    """Decode the content of file `path`; parameters as for `picture`. Raises BadImages that names it."""
    if any(content[4:12] == b"ftyp" + brand for brand in HEIC):
        raise BadImages(f"{path} is {UNSUPPORTED['.heic']}, which is not supported: convert it to JPEG or PNG.")
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            _check(image, path, limits)
            is_reduced = _is_reduced_to_8_bits(image)  # first: reading Exif data may decode the image
            size = upright(image)
            if at_least:
                height, width = at_least
                image.draft(None, (2 * max(width, height), 2 * max(width, height)))
            loaded = ImageOps.exif_transpose(image)
            loaded.load()
            if is_reduced:
                _check_reduced_values(loaded, path)
            if loaded.mode.startswith("I"):
                _check_range(loaded, path)
            return Loaded(loaded, size)
    except UNREADABLE as error:
        raise _unreadable(path, error) from error


def rgb(loaded: Loaded, path: str, *, bits: int = DEEPEST) -> Image.Image:
    """Convert a decoded image to RGB. `bits`: depth of grey images with more than 8 bits. Raises BadImages."""
    try:
        return _rgb(loaded.image, bits)
    except UNREADABLE as error:
        raise _unreadable(path, error) from error


def size_of(content: bytes, path: str) -> Size:
    """Return (height, width) of the upright image from its header. Raises BadImages that names the file."""
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            return upright(image)
    except UNREADABLE as error:
        raise _unreadable(path, error) from error


def _unreadable(path: str, error: Exception) -> BadImages:
    # Pillow's message for unknown content contains the repr of a BytesIO.
    why = "unknown format" if isinstance(error, UnidentifiedImageError) else str(error).rstrip(".")
    return BadImages(f"{path} cannot be read as an image: {why}.")


def is_image(head: bytes) -> bool:
    """Return whether a file with these first bytes is an image."""
    known = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*")
    netpbm = head[:1] == b"P" and head[1:2] in (b"1", b"2", b"3", b"4", b"5", b"6") and head[2:3].isspace()
    webp = head[:4] == b"RIFF" and head[8:12] == b"WEBP"
    boxed = head[4:8] == b"ftyp" and head[8:12] in (b"avif", b"avis", *HEIC)
    return head.startswith(known) or netpbm or webp or boxed


def sized(image: Image.Image, size: Size) -> Image.Image:
    """Scale to cover `size` (height, width) and centre-crop, keeping the aspect ratio."""
    height, width = size
    if image.size == (width, height):
        return image
    return ImageOps.fit(image, (width, height), Image.Resampling.BILINEAR)


def _check(image: Image.Image, path: str, limits: Limits) -> None:
    if image.width * image.height > limits.pixels:
        raise BadImages(
            f"{path} has {image.width} x {image.height} pixels; the limit is {limits.pixels:,}. Scale it down first."
        )
    # Phone cameras may add a preview as a second image (MPO); the first one is the photo.
    if image.format != "MPO" and getattr(image, "n_frames", 1) > 1:
        raise BadImages(f"{path} is animated or has several pages. Save one image per file.")
    if image.mode == "F":
        raise BadImages(f"{path} has floating-point values of unknown range. Save it with 8 bits per channel.")


def upright(image: Image.Image) -> Size:
    """Return (height, width) with the Exif orientation applied."""
    turned = image.getexif().get(ORIENTATION) in (5, 6, 7, 8)
    return (image.width, image.height) if turned else (image.height, image.width)


def _is_reduced_to_8_bits(image: Image.Image) -> bool:
    """Return whether Pillow keeps only the high bytes of a file: 16 bits for several channels, or grey with alpha.

    Must be called before decoding. 16-bit grey is kept in full, in mode I.
    """
    if image.mode.startswith("I"):
        return False
    tiles = getattr(image, "tile", ())
    # The depth of a colour PPM follows from its maximum value.
    return any(";16" in str(tile) or (image.format == "PPM" and _largest(tile) > 255) for tile in tiles)


def _largest(tile: Any) -> int:
    """Return the maximum value declared by a PPM."""
    arguments = tile[3] if isinstance(tile[3], tuple) else (tile[3],)
    return next((each for each in arguments[1:] if isinstance(each, int)), 255)


def _check_reduced_values(image: Image.Image, path: str) -> None:
    """Raise BadImages where the reduction to 8 bits leaves next to nothing."""
    colours = image.convert("RGB").getextrema()
    if max(high for _, high in colours) <= NEARLY_BLACK:  # type: ignore[misc]
        raise BadImages(f"{path} has 16-bit values, all of them nearly black. Save it with 8 bits per channel.")


def _check_range(image: Image.Image, path: str) -> None:
    values = np.asarray(image)
    low, high = int(values.min()), int(values.max())
    if low < 0 or high >= 1 << DEEPEST:
        raise BadImages(
            f"{path} has values from {low} to {high}; grey images must be within 0 to {(1 << DEEPEST) - 1}."
        )


def _rgb(image: Image.Image, bits: int) -> Image.Image:
    if image.mode.startswith("I"):
        # Pillow clips 16-bit grey at 255 instead of scaling it.
        values = np.asarray(image).clip(0, 2**bits - 1).astype(np.int64)
        return Image.fromarray((values >> (bits - 8) if bits > 8 else values).astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        white = Image.new("RGBA", image.size, "white")
        white.alpha_composite(image.convert("RGBA"))
        return white.convert("RGB")
    return image.convert("RGB")
