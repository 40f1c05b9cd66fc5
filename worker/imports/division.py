"""Makes a training and a test set of what has none: by a fixed seed, so that it is the same one every time."""

import zlib
from dataclasses import replace

import numpy as np

from skiplab.contract.imports import Split
from worker.datasets.pictures import BadImages
from worker.imports.collection import Collection, Entry

SEED = 0
TEST_SHARE = 0.2


def divided(found: Collection, where: str, test_share: float | None) -> Collection:
    """The collection with a test set. Raises BadImages for classes too small to be divided.

    A labelled test set stays as it is. Without one, validation images become it, unless a share is given: then, as
    where there are none either, each class gives its share of the training images.
    """
    splits = found.splits
    if "train" not in splits:
        raise BadImages(f"{where}: no training images; found {' and '.join(found.origins.values())} alone.")
    if "test" in splits:
        if test_share is not None:
            found.notes.append("There is a labelled test set: the share for one is not needed.")
        return found
    found.labelled_test = False
    if "val" in splits and test_share is None:
        found.entries = [replace(entry, split="test") if entry.split == "val" else entry for entry in found.entries]
        found.empty_classes["test"] = found.empty_classes.pop("val", set())
        found.origins["test"] = found.origins.pop("val", "val/")
        found.notes.append(
            "There is no labelled test set: the validation images become it, and the best epoch is chosen on them."
            " With a test share, part of the training images is the test set instead."
        )
        return found
    _divide(found, where, test_share or TEST_SHARE)
    return found


def _divide(found: Collection, where: str, share: float) -> None:
    by_class: dict[str, list[Entry]] = {}
    for entry in found.of("train"):
        by_class.setdefault(entry.label, []).append(entry)
    moved: set[Entry] = set()
    for label, entries in by_class.items():
        if len(entries) < 2:
            raise BadImages(
                f"{where} has no labelled test set, and class {label!r} has one image, which cannot be divided:"
                " add some, or remove the class."
            )
        count = min(len(entries) - 1, max(1, round(share * len(entries))))
        # A seed for each class: a class that comes later does not move the images of the others.
        random = np.random.default_rng([SEED, zlib.crc32(label.encode())])
        moved.update(entries[place] for place in random.permutation(len(entries))[:count])
    found.entries = [_moved(entry, "test") if entry in moved else entry for entry in found.entries]
    found.entries.sort(key=lambda entry: entry.split)  # keeps the order within each
    train = found.origins.get("train", "all images")
    found.origins["test"] = f"{share:.0%} of each class of {train}, seed {SEED}"
    found.origins["train"] = f"the rest of {train}"
    found.notes.append(
        f"There is no labelled test set: {share:.0%} of each class, chosen by a fixed seed, become it. It is the same"
        " part every time; the test share (--test-share) says how much."
    )


def _moved(entry: Entry, split: Split) -> Entry:
    return replace(entry, split=split)
