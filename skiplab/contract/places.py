"""Paths in the lab's home folder."""

import os
from errno import ENOENT
from pathlib import Path, PurePosixPath


def runs(home: Path) -> Path:
    """Return the folder of the runs' files: `<run>/attempt-<n>/<file>`."""
    return home / "runs"


def file_of_run(home: Path, path: str) -> Path:
    """Return a file below `runs`. Raises FileNotFoundError for a missing file, and for symbolic links, whose targets
    must neither be served nor overwritten."""
    file = runs(home)
    for part in PurePosixPath(path).parts:
        file = file / part
        if part in ("/", "..") or file.is_symlink():
            raise FileNotFoundError(ENOENT, "symbolic links are not followed", str(file))
    if not file.is_file():
        raise FileNotFoundError(ENOENT, os.strerror(ENOENT), str(file))
    return file


def saved_file(run_id: int, name: str) -> str:
    """Return the path below `runs` of a file that a client saves."""
    return f"{run_id}/files/{name}"


def datasets(home: Path) -> Path:
    """Return the folder of decoded data sets, see `dataset_store`: a folder for each version with `<split>_images.npy`
    (N, H, W, 3), uint8, `<split>_labels.npy`, a card and previews."""
    return home / "datasets"


def dataset(home: Path, key: str, number: int = 1) -> Path:
    """Return the folder of one version."""
    return datasets(home) / (key if number == 1 else f"{key}@{number}")


def dataset_numbers(home: Path, key: str) -> list[int]:
    """Return the version numbers on this disk, ascending; the last is the current one."""
    further = (folder.name.removeprefix(f"{key}@") for folder in datasets(home).glob(f"{key}@*") if folder.is_dir())
    found = [int(number) for number in further if number.isdecimal()]
    return sorted([*found, 1] if dataset(home, key).is_dir() else found)


def current_dataset(home: Path, key: str) -> Path:
    """Return the folder of the current version; without one, that of a future version 1."""
    return dataset(home, key, (dataset_numbers(home, key) or [1])[-1])


def preview(home: Path, key: str, augment: str) -> Path:
    """Return the file with augmented images of the current version, (images, epochs, H, W, 3), uint8."""
    return current_dataset(home, key) / f"preview_{augment}.npy"


def uploads(home: Path) -> Path:
    """Return the folder of uploads that are to be imported."""
    return home / "uploads"


def upload(home: Path, import_id: int, key: str) -> Path:
    """Return the path for a new upload, of any format."""
    return uploads(home) / str(import_id) / f"{key}.zip"


def uploaded(home: Path, import_id: int) -> Path | None:
    """Return the path of an upload, whose key may have changed since; None if it is not in this home folder."""
    return next(iter((uploads(home) / str(import_id)).glob("*.zip")), None)


def backups(home: Path) -> Path:
    """Return the folder of automatic database copies, and of temporary files of backups."""
    return home / "backups"
