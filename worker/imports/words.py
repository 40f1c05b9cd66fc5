"""Common names of folders, files, columns and arrays, and what they mean."""

import re

from skiplab.contract.imports import Split

_SPLITS: dict[str, Split] = {
    **dict.fromkeys(("train", "training", "trainset", "trn"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "validate", "valset", "dev"), "val"),
    **dict.fromkeys(("test", "testing", "testset", "tst"), "test"),
}

IMAGES = frozenset(
    {"x", "image", "images", "img", "imgs", "data", "picture", "pictures", "photos", "feature", "features"}
)
LABELS = frozenset({"y", "label", "labels", "target", "targets", "class", "classes"})

FILE_COLUMNS = (
    *(
        "filename",
        "file_name",
        "filepath",
        "file_path",
        "filepaths",
        "image_path",
        "img_path",
        "image_name",
        "img_name",
    ),
    *("path", "paths", "file", "image_id", "imageid", "image", "img", "images", "id_code", "id", "name", "photo"),
)
LABEL_COLUMNS = (
    *("label", "labels", "class", "class_name", "classname", "category", "target", "species", "breed", "type"),
    *("dx", "diagnosis", "classid", "class_id", "label_name", "category_name", "tag", "variety", "y", "emotion"),
)
SPLIT_COLUMNS = ("split", "subset", "partition", "set", "data_set", "dataset", "usage", "phase", "fold")

NO_CLASS = frozenset(
    {
        "img",
        "image",
        "images",
        "dsc",
        "dscn",
        "dscf",
        "pic",
        "picture",
        "photo",
        "frame",
        "file",
        "pxl",
        "scan",
        "screenshot",
    }
)
"""Prefixes with which cameras and programs number their files."""


GLUED = re.compile(r"^(?:([xy])(train|test|val)|(train|test|val)([xy]))$")

MOST_WORDS = 5
"""Words in the name of a split, at most: in a longer name the word means something else."""


def split_of(name: str) -> Split | None:
    """Return the split in a name such as `Training`, `seg_test`, `val_images` or `xtrain`; None for none or two."""
    words = _words(name)
    found = {_SPLITS[word] for word in words if word in _SPLITS}
    return found.pop() if len(found) == 1 and len(words) <= MOST_WORDS else None


def is_split_word(name: str) -> bool:
    """Return whether the name is exactly the word for a split."""
    return name.lower() in _SPLITS


def kind_of(name: str) -> str | None:
    """Return `images` or `labels` according to an array's name; None for neither."""
    words = _words(name)
    if LABELS.intersection(words):
        return "labels"
    return "images" if IMAGES.intersection(words) else None


def _words(name: str) -> list[str]:
    """Split a name into lower-case words; `trainX`, `x_train` and `xtrain` give the same two."""
    words = re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower())
    return [part for word in words for part in (GLUED.sub(r"\1\3 \2\4", word).split())]


def plain(name: str) -> str:
    """Normalise a column name to the spelling of the lists above."""
    return re.sub(r"[^a-z0-9]+", "_", name.strip().lower()).strip("_")


def class_in_name(stem: str) -> str | None:
    """Return the word before the number: `cat` for `cat.0`, `cat_12` or `cat (3)`; None without one."""
    match = re.fullmatch(r"(.*?[^\W\d_].*?)[ ._-]*\(?\d+\)?", stem)
    word = match[1].strip(" ._-(") if match else ""
    return word if word and word.lower() not in NO_CLASS else None
