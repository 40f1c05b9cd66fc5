"""Where things lie in the lab's home."""

import os
from errno import ENOENT
from pathlib import Path, PurePosixPath


def runs(home: Path) -> Path:
    """Files of runs: `<run>/attempt-<n>/<file>`."""
    return home / "runs"


def file_of_run(home: Path, path: str) -> Path:
    """A file below `runs`. Raises FileNotFoundError where none is, or where a symbolic link leads on: what lies behind
    one is not the lab's to hand out, nor to write over."""
    place = runs(home)
    for part in PurePosixPath(path).parts:
        place = place / part
        if part in ("/", "..") or place.is_symlink():
            raise FileNotFoundError(ENOENT, "a symbolic link is not followed", str(place))
    if not place.is_file():
        raise FileNotFoundError(ENOENT, os.strerror(ENOENT), str(place))
    return place


def datasets(home: Path) -> Path:
    """Decoded data sets: a folder for each version, with `<split>_images.npy` (N x H x W x 3 bytes), labels likewise,
    and a card; previews. `shelf` knows the folders."""
    return home / "datasets"


def dataset(home: Path, key: str, number: int = 1) -> Path:
    """The folder of one version."""
    return datasets(home) / (key if number == 1 else f"{key}@{number}")


def dataset_numbers(home: Path, key: str) -> list[int]:
    """The versions that are on this disk, ascending; the last is the current one."""
    further = (folder.name.removeprefix(f"{key}@") for folder in datasets(home).glob(f"{key}@*") if folder.is_dir())
    found = [int(number) for number in further if number.isdecimal()]
    return sorted([*found, 1] if dataset(home, key).is_dir() else found)


def current_dataset(home: Path, key: str) -> Path:
    """The folder of the current version; where there is none, of the first, which may come."""
    return dataset(home, key, (dataset_numbers(home, key) or [1])[-1])


def preview(home: Path, key: str, augment: str) -> Path:
    """Some training images of the current version under an augmentation: image x epoch x H x W x 3 bytes."""
    return current_dataset(home, key) / f"preview_{augment}.npy"


def uploads(home: Path) -> Path:
    """Archives that wait to become data sets."""
    return home / "uploads"


def upload(home: Path, import_id: int, key: str) -> Path:
    """Where an upload is put, whatever it is."""
    return uploads(home) / str(import_id) / f"{key}.zip"


def uploaded(home: Path, import_id: int) -> Path | None:
    """Where it lies: its data set may have got another key since. None where it is not in this home."""
    return next(iter((uploads(home) / str(import_id)).glob("*.zip")), None)


def backups(home: Path) -> Path:
    """Copies of the database that the lab makes by itself, and what a backup in the making needs."""
    return home / "backups"
