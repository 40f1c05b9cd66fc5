"""Whether files somebody has are those that were published, by the checksums that torchvision knows."""

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from worker.datasets.published import PUBLISHED

BUFFER = 2**20

Files = Mapping[str, str]
"""Name of a file, with its folders, to its MD5."""


def published_as(path: Path, *, called: str | None = None) -> str | None:
    """Key of the published data set that this is: its archive, or the folder that the archive unpacks to, or that
    holds the published files. None where a checksum is another one, a file is missing, or torchvision is not there.

    `called`: the archive's own name, where an upload lies under another."""
    for key, forms in _published().items():
        for files in forms:
            if path.is_dir():
                found = {name: _beside(path, name) for name in files}
            else:
                found = dict.fromkeys(files, path) if [*files] == [called or path.name] else {}
            if found and all(file.is_file() and _md5(file) == files[name] for name, file in found.items()):
                return key
    return None


def _beside(folder: Path, name: str) -> Path:
    """`cifar-10-batches-py/data_batch_1` is known in the folder of that name and in the one above."""
    return folder / Path(name).name if folder.name == Path(name).parent.name else folder / name


@cache
def _published() -> dict[str, list[Files]]:
    """Key to the forms in which its files are published."""
    try:
        from torchvision import datasets
    except ImportError:
        return {}
    return {each.key: _forms(getattr(datasets, each.torchvision)) for each in PUBLISHED}


def _forms(source: type) -> list[Files]:
    """A class of torchvision's knows its files in one of three ways."""
    known = vars(source)
    if "tgz_md5" in known:
        folder = known["base_folder"]
        parts = [*known["train_list"], *known["test_list"], (known["meta"]["filename"], known["meta"]["md5"])]
        return [{known["filename"]: known["tgz_md5"]}, {f"{folder}/{name}": md5 for name, md5 in parts}]
    if "resources" in known:
        return [dict(known["resources"])]
    return [{name: md5 for split, (_, name, md5) in known["split_list"].items() if split in ("train", "test")}]


def _md5(file: Path) -> str:
    """Published checksums are MD5's: they find damage and other files, not an attack."""
    digest = hashlib.md5(usedforsecurity=False)
    with file.open("rb") as opened:
        while piece := opened.read(BUFFER):
            digest.update(piece)
    return digest.hexdigest()
