"""What a folder or archive holds, whichever of the known layouts it has."""

from pathlib import PurePosixPath

from worker.datasets.images import SPLITS
from worker.datasets.limits import Limits
from worker.datasets.pictures import SUFFIXES, BadImages
from worker.imports import arrays, images
from worker.imports.collection import Collection
from worker.imports.division import divided
from worker.imports.parquet import parquet
from worker.imports.tree import Tree

NAMED = (arrays.cifar, arrays.idx)
"""Recognised by names that nothing else has, also among images."""

CONTAINERS = (parquet, arrays.numpy_arrays)
"""Where there are image files, such a file beside them is something else, features most often."""


def recognised(tree: Tree, limits: Limits, *, test_share: float | None = None) -> Collection:
    """With a training set, a test set and perhaps a validation set, and with the same classes in all of them.

    Raises BadImages that names what was found instead.
    """
    has_images = any(PurePosixPath(path).suffix.lower() in SUFFIXES for path in tree.files)
    found = next(
        (found for read in (*NAMED, *(() if has_images else CONTAINERS)) if (found := read(tree, limits)) is not None),
        None,
    )
    found = found or images.collected(tree, limits)
    _check_spelling(found, tree.name)
    if not found.classes:
        found.classes = sorted({entry.label for entry in found.entries})
    found = divided(found, tree.name, test_share)
    _check_classes(found, tree.name)
    return found


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
        lacks = [split for split in SPLITS if label not in of.get(split, set())]
        if lacks:
            said = " and ".join(found.origins.get(split, f"{split}/") for split in lacks)
            raise BadImages(f"{where}: class {label!r} has no images in {said}: add some, or remove the class.")
    if len(of["train"]) < 2:
        raise BadImages(f"{where} has one class, {found.entries[0].label!r}: there is nothing to tell it from.")
    if absent := of["train"] - of.get("val", of["train"]):
        found.notes.append(f"The validation set has no images of {len(absent)} classes.")
    found.classes = [label for label in found.classes if label in of["train"]]
