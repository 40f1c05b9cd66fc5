"""Images as arrays: .npz and .npy files, MNIST's idx files, and the pickles of CIFAR."""

import itertools
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from skiplab.contract.imports import Split
from worker.datasets.images import Size
from worker.datasets.limits import Limits
from worker.datasets.pictures import BadImages, Loaded
from worker.imports import archives
from worker.imports.collection import Collection, Entry, LeftOut, SeveralSets, named
from worker.imports.names import is_system
from worker.imports.pickles import Refused, unpickled
from worker.imports.tree import Tree
from worker.imports.words import kind_of, split_of

Array = NDArray[Any]

CHUNK = 1024
"""Images looked through at once."""

IDX_TYPES = {8: np.uint8, 9: np.int8, 11: np.int16, 12: np.int32, 13: np.float32, 14: np.float64}


@dataclass
class Part:
    """One split, or a piece of one."""

    split: Split | None
    name: str
    """What people know it by: the array's or the file's."""

    images: Array
    labels: Array | Sequence[Any]
    classes: Sequence[str] = ()


@dataclass
class ArrayPictures:
    """An array for each part, N x H x W or N x H x W x channels."""

    arrays: dict[str, Array]
    scales: dict[str, float] = field(default_factory=dict)
    """By which fractional numbers are multiplied to become 0 to 255."""

    def size(self, entry: Entry) -> Size:
        _, height, width, *_ = self.arrays[entry.path].shape
        return height, width

    def load(self, entry: Entry, at_least: Size | None) -> Loaded:  # noqa: ARG002  # nothing is gained by it
        image = np.asarray(self.arrays[entry.path][entry.row])
        if image.dtype.kind == "f":
            image = np.round(np.nan_to_num(image) * self.scales[entry.path]).clip(0, 255).astype(np.uint8)
        elif image.dtype == bool:
            image = image.astype(np.uint8) * 255
        elif image.dtype != np.uint8:
            image = image.astype(np.uint8 if image.ndim == 3 and image.shape[2] > 1 else np.uint16)
        if image.ndim == 3 and image.shape[2] == 1:
            image = image[..., 0]
        picture = Image.fromarray(np.ascontiguousarray(image))
        return Loaded(picture, (picture.height, picture.width))


def cifar(tree: Tree, limits: Limits) -> Collection | None:
    """The folder that cifar-10-python.tar.gz or cifar-100-python.tar.gz unpacks to. Raises SeveralSets for both."""
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
        except Refused as error:
            raise BadImages(f"{path} is no batch of CIFAR: {error}.") from error
        if not isinstance(found, dict):
            raise BadImages(f"{path} is no batch of CIFAR: it holds a {type(found).__name__}.")
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
                raise BadImages(f"{name} is no batch of CIFAR: it holds {named(batch)}.")
            images = data.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
            parts.append(Part(split, name, images, labels, classes))
    found = of_parts(layout, parts)
    found.containers = {str(PurePosixPath(folder) / name) for name in (meta, *itertools.chain(*files.values()))}
    return found


def idx(tree: Tree, _limits: Limits) -> Collection | None:
    """MNIST's format: `train-images-idx3-ubyte` and its like, compressed or not. Raises SeveralSets."""
    pairs: dict[tuple[str, str], list[str]] = {}
    for path in sorted(tree.files):
        match = re.fullmatch(r"(.*?)[-_.]?(images|labels)[-_.]idx[13][-_.]ubyte(?:\.gz)?", PurePosixPath(path).name)
        if match and not is_system(path):
            pairs.setdefault((match[1], match[2]), []).append(path)
    sets = sorted({name for name, kind in pairs if kind == "images" and (name, "labels") in pairs})
    if not sets:
        return None
    _check_alone(tree.name, {pair: paths for pair, paths in pairs.items() if pair[0] in sets})
    parts, taken = [], set()
    for name in sets:
        # The first of an unpacked file and its .gz.
        files = [pairs[name, kind][0] for kind in ("images", "labels")]
        images, labels = (_idx(tree, path) for path in files)
        parts.append(Part("test" if "t10k" in name else split_of(name), name, images, labels))
        taken.update(files)
    found = of_parts("MNIST's idx files", parts)
    found.containers = taken
    return found


def _check_alone(where: str, pairs: Mapping[tuple[str, str], list[str]]) -> None:
    """Raises SeveralSets for files of one name in several folders, and for names such as those of EMNIST's parts."""
    for paths in pairs.values():
        folders = {str(PurePosixPath(path).parent) for path in paths}
        if len(folders) > 1:
            raise SeveralSets(where, folders)
    groups = {name.rpartition("-")[0]: paths[0] for (name, _), paths in pairs.items()}
    if len(groups) > 1:
        raise SeveralSets(where, (str(PurePosixPath(path).parent / group) for group, path in groups.items()))


def _idx(tree: Tree, path: str) -> Array:
    file = tree.real(path, unzip=path.endswith(".gz"))
    head = file.read(4)
    if len(head) < 4 or head[:2] != b"\0\0" or head[2] not in IDX_TYPES or not 1 <= head[3] <= 4:
        raise BadImages(f"{path} is no idx file: it begins with {head.hex()}.")
    shape = tuple(int.from_bytes(file.read(4), "big") for _ in range(head[3]))
    return _mapped(file, np.dtype(IDX_TYPES[head[2]]).newbyteorder(">"), shape, path)


def numpy_arrays(tree: Tree, limits: Limits) -> Collection | None:
    """.npz and .npy files, recognised by the arrays' names."""
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
    collection.left_out.take(left_out)
    collection.containers = containers
    return collection


def _pairs(arrays: dict[str, Array], unusable: dict[str, BadImages], where: str, left_out: LeftOut) -> list[Part]:
    """Images with the labels of the same split. Raises BadImages."""
    roles = _roles(arrays)
    shown = named((f"{name} {_shape(array)} {array.dtype}" for name, array in arrays.items()), 12)
    expected = "expected pairs such as x_train and y_train, train_images and train_labels, or images and labels"
    for (split, kind), names in roles.items():
        if len(names) > 1:
            raise BadImages(
                f"{where}: {named(names)} all look like {kind} of {split or 'all'}; found {shown}; {expected}."
            )
    for role, (name, *_) in _roles(unusable).items():
        if role not in roles:
            raise unusable[name]
    splits = [split for split, kind in roles if kind == "images" and (split, "labels") in roles]
    if not splits:
        raise BadImages(f"{where}: found the arrays {shown}; {expected}.")
    left_out.add("arrays of Python objects, which are not read", *unusable)
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
    """Split, and `images` or `labels`, to the arrays whose names say so."""
    roles: dict[tuple[Split | None, str], list[str]] = {}
    for name in arrays:
        last = PurePosixPath(name).name
        if (kind := kind_of(last)) is not None:
            roles.setdefault((split_of(last), kind), []).append(name)
    return roles


def _shape(array: Array) -> str:
    return " x ".join(map(str, array.shape))


class ObjectArray(BadImages):
    def __init__(self, path: str) -> None:
        super().__init__(f"{path} holds Python objects, which could run code: save it as numbers or text.")


def _npy(tree: Tree, path: str) -> Array:
    file = tree.real(path)
    try:
        version = np.lib.format.read_magic(file)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, fortran, dtype = read(file)
    except ValueError as error:
        raise BadImages(f"{path} is no array: {error}.") from error
    if dtype.hasobject:
        raise ObjectArray(path)
    if min(shape, default=0) < 0:
        raise BadImages(f"{path} is damaged: its shape is {shape}.")
    return _mapped(file, dtype, shape, path, order="F" if fortran else "C")


def _mapped(file: IO[bytes], dtype: np.dtype[Any], shape: tuple[int, ...], path: str, *, order: Any = "C") -> Array:
    """What follows in a file, as an array that is read as it is needed."""
    start = file.tell()
    needed = math.prod(shape) * dtype.itemsize
    if file.seek(0, 2) - start < needed:
        raise BadImages(f"{path} is damaged: {needed:,} bytes are expected, and {file.tell() - start:,} are there.")
    if not needed:
        return np.empty(shape, dtype)
    with closing(file):
        return np.memmap(file, dtype=dtype, mode="r", offset=start, shape=shape, order=order)


def of_parts(layout: str, parts: Iterable[Part]) -> Collection:
    """Raises BadImages for arrays that are no images or no labels."""
    pictures = ArrayPictures({})
    collection = Collection(layout, [], pictures)
    parts = list(parts)
    classes = _classes(parts)
    for part in parts:
        images = _images(part)
        labels = _labels(part, classes)
        if len(images) != len(labels):
            raise BadImages(f"{part.name}: {len(images):,} images, but {len(labels):,} labels.")
        if not len(images):
            collection.left_out.add("arrays without images", part.name)
            continue
        pictures.arrays[part.name] = images
        if images.dtype.kind == "f":
            pictures.scales[part.name] = 0.0
        elif images.dtype not in (np.uint8, bool):
            _check_range(part.name, images)
        split = part.split or "train"
        collection.entries += [Entry(split, label, part.name, row) for row, label in enumerate(labels)]
        before = collection.origins.get(split)
        collection.origins[split] = f"{before}, {part.name}" if before else part.name
    if pictures.scales:
        scale = _scale([pictures.arrays[name] for name in pictures.scales])
        pictures.scales = dict.fromkeys(pictures.scales, scale)
        collection.notes.append(f"Fractional numbers are multiplied by {scale:g} to become 0 to 255.")
    collection.classes = classes
    return collection


def _images(part: Part) -> Array:
    """As N x H x W or N x H x W x channels of 1, 3 or 4. Raises BadImages."""
    images, shape = part.images, part.images.shape
    if images.dtype.kind not in "uifb":
        raise BadImages(f"{part.name} holds {images.dtype}, no images.")
    if 0 in shape[1:]:
        raise BadImages(f"{part.name} has the shape {_shape(images)}: its images have no pixels.")
    if images.ndim == 2 and (side := math.isqrt(shape[1])) > 1 and side * side == shape[1]:
        return images.reshape(-1, side, side)
    if images.ndim == 4 and shape[3] not in (1, 3, 4) and shape[1] in (1, 3, 4):
        return images.transpose(0, 2, 3, 1)
    if images.ndim == 3 or (images.ndim == 4 and shape[3] in (1, 3, 4)):
        return images
    raise BadImages(
        f"{part.name} has the shape {_shape(images)}: N x height x width, N x height x width x 3 and"
        " N x 3 x height x width are images."
    )


def _check_range(name: str, images: Array) -> None:
    """Raises BadImages for whole numbers that are no shades."""
    low, high = _range([images])
    most = 65535 if images.ndim == 3 or images.shape[3] == 1 else 255
    if low < 0 or high > most:
        raise BadImages(f"{name} has values from {low:g} to {high:g}: of such an array 0 to {most} are images.")


def _scale(arrays: list[Array]) -> float:
    """From the range of fractional numbers. Raises BadImages for one that is neither 0 to 1 nor 0 to 255."""
    low, high = _range(arrays)
    if low >= 0 and high <= 1:
        return 255.0
    if low >= 0 and high <= 255:
        return 1.0
    raise BadImages(f"The images hold fractional numbers from {low:g} to {high:g}: 0 to 1 and 0 to 255 are images.")


def _range(arrays: list[Array]) -> tuple[float, float]:
    low, high = math.inf, -math.inf
    for array in arrays:
        for start in range(0, len(array), CHUNK):
            chunk = array[start : start + CHUNK]
            low, high = min(low, float(np.nanmin(chunk))), max(high, float(np.nanmax(chunk)))
    return low, high


def _classes(parts: list[Part]) -> list[str]:
    """In order: as the collection gives them, or numbers by size, or texts by name."""
    if parts and parts[0].classes:
        return list(parts[0].classes)
    values: set[Any] = set()
    for part in parts:
        values.update(_plain_labels(part))
    return [str(value) for value in sorted(values, key=lambda value: (isinstance(value, str), value))]


def _labels(part: Part, classes: list[str]) -> list[str]:
    values = _plain_labels(part)
    if not part.classes:
        return [str(value) for value in values]
    for value in values:
        if isinstance(value, str) or not 0 <= value < len(classes):
            raise BadImages(f"{part.name}: label {value!r} is none of the {len(classes)} classes.")
    return [classes[int(value)] for value in values]


def _is_one_hot(labels: Array) -> bool:
    """Soft labels are not: they give an image shares of several classes."""
    return bool(labels.size and np.isin(labels, (0, 1)).all() and (labels.sum(1) == 1).all())


def _plain_labels(part: Part) -> list[int | str]:
    """Whole numbers or texts. Raises BadImages."""
    try:
        labels = np.asarray(part.labels)
    except ValueError as error:  # lists of different lengths
        raise BadImages(f"{part.name}: its labels give an image no one class: {error}.") from error
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim == 2 and labels.dtype.kind in "uifb" and _is_one_hot(labels):
        labels = labels.argmax(1)
    if labels.ndim != 1:
        raise BadImages(f"{part.name}: labels of the shape {_shape(labels)} give an image no one class.")
    if labels.dtype.kind == "f" and bool((labels == np.floor(labels)).all()):
        labels = labels.astype(np.int64)
    if labels.dtype.kind in "SU":
        return [
            value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value) for value in labels.tolist()
        ]
    if labels.dtype.kind not in "uib":
        raise BadImages(f"{part.name}: labels of {labels.dtype} are no classes.")
    return [int(value) for value in labels.tolist()]
