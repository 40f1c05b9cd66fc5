"""Image files of any kind are decoded to three channels, or raise an error that names the file."""

import io
import struct
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from worker.datasets.limits import Limits
from worker.datasets.pictures import BadImages, picture

NAME = "train/cat/0.png"


class Files:
    """A tree of one file."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def read(self, path: str) -> bytes:
        assert path == NAME
        return self._content


def saved(image: Image.Image, kind: str, **settings: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **settings)
    return file.getvalue()


def read(content: bytes, at_least: tuple[int, int] | None = None) -> Image.Image:
    return picture(Files(content), NAME, Limits(), at_least)


def sixteen_bits(shade: int) -> Image.Image:
    return Image.fromarray(np.full((3, 4), 257 * shade, dtype=np.uint16))


def deep_png(value: int, colour: int) -> bytes:
    """Of 16 bits a channel, which Pillow does not write. `colour`: 2 is RGB, 4 grey and alpha, 6 RGB and alpha."""
    channels = {2: 3, 4: 2, 6: 4}[colour]
    row = b"\0" + value.to_bytes(2, "big") * channels * 4

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", 4, 3, 16, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(row * 3)) + chunk(b"IEND", b"")


def deep_ppm(value: int) -> bytes:
    return b"P6 4 3 65535\n" + value.to_bytes(2, "big") * 36


@pytest.mark.parametrize(
    "content", [deep_png(150, 2), deep_png(150, 4), deep_png(150, 6), deep_ppm(4000)], ids=["RGB", "LA", "RGBA", "PPM"]
)
def test_16_bits_of_which_pillow_would_keep_nothing_are_refused(content: bytes) -> None:
    with pytest.raises(BadImages, match=f"{NAME} has 16-bit values, all of them nearly black. Save it with 8 bits"):
        read(content)


@pytest.mark.parametrize("content", [deep_png(200 * 257, 2), deep_ppm(200 * 257)], ids=["RGB", "PPM"])
def test_16_bits_of_ordinary_brightness_are_read(content: bytes) -> None:
    assert read(content).getpixel((0, 0)) == (200, 200, 200)


@pytest.mark.parametrize("value", [-1, 70_000])
def test_grey_of_more_than_16_bits_is_refused(value: int) -> None:
    image = Image.fromarray(np.full((3, 4), value, dtype=np.int32))

    with pytest.raises(
        BadImages, match=rf"{NAME} has values from {value} to {value}; grey images must be within 0 to 65535"
    ):
        read(saved(image, "TIFF"))


def palette() -> Image.Image:
    image = Image.new("P", (4, 3), 1)
    image.putpalette([0, 0, 0, 10, 20, 30])
    return image


@pytest.mark.parametrize(
    ("content", "colour"),
    [
        pytest.param(saved(Image.new("L", (4, 3), 7), "PNG"), (7, 7, 7), id="grey"),
        pytest.param(saved(Image.new("1", (4, 3), 1), "PNG"), (255, 255, 255), id="one bit"),
        pytest.param(saved(sixteen_bits(9), "PNG"), (9, 9, 9), id="16-bit"),
        pytest.param(saved(Image.new("CMYK", (4, 3), (255, 0, 255, 0)), "JPEG"), (0, 255, 0), id="CMYK"),
        pytest.param(saved(palette(), "PNG"), (10, 20, 30), id="palette"),
        pytest.param(saved(palette(), "PNG", transparency=1), (255, 255, 255), id="transparent palette"),
        pytest.param(saved(palette(), "GIF"), (10, 20, 30), id="GIF"),
        pytest.param(saved(Image.new("RGBA", (4, 3), (0, 100, 0, 0)), "PNG"), (255, 255, 255), id="transparent"),
        pytest.param(saved(Image.new("RGBA", (4, 3), (0, 100, 0, 255)), "PNG"), (0, 100, 0), id="opaque alpha"),
        pytest.param(saved(Image.new("LA", (4, 3), (0, 51)), "PNG"), (204, 204, 204), id="grey alpha"),
        pytest.param(saved(Image.new("RGB", (4, 3), (1, 2, 3)), "BMP"), (1, 2, 3), id="BMP"),
        pytest.param(saved(Image.new("RGB", (4, 3), (1, 2, 3)), "TIFF"), (1, 2, 3), id="TIFF"),
        pytest.param(saved(Image.new("RGB", (4, 3), (1, 2, 3)), "WEBP", lossless=True), (1, 2, 3), id="WebP"),
    ],
)
def test_every_kind_of_image_becomes_the_colours_that_a_person_sees(
    content: bytes, colour: tuple[int, int, int]
) -> None:
    image = read(content)

    assert image.mode == "RGB"
    assert np.array_equal(np.asarray(image), np.full((3, 4, 3), colour))


def test_a_photo_is_turned_as_its_camera_was() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn

    assert read(saved(Image.new("RGB", (40, 30)), "JPEG", exif=exif)).size == (30, 40)


def test_the_first_picture_of_a_telephones_photo_is_the_photo() -> None:
    photo = saved(Image.new("RGB", (40, 30)), "MPO", save_all=True, append_images=[Image.new("RGB", (8, 6))])

    assert read(photo).size == (40, 30)


def test_a_large_photo_is_decoded_only_as_large_as_its_reduction_needs() -> None:
    photo = saved(Image.new("RGB", (1600, 1200), (200, 100, 50)), "JPEG", quality=95)

    image = read(photo, at_least=(32, 32))

    assert image.size == (200, 150)
    assert np.abs(np.asarray(image).astype(int) - (200, 100, 50)).max() <= 2


def frames(kind: str) -> bytes:
    shades = [Image.new("RGB", (4, 3), (shade, 0, 0)) for shade in (0, 255)]
    return saved(shades[0], kind, save_all=True, append_images=shades[1:])


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP", "TIFF"])
def test_what_moves_or_has_pages_is_refused(kind: str) -> None:
    with pytest.raises(BadImages, match=r"train/cat/0\.png is animated or has several pages"):
        read(frames(kind))


def test_fractional_numbers_are_refused() -> None:
    with pytest.raises(BadImages, match=r"train/cat/0\.png has floating-point values"):
        read(saved(Image.new("F", (4, 3), 0.5), "TIFF"))


@pytest.mark.parametrize("content", [b"", b"no image", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"])
def test_what_is_no_image_is_named_whatever_its_name_says(content: bytes) -> None:
    with pytest.raises(BadImages, match=r"train/cat/0\.png cannot be read as an image"):
        read(content)


def _cut(content: bytes, random: np.random.Generator) -> bytes:
    return content[: random.integers(1, len(content) - 12)]


def _scratch(content: bytes, random: np.random.Generator) -> bytes:
    scratched = bytearray(content)
    for place in random.integers(0, len(content), 3):
        scratched[place] = random.integers(256)
    return bytes(scratched)


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@pytest.mark.parametrize("damage", [_cut, _scratch])
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF"])
def test_a_damaged_file_is_a_picture_still_or_named(
    kind: str, damage: Callable[[bytes, np.random.Generator], bytes]
) -> None:
    random = np.random.default_rng(0)
    content = saved(Image.fromarray(random.integers(0, 256, (24, 24, 3), dtype=np.uint8)), kind)

    refused = 0
    for _ in range(150):
        try:
            read(damage(content, random))
        except BadImages:
            refused += 1
    assert refused > 0
