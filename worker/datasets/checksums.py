"""Recognise published data sets by the MD5 checksums that torchvision contains."""

import gzip
import hashlib
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path

from worker.datasets.published import PUBLISHED

BUFFER = 2**20

Files = Mapping[str, str]
"""MD5 of each file by relative path."""


def published_as(path: Path, taken: Collection[str], *, called: str | None = None) -> str | None:
    """Return the key of the published data set in `path`: its archive, the unpacked archive, or its files in a folder.

    `taken`: files that the images were read from, all of which must be published ones. `called`: original name of an
    uploaded archive. None if a checksum differs, a file is missing, or torchvision is not installed.
    """
    for key, forms in _published().items():
        for files in forms:
            if path.is_dir():
                if _are_published(path, files, taken):
                    return key
            elif path.is_file() and [*files] == [called or path.name] and _md5(path) == files[called or path.name]:
                return key
    return None


def _are_published(folder: Path, files: Files, taken: Collection[str]) -> bool:
    found = {_beside(folder, name): md5 for name, md5 in files.items()}
    proven: set[str] = set()
    for file, md5 in found.items():
        if not file.is_file() or _md5(file) != md5:
            return False
        proven.add(file.relative_to(folder).as_posix())
        # torchvision leaves the unpacked file beside the published one.
        plain = file.with_suffix("")
        if file.suffix == ".gz" and plain.is_file() and _md5(plain) == _md5(file, unzip=True):
            proven.add(plain.relative_to(folder).as_posix())
    return proven.issuperset(taken)


def _beside(folder: Path, name: str) -> Path:
    """Locate a file such as `cifar-10-batches-py/data_batch_1`, in the folder of that name or its parent."""
    return folder / Path(name).name if folder.name == Path(name).parent.name else folder / name


@cache
def _published() -> dict[str, list[Files]]:
    """Return the forms in which each data set is published, by key."""
    try:
        from torchvision import datasets
    except ImportError:
        return {}
    return {each.key: _forms(getattr(datasets, each.torchvision)) for each in PUBLISHED}


def _forms(source: type) -> list[Files]:
    """Return the files of a torchvision class, which declares them in one of three ways."""
    known = vars(source)
    if "tgz_md5" in known:
        folder = known["base_folder"]
        parts = [*known["train_list"], *known["test_list"], (known["meta"]["filename"], known["meta"]["md5"])]
        return [{known["filename"]: known["tgz_md5"]}, {f"{folder}/{name}": md5 for name, md5 in parts}]
    if "resources" in known:
        return [dict(known["resources"])]
    return [{name: md5 for split, (_, name, md5) in known["split_list"].items() if split in ("train", "test")}]


def _md5(file: Path, *, unzip: bool = False) -> str:
    """Hash a file; `unzip`: its decompressed content. MD5, as published, detects corruption but not attacks."""
    digest = hashlib.md5(usedforsecurity=False)
    with gzip.open(file) if unzip else file.open("rb") as opened:
        while piece := opened.read(BUFFER):
            digest.update(piece)
    return digest.hexdigest()
