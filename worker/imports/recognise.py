"""Recognise the layout of a folder or archive, and collect its images."""

from pathlib import PurePosixPath

from worker.datasets.images import NEEDED_SPLITS
from worker.datasets.limits import Limits
from worker.datasets.pictures import SUFFIXES, BadImages
from worker.imports import images
from worker.imports.cifar import cifar
from worker.imports.collection import Collection, SeveralSets
from worker.imports.division import divided
from worker.imports.idx import idx
from worker.imports.images import SYSTEM_FILES
from worker.imports.named_arrays import numpy_arrays
from worker.imports.names import is_system
from worker.imports.parquet import parquet
from worker.imports.tree import Tree

NAMED = (cifar, idx)
"""Formats with distinctive file names, recognised even among image files."""

CONTAINERS = (parquet, numpy_arrays)
"""Formats read only where there are no image files: beside those, such a file usually holds features."""


def recognised(tree: Tree, limits: Limits, *, test_share: float | None = None) -> Collection:
    """Return the images of a tree with a training set, a test set and perhaps a validation set.

    Training and test set have the same classes. `test_share`: fraction of each class to split off as the test set where
    there is no labelled one. Raises BadImages that names what was found instead.
    """
    found = _in_containers(tree, limits)
    if found is None:
        found = images.collected(tree, limits)
    else:
        _leave_out_others(tree, found)
    found.left_out.add("symbolic links to a parent folder", *tree.loops)
    _check_spelling(found, tree.name)
    if not found.classes:
        found.classes = sorted({entry.label for entry in found.entries})
    found = divided(found, tree.name, test_share)
    _check_classes(found, tree.name)
    return found


def _in_containers(tree: Tree, limits: Limits) -> Collection | None:
    """Return the images of container files; None without any. Raises SeveralSets for both CIFAR and IDX files."""
    there = [found for read in NAMED if (found := read(tree, limits)) is not None]
    if len(there) > 1:
        raise SeveralSets(tree.name, (str(PurePosixPath(min(found.containers)).parent) for found in there))
    if not there and not any(PurePosixPath(path).suffix.lower() in SUFFIXES for path in tree.files):
        return next((found for read in CONTAINERS if (found := read(tree, limits)) is not None), None)
    return there[0] if there else None


def _leave_out_others(tree: Tree, found: Collection) -> None:
    """Report files beside the containers as left out."""
    for path in sorted(tree.files.keys() - found.containers):
        suffix = PurePosixPath(path).suffix.lower()
        if is_system(path):
            found.left_out.add(SYSTEM_FILES, path)
        elif path.removesuffix(".gz") in found.containers:
            found.left_out.add("compressed copies of imported files", path)
        else:
            what = "image files" if suffix in SUFFIXES else f"other files ({suffix or 'no suffix'})"
            found.left_out.add(f"{what} beside {found.layout}", path)


def _check_spelling(found: Collection, where: str) -> None:
    """Raise BadImages for class names that differ only in case or surrounding spaces."""
    seen: dict[str, str] = {}
    for label in sorted({entry.label for entry in found.entries}):
        other = seen.setdefault(label.casefold().strip(), label)
        if other != label:
            splits = {name: next(entry for entry in found.entries if entry.label == name) for name in (other, label)}
            named = " and ".join(f"{name!r} ({entry.path})" for name, entry in splits.items())
            raise BadImages(f"{where}: the classes {named} differ only in case. Merge them, or rename one.")


def _check_classes(found: Collection, where: str) -> None:
    """Raise BadImages for a class without training or test images, and for a single class."""
    of = {split: found.labels(split) for split in found.splits}
    empty = found.empty_classes
    for label in sorted(set().union(*of.values(), *empty.values())):
        lacks = [split for split in NEEDED_SPLITS if label not in of.get(split, set())]
        if lacks:
            sources = " and ".join(found.origins.get(split, f"{split}/") for split in lacks)
            raise BadImages(f"{where}: class {label!r} has no images in {sources}: add some, or remove the class.")
    if len(of["train"]) < 2:
        raise BadImages(f"{where} has a single class, {found.entries[0].label!r}; classification needs at least two.")
    if absent := of["train"] - of.get("val", of["train"]):
        found.notes.append(f"The validation set lacks images of {len(absent)} classes.")
    found.classes = [label for label in found.classes if label in of["train"]]
