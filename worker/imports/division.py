"""Split a test set off a collection that has none, with a fixed seed so that it is always the same."""

import zlib
from dataclasses import replace

import numpy as np

from worker.datasets.pictures import BadImages
from worker.imports.collection import Collection, Entry

SEED = 0
TEST_SHARE = 0.2


def divided(found: Collection, where: str, test_share: float | None) -> Collection:
    """Return the collection with a test set.

    A labelled test set is kept. Otherwise the validation images become it, unless `test_share` is given. Then,
    and where there are no validation images, that fraction of each class's training images is split off (stratified).
    Raises BadImages without training images, and for a class with too few images to split.
    """
    splits = found.splits
    if "train" not in splits:
        raise BadImages(f"{where}: no training images; found only {' and '.join(found.origins.values())}.")
    if "test" in splits:
        if test_share is not None:
            found.notes.append("The data set has a labelled test set: the test fraction is ignored.")
        return found
    found.labelled_test = False
    if "val" in splits and test_share is None:
        found.entries = [replace(entry, split="test") if entry.split == "val" else entry for entry in found.entries]
        found.empty_classes["test"] = found.empty_classes.pop("val", set())
        found.origins["test"] = found.origins.pop("val", "val/")
        found.notes.append(
            "No labelled test set: the validation images are used as the test set, and the best epoch is selected on"
            " them. Set a test fraction to split the test set off the training images instead."
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
                f"{where} has no labelled test set, and class {label!r} has a single image, which cannot be split:"
                " add images, or remove the class."
            )
        count = min(len(entries) - 1, max(1, round(share * len(entries))))
        # One seed for each class, so that adding a class does not reshuffle the others.
        random = np.random.default_rng([SEED, zlib.crc32(label.encode())])
        moved.update(entries[index] for index in random.permutation(len(entries))[:count])
    found.entries = [replace(entry, split="test") if entry in moved else entry for entry in found.entries]
    found.entries.sort(key=lambda entry: entry.split)  # keeps the order within each
    train = found.origins.get("train", "all images")
    found.origins["test"] = f"{share:.0%} of each class of {train}, seed {SEED}"
    found.origins["train"] = f"the rest of {train}"
    found.notes.append(
        f"No labelled test set: {share:.0%} of each class is split off as the test set, with a fixed seed. Set the"
        " fraction with --test-share."
    )
