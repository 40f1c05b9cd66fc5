"""Looks at every image once, before any is taken: which cannot be read, which are there twice, how deep they are."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

from worker.datasets.images import Size
from worker.datasets.pictures import DEEPEST, BadImages, Loaded
from worker.imports.collection import Collection, Entry
from worker.imports.sizes import ChosenSize, chosen

SAMPLE = 256
"""Images, evenly taken, whose sizes decide which one all of them get."""

Progress = Callable[[int, int], None]
"""Hears how many images of how many are done; what it raises ends the work."""

Digest = bytes


@dataclass
class Survey:
    size: ChosenSize
    entries: list[Entry] = field(default_factory=list)
    """Those that can be read."""

    sizes: list[Size] = field(default_factory=list)
    unread: list[tuple[str, str]] = field(default_factory=list)
    """Name and reason of each image that cannot be."""

    twins: list[list[Entry]] = field(default_factory=list)
    """Images with the same pixels, two or more."""

    peak: int | None = None
    """The largest value of the images that have more than 8 bits; None where none has."""

    @property
    def bits(self) -> int:
        """Of a grey value that has more than 8. A camera's 12 bits, say, are kept in files of 16: taken for 16 they
        would be nearly black."""
        return (
            DEEPEST if self.peak is None else next(bits for bits in (8, 10, 12, 14, DEEPEST) if self.peak < 1 << bits)
        )


def surveyed(collection: Collection, size: Size | None, progress: Progress) -> Survey:
    """`size`: the one that all images are to get, where it was given; height, width."""
    entries = collection.entries
    survey = Survey(chosen(_sample(collection), size), unread=list(collection.unread))
    seen: dict[Digest, Entry] = {}
    twins: dict[Digest, list[Entry]] = {}
    for place, entry in enumerate(entries):
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
                twins.setdefault(digest, [first]).append(entry)
        progress(place + 1, len(entries))
    survey.twins = list(twins.values())
    return survey


def _sample(collection: Collection) -> list[Size]:
    entries = collection.entries
    sizes = []
    for entry in entries[:: -(-len(entries) // SAMPLE)]:
        try:
            sizes.append(collection.pictures.size(entry))
        except BadImages:
            continue  # counted where it is decoded
    return sizes or [(1, 1)]


def _digest(loaded: Loaded) -> Digest:
    """Of the pixels: the same image saved in another format or under another name is the same one."""
    image = loaded.image
    return hashlib.blake2b(image.tobytes(), digest_size=16, key=f"{image.mode} {image.size}".encode()).digest()
