"""Images in folders: recognise which folders are splits and which are classes."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from skiplab.contract.imports import Split
from worker.datasets.images import SPLITS
from worker.datasets.pictures import SUFFIXES, BadImages
from worker.imports.collection import Entry, LeftOut, SeveralSets, named
from worker.imports.words import class_in_name, is_split_word, split_of

EXPECTED = (
    "train/<class>/ and test/<class>/, one folder for each class, file names such as cat.0.jpg and dog.1.jpg, or a CSV"
    " with columns of file names and labels"
)

INNER = frozenset({"images", "image", "imgs", "img", "data", "jpegimages", "jpg", "png"})
"""Names of intermediate folders that are neither a split nor a class."""

FEWEST = 2
"""Images that each class named by files must have; with fewer, the file names are not class names."""


class NotUnderstood(BadImages):
    """Raised for an unknown layout; lists what was found and the supported layouts."""

    def __init__(self, where: str, found: str) -> None:
        super().__init__(f"{where}: found {found}; expected {EXPECTED}.")


@dataclass
class Arranged:
    """Images by split and class. Without split folders everything is in `train`."""

    layout: str
    entries: list[Entry] = field(default_factory=list)
    unlabelled: list[str] = field(default_factory=list)
    """Images whose class neither folder nor file name gives."""

    origins: dict[Split, str] = field(default_factory=dict)
    empty_classes: dict[Split, set[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Image:
    path: str
    parts: tuple[str, ...]
    """Path components not interpreted yet, the file name last."""

    def below(self) -> "_Image":
        return _Image(self.path, self.parts[1:])


def arranged(paths: Iterable[str], folders: Iterable[str], where: str, left_out: LeftOut) -> Arranged:
    """Assign a split and class to each image by its folders and file name.

    `where`: name of the folder or archive for errors. Files that do not fit are added to `left_out`.
    Raises BadImages, usually NotUnderstood or SeveralSets, for an unknown layout.
    """
    top, images = _unwrapped([_Image(path, PurePosixPath(path).parts) for path in sorted(paths)])
    below = [_Image(path, PurePosixPath(path).parts[len(top) :]) for path in sorted(folders) if _is_below(path, top)]
    _check_alone(images, top, where)
    splits = _splits(images, where)
    if splits:
        return _in_splits(splits, images, below, where, left_out)
    if (swapped := _swapped(images)) is not None:
        return _in_splits(_splits(swapped, where), swapped, [], where, left_out, layout="<class>/<split>/ folders")
    return _without_splits(images, below, where, left_out)


def _unwrapped(images: list[_Image]) -> tuple[tuple[str, ...], list[_Image]]:
    """Strip the folders that contain everything; return their names, and the images below them."""
    top: tuple[str, ...] = ()
    while images and all(len(image.parts) > 1 for image in images):
        first = {image.parts[0] for image in images}
        # Keep a folder that names a split, unless the splits are one level below it.
        if len(first) > 1 or (split_of(next(iter(first))) and not _has_splits_below(images)):
            break
        top += (first.pop(),)
        images = [image.below() for image in images]
    return top, images


def _has_splits_below(images: list[_Image]) -> bool:
    """Return whether the splits are one level down, as in `train_val_test/` or `Training_data/train`."""
    inner = {split_of(image.parts[1]) for image in images if len(image.parts) > 2}
    return "train" in inner and len(inner - {None}) > 1


def _is_below(path: str, top: tuple[str, ...]) -> bool:
    parts = PurePosixPath(path).parts
    return len(parts) > len(top) and parts[: len(top)] == top


def _check_alone(images: list[_Image], top: tuple[str, ...], where: str) -> None:
    """Raise SeveralSets where several folders have splits and classes of their own."""
    below: defaultdict[str, set[Split | None]] = defaultdict(set)
    for image in images:
        if len(image.parts) > 3:
            below[image.parts[0]].add(split_of(image.parts[1]))
    several = [name for name, splits in below.items() if {"train", "test"} <= splits and not split_of(name)]
    if len(several) > 1 and not any(split_of(image.parts[0]) for image in images):
        raise SeveralSets(where, ("/".join((*top, name)) for name in several))


def _splits(images: list[_Image], where: str) -> dict[str, Split]:
    """Return the top-level folders that are splits; empty if they are classes.

    A data set of vehicles may have a class `train`: a single split name among other folders does not count.
    Raises BadImages for two folders of the same split.
    """
    tops = sorted({image.parts[0] for image in images if len(image.parts) > 1})
    words = {name: split for name in tops if (split := split_of(name)) is not None}
    if "train" not in words.values() or (len(set(words.values())) == 1 and len(words) < len(tops)):
        return {}
    for split in SPLITS:
        same = [name for name in words if words[name] == split]
        exact = [name for name in same if is_split_word(name)]
        if len(same) > 1 and len(exact) != 1:
            raise BadImages(
                f"{where}: {' and '.join(f'{name}/' for name in same)} both look like the {split} split. Rename or"
                " remove all but one."
            )
        for other in same if len(same) > 1 else ():
            if other not in exact:
                del words[other]
    return words


def _swapped(images: list[_Image]) -> list[_Image] | None:
    """Turn <class>/<split>/ into <split>/<class>/; None for another layout."""
    if not images or any(len(image.parts) != 3 for image in images):
        return None
    inner = {image.parts[1] for image in images}
    if any(split_of(name) is None for name in inner) or len({split_of(name) for name in inner}) < 2:
        return None
    return [_Image(image.path, (image.parts[1], image.parts[0], image.parts[2])) for image in images]


def _in_splits(
    splits: dict[str, Split],
    images: list[_Image],
    folders: list[_Image],
    where: str,
    left_out: LeftOut,
    *,
    layout: str = "<split>/<class>/ folders",
) -> Arranged:
    for image in images:
        if image.parts[0] not in splits:
            what = f"in {image.parts[0]}/" if len(image.parts) > 1 else "at the top level"
            left_out.add(f"{what}, outside {named(f'{name}/' for name in splits)}", image.path)
    result = Arranged(layout)
    for name, split in splits.items():
        inside = [image.below() for image in images if image.parts[0] == name]
        below = [folder.below() for folder in folders if folder.parts[0] == name and len(folder.parts) > 1]
        inside, below = _unwrapped_split(inside, below, name)
        result.origins[split] = f"{name}/"
        if all(len(image.parts) == 1 for image in inside):
            _flat(inside, split, result)
            continue
        inside = _without_inner(inside)
        for image in inside:
            if len(image.parts) != 2:
                raise BadImages(f"{where}: {image.path} is not in {name}/<class>/, where all images must be.")
        result.entries += [Entry(split, image.parts[0], image.path) for image in inside]
        there = {image.parts[0] for image in inside}
        result.empty_classes[split] = {folder.parts[0] for folder in below if len(folder.parts) == 1} - there
    if result.entries and all(_names_class(entry) for entry in result.entries):
        result.layout = "<split>/ folders, classes by file name"
    return result


def _names_class(entry: Entry) -> bool:
    return entry.label not in PurePosixPath(entry.path).parts[:-1]


def _unwrapped_split(images: list[_Image], folders: list[_Image], name: str) -> tuple[list[_Image], list[_Image]]:
    """Strip redundant folders, such as the second of `seg_train/seg_train/<class>`."""
    while images and all(len(image.parts) > 1 for image in images):
        (first, *others) = {image.parts[0] for image in images}
        same = first.lower() == name.lower() or split_of(first) == split_of(name) or first.lower() in INNER
        if others or not same or (first.lower() in INNER and all(len(image.parts) == 2 for image in images)):
            break
        images = [image.below() for image in images]
        folders = [folder.below() for folder in folders if folder.parts[0] == first and len(folder.parts) > 1]
    if images and all(len(image.parts) == 2 and image.parts[0].lower() in INNER for image in images):
        images, folders = [image.below() for image in images], []  # val/images/*.jpg
    return images, folders


def _without_inner(images: list[_Image]) -> list[_Image]:
    """Turn <class>/images/x.jpg into <class>/x.jpg, if all paths have this form."""
    if all(len(image.parts) == 3 and image.parts[1].lower() in INNER for image in images):
        return [_Image(image.path, (image.parts[0], image.parts[2])) for image in images]
    return images


def _flat(images: Sequence[_Image], split: Split, result: Arranged) -> None:
    """Label the files of one flat folder by their names, where these contain class names."""
    labels = _classes_in_names([image.parts[-1] for image in images])
    for image in images:
        label = labels.get(image.parts[-1])
        if label is None:
            result.unlabelled.append(image.path)
        else:
            result.entries.append(Entry(split, label, image.path))


def _classes_in_names(names: Sequence[str]) -> dict[str, str]:
    """Return the class of each file name; empty unless every name is a word and a number."""
    stems = {
        name: PurePosixPath(name).stem if PurePosixPath(name).suffix.lower() in SUFFIXES else name for name in names
    }
    labels = {name: class_in_name(stem) for name, stem in stems.items()}
    count: defaultdict[str, int] = defaultdict(int)
    for label in labels.values():
        if label is None:
            return {}
        count[label] += 1
    if len(count) < 2 or min(count.values()) < FEWEST:
        return {}
    return {name: label for name, label in labels.items() if label is not None}


def _without_splits(images: list[_Image], folders: list[_Image], where: str, left_out: LeftOut) -> Arranged:
    if images and all(len(image.parts) == 1 for image in images):
        result = Arranged("one folder, classes by file name", origins={"train": "all images"})
        _flat(images, "train", result)
        return result
    loose = [image for image in images if len(image.parts) == 1]
    inside = _without_inner([image for image in images if len(image.parts) > 1])
    deep = [image for image in inside if len(image.parts) > 2]
    if deep:
        tops = sorted({f"{image.parts[0]}/" for image in inside})
        raise NotUnderstood(where, f"the top-level folders {named(tops)} with subfolders ({deep[0].path})")
    result = Arranged("a folder for each class", origins={"train": "all images"})
    result.entries = [Entry("train", image.parts[0], image.path) for image in inside]
    result.empty_classes["train"] = {folder.parts[0] for folder in folders if len(folder.parts) == 1} - {
        entry.label for entry in result.entries
    }
    if loose:
        left_out.add("beside the class folders", *(image.path for image in loose))
    return result
