"""Decode every image once before the import: find unreadable images, duplicates and the bit depth."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

from worker.datasets.images import Size
from worker.datasets.pictures import DEEPEST, BadImages, Loaded
from worker.imports.collection import Collection, Entry
from worker.imports.sizes import ChosenSize, chosen

SAMPLE = 256
"""Evenly spaced images whose sizes decide the size of the data set."""

Progress = Callable[[int, int], None]
"""Called with the number of images done and the total; an exception that it raises ends the work."""

Digest = bytes


@dataclass
class Survey:
    size: ChosenSize
    entries: list[Entry] = field(default_factory=list)
    """The readable images."""

    sizes: list[Size] = field(default_factory=list)
    unread: list[tuple[str, str]] = field(default_factory=list)
    """Name and reason of each unreadable image."""

    duplicates: list[list[Entry]] = field(default_factory=list)
    """Groups of two or more images with equal pixels."""

    peak: int | None = None
    """Largest value in images with more than 8 bits; None if there are none."""

    @property
    def bits(self) -> int:
        """Bit depth of grey images with more than 8 bits, by their largest value.

        Cameras store 12 bits in 16-bit files, for example: read as 16 bits, these would be nearly black.
        """
        return (
            DEEPEST if self.peak is None else next(bits for bits in (8, 10, 12, 14, DEEPEST) if self.peak < 1 << bits)
        )


def surveyed(collection: Collection, size: Size | None, progress: Progress) -> Survey:
    """Decode all images of a collection. `size`: (height, width) to scale them to; None: choose one."""
    entries = collection.entries
    survey = Survey(chosen(_sample(collection), size), unread=list(collection.unread))
    seen: dict[Digest, Entry] = {}
    duplicates: dict[Digest, list[Entry]] = {}
    for index, entry in enumerate(entries):
        try:
            loaded = collection.pictures.load(entry, survey.size.size)
        except BadImages as error:
            survey.unread.append((entry.name, str(error)))
        else:
            survey.entries.append(entry)
            survey.sizes.append(loaded.size)
            if (peak := loaded.peak) is not None:
                survey.peak = max(peak, survey.peak or 0)
            digest = _digest(loaded)
            if (first := seen.setdefault(digest, entry)) is not entry:
                duplicates.setdefault(digest, [first]).append(entry)
        progress(index + 1, len(entries))
    survey.duplicates = list(duplicates.values())
    return survey


def _sample(collection: Collection) -> list[Size]:
    entries = collection.entries
    sizes = []
    for entry in entries[:: -(-len(entries) // SAMPLE)]:
        try:
            sizes.append(collection.pictures.size(entry))
        except BadImages:
            continue  # counted when it is decoded
    return sizes or [(1, 1)]


def _digest(loaded: Loaded) -> Digest:
    """Hash the pixels, so that the same image in another format or under another name is equal."""
    image = loaded.image
    return hashlib.blake2b(image.tobytes(), digest_size=16, key=f"{image.mode} {image.size}".encode()).digest()
