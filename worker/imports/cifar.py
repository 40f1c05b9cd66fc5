"""CIFAR-10 and CIFAR-100 as published: pickled batches (https://www.cs.toronto.edu/~kriz/cifar.html)."""

import itertools
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from skiplab.contract.imports import Split
from worker.datasets.limits import Limits
from worker.datasets.pictures import BadImages
from worker.imports.arrays import Part, of_parts
from worker.imports.collection import Collection, SeveralSets, named
from worker.imports.names import is_system
from worker.imports.pickles import UnsafePickle, unpickled
from worker.imports.tree import Tree


def cifar(tree: Tree, limits: Limits) -> Collection | None:
    """Read the content of cifar-10-python.tar.gz or cifar-100-python.tar.gz; None if the tree holds neither.

    Raises SeveralSets if it holds both, BadImages for a batch that is not one of CIFAR.
    """
    by_folder: dict[str, set[str]] = {}
    for path in tree.files:
        file = PurePosixPath(path)
        if not is_system(path):
            by_folder.setdefault(str(file.parent), set()).add(file.name)
    found = {
        folder: names
        for folder, names in by_folder.items()
        if names >= {"batches.meta", "data_batch_1", "test_batch"} or names >= {"meta", "train", "test"}
    }
    if len(found) > 1:
        raise SeveralSets(tree.name, found)
    for folder, names in found.items():
        if "batches.meta" in names:
            batches = sorted(name for name in names if re.fullmatch(r"data_batch_\d+", name))
            files: dict[Split, list[str]] = {"train": batches, "test": ["test_batch"]}
            return _cifar(tree, folder, files, "batches.meta", ("label_names", "labels"), "CIFAR-10's batches", limits)
        files = {"train": ["train"], "test": ["test"]}
        keys = ("fine_label_names", "fine_labels")
        return _cifar(tree, folder, files, "meta", keys, "CIFAR-100's batches", limits)
    return None


def _cifar(
    tree: Tree,
    folder: str,
    files: Mapping[Split, list[str]],
    meta: str,
    keys: tuple[str, str],
    layout: str,
    limits: Limits,
) -> Collection:
    def read(name: str) -> dict[str, Any]:
        path = str(PurePosixPath(folder) / name)
        try:
            found = unpickled(tree.read(path, most=limits.pickled))
        except UnsafePickle as error:
            raise BadImages(f"{path} is not a CIFAR batch: {error}.") from error
        if not isinstance(found, dict):
            raise BadImages(f"{path} is not a CIFAR batch: expected a dict, found {type(found).__name__}.")
        return {key.decode("latin1") if isinstance(key, bytes) else str(key): value for key, value in found.items()}

    names_key, labels_key = keys
    classes = [
        name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name)
        for name in read(meta).get(names_key, [])
    ]
    parts = []
    for split, names in files.items():
        for name in names:
            batch = read(name)
            data, labels = batch.get("data"), batch.get(labels_key)
            if not isinstance(data, np.ndarray) or data.ndim != 2 or data.shape[1] != 3072 or labels is None:
                raise BadImages(f"{name} is not a CIFAR batch: found the keys {named(batch)}.")
            images = data.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
            parts.append(Part(split, name, images, labels, classes))
    found = of_parts(layout, parts)
    found.containers = {str(PurePosixPath(folder) / name) for name in (meta, *itertools.chain(*files.values()))}
    return found
