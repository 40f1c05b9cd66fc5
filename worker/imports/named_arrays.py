"""Arrays in .npz and .npy files, recognised by their names."""

from collections.abc import Iterable
from pathlib import PurePosixPath

import numpy as np

from skiplab.contract.imports import Split
from worker.datasets.limits import Limits
from worker.datasets.pictures import BadImages
from worker.imports import archives
from worker.imports.arrays import Array, Part, mapped, of_parts, shape_of
from worker.imports.collection import Collection, LeftOut, named
from worker.imports.names import is_system
from worker.imports.tree import Tree
from worker.imports.words import kind_of, split_of


def numpy_arrays(tree: Tree, limits: Limits) -> Collection | None:
    """Read images and labels from .npz and .npy files; None without such files. Raises BadImages."""
    found: dict[str, Array] = {}
    unusable: dict[str, BadImages] = {}
    containers = set()
    several = sum(path.lower().endswith(".npz") and not is_system(path) for path in tree.files) > 1
    for path in sorted(tree.files):
        file = PurePosixPath(path)
        if is_system(path) or file.suffix.lower() not in (".npy", ".npz"):
            continue
        containers.add(path)
        holder = tree if file.suffix.lower() == ".npy" else archives.nested(tree, path, limits)
        for inner in [path] if holder is tree else holder.files:
            name = str(PurePosixPath(inner).with_suffix("")) if inner.endswith(".npy") else inner
            if holder is not tree and (several or name in found):
                name = f"{file.with_suffix('')}_{name}"
            try:
                found[name] = _npy(holder, inner)
            except ObjectArray as error:
                unusable[name] = error
    if not containers:
        return None
    left_out = LeftOut()
    collection = of_parts("named arrays", _pairs(found, unusable, tree.name, left_out))
    collection.left_out.merge(left_out)
    collection.containers = containers
    return collection


def _pairs(arrays: dict[str, Array], unusable: dict[str, BadImages], where: str, left_out: LeftOut) -> list[Part]:
    """Pair images with the labels of the same split. Raises BadImages."""
    roles = _roles(arrays)
    shown = named((f"{name} {shape_of(array)} {array.dtype}" for name, array in arrays.items()), 12)
    expected = "expected pairs such as x_train and y_train, train_images and train_labels, or images and labels"
    for (split, kind), names in roles.items():
        if len(names) > 1:
            raise BadImages(
                f"{where}: {named(names)} all look like {split or 'unsplit'} {kind}; found {shown}; {expected}."
            )
    for role, (name, *_) in _roles(unusable).items():
        if role not in roles:
            raise unusable[name]
    splits = [split for split, kind in roles if kind == "images" and (split, "labels") in roles]
    if not splits:
        raise BadImages(f"{where}: found the arrays {shown}; {expected}.")
    left_out.add("arrays of Python objects, which are not supported", *unusable)
    for (split, kind), (name,) in roles.items():
        if split not in splits:
            what = "images without labels" if kind == "images" else "labels without images"
            left_out.add(f"arrays: {what}", f"{name} ({len(arrays[name]):,})")
    taken = {name for names in roles.values() for name in names}
    left_out.add("arrays that are neither images nor labels", *(name for name in arrays if name not in taken))
    return [
        Part(split, image, arrays[image], arrays[roles[split, "labels"][0]])
        for split in splits
        for image in roles[split, "images"]
    ]


def _roles(arrays: Iterable[str]) -> dict[tuple[Split | None, str], list[str]]:
    """Return the names of the arrays by split and by `images` or `labels`."""
    roles: dict[tuple[Split | None, str], list[str]] = {}
    for name in arrays:
        last = PurePosixPath(name).name
        if (kind := kind_of(last)) is not None:
            roles.setdefault((split_of(last), kind), []).append(name)
    return roles


class ObjectArray(BadImages):
    """Raised for an array of dtype object: unpickling it could run code."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path} contains Python objects, which could run code: save it as numbers or strings.")


def _npy(tree: Tree, path: str) -> Array:
    file = tree.real(path)
    try:
        version = np.lib.format.read_magic(file)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, fortran, dtype = read(file)
    except ValueError as error:
        raise BadImages(f"{path} is not a .npy array: {error}.") from error
    if dtype.hasobject:
        raise ObjectArray(path)
    if min(shape, default=0) < 0:
        raise BadImages(f"{path} is corrupt: its shape is {shape}.")
    return mapped(file, dtype, shape, path, order="F" if fortran else "C")
