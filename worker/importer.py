"""Inspect a folder or archive of images, and import it as a data set."""

import re
import shutil
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath

import numpy as np

from skiplab.contract import dataset_store
from skiplab.contract.dataset_store import IMPORTED
from skiplab.contract.imports import LARGEST_SIDE, Found, Options, Split
from skiplab.contract.sizes import human_bytes
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
from worker.plugins.inspection_cache import InspectionCache
from worker.plugins.source import find

__all__ = ["BadImages", "Options", "Preview", "import_images", "inspect"]

KEY = re.compile(r"[a-z0-9][a-z0-9_.\-]{0,63}")

NO_OPTIONS = Options()


class LoadedByPlugin(CannotTrain):
    """Raised for an import under the key of a plugin's data set."""


def _ignore(_done: int, _of: int) -> None:
    """Discard progress."""


@dataclass(frozen=True)
class Preview:
    """The result of an inspection, importable while its folder or archive is open."""

    found: Found
    collection: Collection
    survey: Survey


def inspect(
    path: Path, options: Options, *, scratch: Path, progress: Progress = _ignore, called: str | None = None
) -> Found:
    """Decode every image and report what was found, without writing anything.

    `called`: name of the folder or file in the report; default: its path. `scratch`: folder for temporary files.
    Raises BadImages for content that no options could make a data set.
    """
    try:
        with previewed(path, options, scratch=scratch, progress=progress, called=called) as preview:
            return preview.found
    except UnknownNames as error:
        return Found(layout="unknown until the encoding is set", names=error.candidates, refused=str(error))


@contextmanager
def previewed(
    path: Path,
    options: Options,
    *,
    scratch: Path,
    limits: Limits | None = None,
    progress: Progress = _ignore,
    called: str | None = None,
) -> Iterator[Preview]:
    """Open and inspect a folder or archive, and keep it open. Raises BadImages."""
    limits = limits or Limits()
    _check_size(options.size)
    how = {"names": options.names, "part": options.part, "called": called}
    with opened(path, limits, scratch=scratch, **how) as tree, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns about files that it reads nevertheless
        collection = recognised(tree, limits, test_share=options.test_share)
        survey = surveyed(collection, options.size, progress)
        yield Preview(report(collection, survey, skip_bad=options.skip_bad), collection, survey)


def import_images(
    key: str,
    path: Path,
    home: Path,
    progress: Progress,
    *,
    options: Options = NO_OPTIONS,
    limits: Limits | None = None,
    called: str | None = None,
    inspect_progress: Progress = _ignore,
    on_report: Callable[[Found], None] | None = None,
) -> ImageData:
    """Inspect a folder or archive of images, then decode it into the cache as a new version of data set `key`.

    Memory holds one image at a time (of Parquet, one page). All images become uint8 of shape (H, W, 3) and of one size:
    the given one, or that of worker.imports.sizes. Images of another aspect ratio are scaled and centre-cropped, grey
    ones get three channels, and 28 x 28 is padded to 32 x 32. `progress` and `inspect_progress` are called with images
    done and in total; `on_report` is called with the report before anything is written.

    Raises BadImages or another CannotTrain, leaving the cache unchanged.
    """
    limits = limits or Limits()
    _check_key(key)
    check_replaceable(key)
    _check_not_of_plugin(key, home)
    sweep(home)
    home.mkdir(parents=True, exist_ok=True)
    with previewed(path, options, scratch=home, limits=limits, progress=inspect_progress, called=called) as preview:
        survey = preview.survey
        if on_report is not None:
            on_report(preview.found)
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
    """Return whether these are the published files of data set `key`, imported without rescaling."""
    size = preview.found.size
    unscaled = size is not None and size.smallest == size.chosen == size.largest
    name = called and PureWindowsPath(called).name
    return unscaled and published_as(path, preview.collection.files, called=name) == key


def _check_key(key: str) -> None:
    if not KEY.fullmatch(key):
        raise BadImages(
            f"{key!r} is not a valid data set key. Use 1 to 64 of a-z, 0-9, '_', '.' and '-', the first a letter or"
            " a digit."
        )


def _check_not_of_plugin(key: str, home: Path) -> None:
    """Raise LoadedByPlugin where the import would hide a plugin's data set.

    Where an import had the key first, the plugin is refused instead.
    """
    plugin = InspectionCache(home).datasets().get(key)
    if plugin is None or key in KNOWN or dataset_store.current(home, key) is not None:
        return
    if any(each.name == plugin for each in find(home)):
        raise LoadedByPlugin(f"{key} is provided by the plugin {plugin}. Choose another name.")


def _check_size(size: Size | None) -> None:
    if size and not all(1 <= side <= LARGEST_SIDE for side in size):
        height, width = size
        raise BadImages(f"Size {width} x {height} is out of range: each side must be 1 to {LARGEST_SIDE} pixels.")


def _by_split(preview: Preview, where: str) -> dict[Split, list[Entry]]:
    """Group the readable images by split. Raises BadImages for a class without readable images."""
    of: dict[Split, list[Entry]] = {split: [] for split in preview.collection.splits}
    for entry in preview.survey.entries:
        of[entry.split].append(entry)
    for split in NEEDED_SPLITS:
        there = {entry.label for entry in of[split]}
        for label in preview.collection.classes:
            if label not in there:
                raise BadImages(f"{where}: class {label!r} has no readable images in {split}.")
    return {split: entries for split, entries in of.items() if entries}


def _check_room(home: Path, images: int, size: Size, limits: Limits) -> None:
    needed, free = images * size[0] * size[1] * 3, shutil.disk_usage(home).free - limits.kept_free
    if needed > free:
        height, width = size
        raise BadImages(
            f"{images:,} images of {width} x {height} pixels need {human_bytes(needed)} on the disk of {home}, where"
            f" {human_bytes(max(0, free))} are available. Free some space, or import smaller images (--size)."
        )


def _decode(preview: Preview, of: dict[Split, list[Entry]], maker: Maker, progress: Progress) -> None:
    pictures, survey = preview.collection.pictures, preview.survey
    number = {name: index for index, name in enumerate(preview.collection.classes)}
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
