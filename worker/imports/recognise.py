"""What a folder or archive holds, whichever of the known layouts it has."""

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
"""Recognised by names that nothing else has, also among images."""

CONTAINERS = (parquet, numpy_arrays)
"""Where there are image files, such a file beside them is something else, features most often."""


def recognised(tree: Tree, limits: Limits, *, test_share: float | None = None) -> Collection:
    """With a training set, a test set and perhaps a validation set, and with the same classes in all of them.

    Raises BadImages that names what was found instead.
    """
    found = _in_containers(tree, limits)
    if found is None:
        found = images.collected(tree, limits)
    else:
        _leave_out_others(tree, found)
    found.left_out.add("links that lead back to a folder above them", *tree.loops)
    _check_spelling(found, tree.name)
    if not found.classes:
        found.classes = sorted({entry.label for entry in found.entries})
    found = divided(found, tree.name, test_share)
    _check_classes(found, tree.name)
    return found


def _in_containers(tree: Tree, limits: Limits) -> Collection | None:
    """Raises SeveralSets for files of two formats that have names of their own."""
    there = [found for read in NAMED if (found := read(tree, limits)) is not None]
    if len(there) > 1:
        raise SeveralSets(tree.name, (str(PurePosixPath(min(found.containers)).parent) for found in there))
    if not there and not any(PurePosixPath(path).suffix.lower() in SUFFIXES for path in tree.files):
        return next((found for read in CONTAINERS if (found := read(tree, limits)) is not None), None)
    return there[0] if there else None


def _leave_out_others(tree: Tree, found: Collection) -> None:
    """Files beside those that the images are in."""
    for path in sorted(tree.files.keys() - found.containers):
        suffix = PurePosixPath(path).suffix.lower()
        if is_system(path):
            found.left_out.add(SYSTEM_FILES, path)
        elif path.removesuffix(".gz") in found.containers:
            found.left_out.add("compressed copies of files that are taken", path)
        else:
            what = "image files" if suffix in SUFFIXES else f"other files ({suffix or 'no suffix'})"
            found.left_out.add(f"{what} beside {found.layout}", path)


def _check_spelling(found: Collection, where: str) -> None:
    """Raises BadImages for one class in two spellings."""
    seen: dict[str, str] = {}
    for label in sorted({entry.label for entry in found.entries}):
        other = seen.setdefault(label.casefold().strip(), label)
        if other != label:
            splits = {name: next(entry for entry in found.entries if entry.label == name) for name in (other, label)}
            named = " and ".join(f"{name!r} ({entry.path})" for name, entry in splits.items())
            raise BadImages(f"{where}: {named} differ in capital letters alone: call both the same, or rename one.")


def _check_classes(found: Collection, where: str) -> None:
    """Raises BadImages for a class without images to train or to test on."""
    of = {split: found.labels(split) for split in found.splits}
    empty = found.empty_classes
    for label in sorted(set().union(*of.values(), *empty.values())):
        lacks = [split for split in NEEDED_SPLITS if label not in of.get(split, set())]
        if lacks:
            said = " and ".join(found.origins.get(split, f"{split}/") for split in lacks)
            raise BadImages(f"{where}: class {label!r} has no images in {said}: add some, or remove the class.")
    if len(of["train"]) < 2:
        raise BadImages(f"{where} has one class, {found.entries[0].label!r}: there is nothing to tell it from.")
    if absent := of["train"] - of.get("val", of["train"]):
        found.notes.append(f"The validation set has no images of {len(absent)} classes.")
    found.classes = [label for label in found.classes if label in of["train"]]
