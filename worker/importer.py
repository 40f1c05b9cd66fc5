"""Inspects a folder or archive of images, and makes a data set of it."""

import re
import shutil
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import Self

import numpy as np

from skiplab.contract import shelf
from skiplab.contract.imports import LARGEST_SIDE, Choices, Found, Split
from skiplab.contract.shelf import IMPORTED
from worker.datasets import cache
from worker.datasets.checksums import published_as
from worker.datasets.images import NEEDED_SPLITS, ImageData, Images, Labels, Size, framed, framed_size
from worker.datasets.limits import Limits
from worker.datasets.maker import Maker, making, sweep
from worker.datasets.pictures import BadImages, rgb, sized
from worker.datasets.sources import KNOWN, check_replaceable
from worker.errors import CannotTrain
from worker.imports.archives import opened
from worker.imports.collection import Collection, Entry
from worker.imports.names import UnknownNames
from worker.imports.recognise import recognised
from worker.imports.report import in_notes, report, unreadable
from worker.imports.survey import Progress, Survey, surveyed
from worker.plugins.shelf import Shelf
from worker.plugins.source import find

__all__ = ["BadImages", "Options", "Preview", "import_images", "inspect"]

KEY = re.compile(r"[a-z0-9][a-z0-9_.\-]{0,63}")


class LoadedByPlugin(CannotTrain):
    """A plugin's data set cannot become an imported one."""


@dataclass(frozen=True)
class Options:
    """What a person may choose."""

    size: Size | None = None
    """Height and width of all images; None: chosen by what is found."""

    names: str | None = None
    """Encoding of file names that are not UTF-8."""

    skip_bad: bool = False
    """Leave out images that cannot be read, instead of taking nothing."""

    test_share: float | None = None
    """Of each class, where there is no labelled test set."""

    part: str | None = None
    """The folder, of several data sets in one place, that is meant."""

    @classmethod
    def of(cls, choices: Choices) -> Self:
        """As they are made over HTTP."""
        size = (choices.size, choices.size) if choices.size else None
        return cls(size, choices.names, choices.skip_bad, choices.test_share, choices.part)


def _nothing(_done: int, _of: int) -> None:
    """Progress that nobody hears."""


@dataclass(frozen=True)
class Preview:
    """What `inspect` found, from which the data set can be made while its folder or archive is open."""

    found: Found
    collection: Collection
    survey: Survey


def inspect(
    path: Path, options: Options, *, scratch: Path, progress: Progress = _nothing, called: str | None = None
) -> Found:
    """Look at every image; nothing is written. `called`: how the report names the folder or file.

    Raises BadImages for what cannot become a data set, whatever is chosen.
    """
    try:
        with previewed(path, options, scratch=scratch, progress=progress, called=called) as preview:
            return preview.found
    except UnknownNames as error:
        return Found(layout="not known before the names are", names=error.candidates, refused=str(error))


@contextmanager
def previewed(
    path: Path,
    options: Options,
    *,
    scratch: Path,
    limits: Limits | None = None,
    progress: Progress = _nothing,
    called: str | None = None,
) -> Iterator[Preview]:
    """Raises BadImages."""
    limits = limits or Limits()
    _check_size(options.size)
    how = {"names": options.names, "part": options.part, "called": called}
    with opened(path, limits, scratch=scratch, **how) as tree, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's remarks on files that it can read all the same
        collection = recognised(tree, limits, test_share=options.test_share)
        survey = surveyed(collection, options.size, progress)
        yield Preview(report(collection, survey, skip_bad=options.skip_bad), collection, survey)


def import_images(
    key: str,
    path: Path,
    home: Path,
    progress: Progress,
    *,
    options: Options = Options(),  # it is frozen
    limits: Limits | None = None,
    called: str | None = None,
    looked: Progress = _nothing,
    seen: Callable[[Found], None] | None = None,
) -> ImageData:
    """Decode every image into the lab's cache, under `key`, after all have been looked at, which `looked` hears of.

    Memory holds one image at a time, and of Parquet a page of them. All images of a data set have one size (height,
    width): the one that is given, or that of worker.imports.sizes. What has another shape is cut around its centre and
    scaled. Grey images become three channels, 28 x 28 gets a border to 32 x 32. `seen` hears the report before anything
    is taken. Raises BadImages, and then the cache is as it was.
    """
    limits = limits or Limits()
    _check_key(key)
    check_replaceable(key)
    _check_not_of_plugin(key, home)
    sweep(home)
    home.mkdir(parents=True, exist_ok=True)
    with previewed(path, options, scratch=home, limits=limits, progress=looked, called=called) as preview:
        survey = preview.survey
        if seen is not None:
            seen(preview.found)
        if preview.found.refused is not None:
            raise BadImages(unreadable(survey))
        of = _by_split(preview, called or str(path))
        _check_room(home, len(survey.entries), survey.size.size, limits)
        with making(home, key) as maker:
            _decode(preview, of, maker, progress)
            maker.describe(
                preview.collection.classes,
                label=key,
                source=f"{IMPORTED}{Path(called or path).name}",
                provenance="verified" if _is_published(key, path, called, preview) else "imported",
                notes=in_notes(preview.found),
            )
    return cache.load(home, key)


def _is_published(key: str, path: Path, called: str | None, preview: Preview) -> bool:
    """Whether these are the published files of that data set, with their images as they are."""
    size = preview.found.size
    as_they_are = size is not None and size.smallest == size.chosen == size.largest
    name = called and PureWindowsPath(called).name
    return as_they_are and published_as(path, preview.collection.files, called=name) == key


def _check_key(key: str) -> None:
    if not KEY.fullmatch(key):
        raise BadImages(f"{key!r} cannot be a data set's name: use a-z, 0-9, '_', '.' and '-', at most 64 of them.")


def _check_not_of_plugin(key: str, home: Path) -> None:
    """The import would hide the plugin's data set. Where an import had the key first, the plugin is refused instead."""
    plugin = Shelf(home).datasets().get(key)
    if plugin is None or key in KNOWN or shelf.current(home, key) is not None:
        return
    if any(each.name == plugin for each in find(home)):
        raise LoadedByPlugin(f"{key} is loaded by the plugin {plugin}: choose another name.")


def _check_size(size: Size | None) -> None:
    if size and not all(1 <= side <= LARGEST_SIDE for side in size):
        height, width = size
        raise BadImages(f"The size is {width} x {height}: each side can be 1 to {LARGEST_SIDE} pixels.")


def _by_split(preview: Preview, where: str) -> dict[Split, list[Entry]]:
    """Raises BadImages where a class has lost all of its images, because none could be read."""
    of: dict[Split, list[Entry]] = {split: [] for split in preview.collection.splits}
    for entry in preview.survey.entries:
        of[entry.split].append(entry)
    for split in NEEDED_SPLITS:
        there = {entry.label for entry in of[split]}
        for label in preview.collection.classes:
            if label not in there:
                raise BadImages(f"{where}: class {label!r} has no images in {split} that can be read.")
    return {split: entries for split, entries in of.items() if entries}


def _check_room(home: Path, images: int, size: Size, limits: Limits) -> None:
    needed, free = images * size[0] * size[1] * 3, shutil.disk_usage(home).free - limits.kept_free
    if needed > free:
        height, width = size
        raise BadImages(
            f"{images:,} images of {width} x {height} pixels take {needed / 2**30:.1f} GiB on the disk of {home}, where"
            f" {max(0, free) / 2**30:.1f} GiB can be taken: make room, or import them smaller (--size)."
        )


def _decode(preview: Preview, of: dict[Split, list[Entry]], maker: Maker, progress: Progress) -> None:
    pictures, survey = preview.collection.pictures, preview.survey
    number = {name: place for place, name in enumerate(preview.collection.classes)}
    size, whole = survey.size.size, sum(map(len, of.values()))
    done = 0

    def blocks(split: Split) -> Iterator[Images]:
        nonlocal done
        for entry in of[split]:
            image = rgb(pictures.load(entry, size), entry.name, bits=survey.bits)
            yield framed(np.asarray(sized(image, size))[None])
            done += 1
            progress(done, whole)

    def labels(split: Split) -> Labels:
        return np.array([number[entry.label] for entry in of[split]], dtype=np.int64)

    for split in of:
        maker.write(split, blocks(split), labels(split), size=framed_size(size))
