"""The IDX format of MNIST (http://yann.lecun.com/exdb/mnist), also used by EMNIST, KMNIST and Fashion-MNIST."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath

import numpy as np

from worker.datasets.limits import Limits
from worker.datasets.pictures import BadImages
from worker.imports.arrays import Array, Part, mapped, of_parts
from worker.imports.collection import Collection, SeveralSets
from worker.imports.names import is_system
from worker.imports.tree import Tree
from worker.imports.words import split_of

IDX_TYPES = {8: np.uint8, 9: np.int8, 11: np.int16, 12: np.int32, 13: np.float32, 14: np.float64}


def idx(tree: Tree, _limits: Limits) -> Collection | None:
    """Read pairs such as `train-images-idx3-ubyte` and `train-labels-idx1-ubyte`, gzipped or not; None without any.

    Raises SeveralSets for more than one data set, BadImages for a corrupt file.
    """
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
        # Prefer an uncompressed file to its .gz.
        files = [pairs[name, kind][0] for kind in ("images", "labels")]
        images, labels = (_idx(tree, path) for path in files)
        parts.append(Part("test" if "t10k" in name else split_of(name), name, images, labels))
        taken.update(files)
    found = of_parts("MNIST's idx files", parts)
    found.containers = taken
    return found


def _check_alone(where: str, pairs: Mapping[tuple[str, str], list[str]]) -> None:
    """Raise SeveralSets for the same name in several folders, and for several prefixes such as those of EMNIST."""
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
        raise BadImages(f"{path} is not an IDX file: its magic number is {head.hex() or 'missing'}.")
    shape = tuple(int.from_bytes(file.read(4), "big") for _ in range(head[3]))
    return mapped(file, np.dtype(IDX_TYPES[head[2]]).newbyteorder(">"), shape, path)
