"""Tiny archives in the real formats of the published data sets, on a server of the test's own."""

import gzip
import hashlib
import io
import pickle
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
from scipy.io import savemat

TRAIN, TEST = 6, 4  # images
CLASSES = ["cat", "dog"]


def pixels(count: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(count).integers(0, 256, (count, *shape), dtype=np.uint8)


def labels(count: int) -> np.ndarray:
    return np.arange(count) % len(CLASSES)


def cifar(served: Path, address: str, *, fine: bool) -> Any:
    """torchvision's CIFAR-100 where `fine`, else its CIFAR-10, for an archive that is put into `served`."""
    from torchvision.datasets import CIFAR10, CIFAR100

    def batch(count: int) -> bytes:
        # As rows of 3 x 32 x 32: channels first.
        rows = pixels(count, 32, 32, 3).transpose(0, 3, 1, 2).reshape(count, -1)
        return pickle.dumps({"data": rows, "fine_labels" if fine else "labels": labels(count).tolist()})

    base: Any = CIFAR100 if fine else CIFAR10
    meta_key = "fine_label_names" if fine else "label_names"
    files = {"a": batch(TRAIN), "b": batch(TEST), "names": pickle.dumps({meta_key: CLASSES})}
    with tarfile.open(served / base.filename, "w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(f"{base.base_folder}/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))

    class Tiny(base):  # type: ignore[misc]  # torchvision has no types
        url = f"{address}/{base.filename}"
        tgz_md5 = _md5((served / base.filename).read_bytes())
        train_list = [["a", _md5(files["a"])]]  # noqa: RUF012
        test_list = [["b", _md5(files["b"])]]  # noqa: RUF012
        meta = {"filename": "names", "key": meta_key, "md5": _md5(files["names"])}  # noqa: RUF012

    return Tiny


def mnist(served: Path, address: str, *, fashion: bool) -> Any:
    from torchvision.datasets import MNIST, FashionMNIST

    def idx(array: np.ndarray) -> bytes:
        sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
        return gzip.compress(bytes([0, 0, 8, array.ndim]) + sizes + array.astype(np.uint8).tobytes())

    files = {
        "train-images-idx3-ubyte.gz": idx(pixels(TRAIN, 28, 28)),
        "train-labels-idx1-ubyte.gz": idx(labels(TRAIN)),
        "t10k-images-idx3-ubyte.gz": idx(pixels(TEST, 28, 28)),
        "t10k-labels-idx1-ubyte.gz": idx(labels(TEST)),
    }
    for name, content in files.items():
        (served / name).write_bytes(content)
    base: Any = FashionMNIST if fashion else MNIST

    class Tiny(base):  # type: ignore[misc]  # torchvision has no types
        mirrors = [f"{address}/"]  # noqa: RUF012
        resources = [(name, _md5(content)) for name, content in files.items()]  # noqa: RUF012

    return Tiny


def svhn(served: Path, address: str) -> Any:
    from torchvision.datasets import SVHN

    lists = {}
    for split, count in (("train", TRAIN), ("test", TEST)):
        name = f"{split}_32x32.mat"
        # Matlab counts from 1 and has the images along the last axis; the digit 0 is called 10.
        digits = np.where(labels(count) == 0, 10, labels(count))
        savemat(served / name, {"X": pixels(count, 32, 32, 3).transpose(1, 2, 3, 0), "y": digits[:, None]})
        lists[split] = [f"{address}/{name}", name, _md5((served / name).read_bytes())]

    class Tiny(SVHN):  # type: ignore[misc]
        split_list = lists

    return Tiny


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
