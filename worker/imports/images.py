"""Image files: find the images of a tree, and label them by folders, file names and tables."""

from collections import Counter
from collections.abc import Iterable
from pathlib import PurePosixPath

from skiplab.contract.imports import Split
from worker.datasets.images import Size
from worker.datasets.limits import Limits
from worker.datasets.pictures import SUFFIXES, UNSUPPORTED, BadImages, Loaded, is_image, load, size_of
from worker.imports.collection import Collection, Entry, LeftOut, named
from worker.imports.folders import Arranged, NotUnderstood, arranged
from worker.imports.labelling import labelled, overrides_folders
from worker.imports.names import is_system
from worker.imports.tables import Images, Table, tables
from worker.imports.tree import Tree
from worker.imports.words import split_of

NO_IMAGES = frozenset(
    f".{suffix}"
    for suffix in [
        "csv",
        "tsv",
        "txt",
        "md",
        "json",
        "jsonl",
        "xml",
        "yaml",
        "yml",
        "html",
        "htm",
        "css",
        "js",
        "py",
        "ipynb",
        "pdf",
        "doc",
        "docx",
        "xls",
        "xlsx",
        "mat",
        "npy",
        "npz",
        "pkl",
        "pickle",
        "h5",
        "hdf5",
        "parquet",
        "zip",
        "gz",
        "tgz",
        "tar",
        "xz",
        "bz2",
        "rar",
        "7z",
        "db",
        "ini",
        "log",
        "cfg",
        "toml",
        "lock",
        "mp4",
        "avi",
        "mov",
        "mkv",
        "wav",
        "mp3",
        "pt",
        "pth",
        "onnx",
        "tfrecord",
        "tfrecords",
        "exe",
        "sh",
    ]
)
"""Suffixes known not to be images. Files with any other suffix, or none, are recognised by their content."""

SYSTEM_FILES = "hidden and system files (.DS_Store, __MACOSX, @eaDir, ...)"

ARCHIVES = frozenset({".zip", ".tar", ".gz", ".tgz", ".rar", ".7z", ".xz", ".bz2"})


class FilePictures:
    """One file for each image."""

    def __init__(self, tree: Tree, limits: Limits) -> None:
        self._tree, self._limits = tree, limits

    def size(self, entry: Entry) -> Size:
        return size_of(self._tree.read(entry.path), entry.path)

    def load(self, entry: Entry, at_least: Size | None) -> Loaded:
        return load(self._tree.read(entry.path), entry.path, self._limits, at_least)


def collected(tree: Tree, limits: Limits) -> Collection:
    """Find and label the image files of a tree. Raises BadImages that names what was found instead."""
    collection = Collection("", [], FilePictures(tree, limits))
    paths, others = _images(tree, collection)
    if not paths:
        raise NotUnderstood(tree.name, _instead(tree, others, collection))
    folders = [folder for folder in tree.folders if not is_system(folder)]
    images = Images(paths)
    given = tables(tree, others, images)
    result = _by_folders(paths, folders, tree.name, collection, given)
    collection.layout, collection.entries = result.layout, result.entries
    collection.origins, collection.empty_classes = result.origins, result.empty_classes
    left = labelled(given, result.unlabelled, _splits_of_folders(paths), collection) if given else {*result.unlabelled}
    if not collection.entries:
        raise NotUnderstood(tree.name, f"{len(paths):,} images ({named(sorted(left), 3)}) without class labels")
    if len(left) < len(result.unlabelled):
        collection.layout = f"{result.layout}, and a table of labels" if result.layout else "a table of labels"
    for path in others:
        if path not in collection.tables:
            collection.left_out.add(f"not an image ({PurePosixPath(path).suffix.lower() or 'no suffix'})", path)
    if left:
        collection.left_out.add("images without a label", *sorted(left))
    collection.entries.sort(key=lambda entry: (entry.split, entry.label, entry.path))
    return collection


def _by_folders(
    paths: list[str], folders: list[str], where: str, collection: Collection, given: list[Table]
) -> Arranged:
    """Label images by folders and file names; leave all unlabelled where a table overrides those."""
    left_out = LeftOut()
    try:
        result = arranged(paths, folders, where, left_out)
    except BadImages:
        if not any(overrides_folders(table, paths, {}) for table in given):
            raise
        return Arranged("", unlabelled=paths)
    splits = {entry.split for entry in result.entries}
    if len(splits) == 1 and not any(split_of(part) for part in result.origins.values()):
        # Folders such as images_part_1 are not classes if a table labels the images otherwise.
        by_folder = {entry.path: entry.label for entry in result.entries}
        if any(overrides_folders(table, paths, by_folder) for table in given):
            return Arranged("", unlabelled=paths)
    collection.left_out.merge(left_out)
    return result


def _images(tree: Tree, collection: Collection) -> tuple[list[str], list[str]]:
    """Return the paths of the images of a tree, and of its other files; system files are left out."""
    paths, others = [], []
    for path in sorted(tree.files):
        suffix = PurePosixPath(path).suffix.lower()
        if is_system(path):
            collection.left_out.add(SYSTEM_FILES, path)
        elif suffix in SUFFIXES:
            paths.append(path)
        elif suffix in UNSUPPORTED:
            collection.unread.append(
                (path, f"{path} is {UNSUPPORTED[suffix]}, which is not supported: convert it to JPEG or PNG")
            )
        elif suffix not in NO_IMAGES and is_image(tree.head(path)):
            paths.append(path)
        else:
            others.append(path)
    return paths, others


def _instead(tree: Tree, others: Iterable[str], collection: Collection) -> str:
    """Describe the content of a tree without images."""
    others = list(others)
    packed = [path for path in others if PurePosixPath(path).suffix.lower() in ARCHIVES]
    if packed:
        return f"nested archives ({named(packed)}), which must be unpacked first, and no images"
    if collection.unread:
        return f"{len(collection.unread):,} images, none in a supported format ({collection.unread[0][1]})"
    kinds = Counter(PurePosixPath(path).suffix.lower() or "no suffix" for path in others)
    return f"no images among {len(tree.files):,} files ({named(f'{n:,} {kind}' for kind, n in kinds.most_common())})"


def _splits_of_folders(paths: Iterable[str]) -> dict[str, Split]:
    """Return the split of each path that has one: that of its first folder named after a split."""
    found: dict[str, Split] = {}
    for path in paths:
        split = next((word for part in PurePosixPath(path).parts[:-1] if (word := split_of(part)) is not None), None)
        if split is not None:
            found[path] = split
    return found
