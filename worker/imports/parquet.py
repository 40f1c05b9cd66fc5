"""Parquet as Hugging Face `datasets` writes it: an image column, a label column, one or more shards for each split."""

import json
import math
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from skiplab.contract.imports import Split
from skiplab.contract.sizes import human_bytes
from worker.datasets.images import Size
from worker.datasets.limits import Limits
from worker.datasets.pictures import BadImages, Loaded, load, size_of
from worker.imports.collection import Collection, Entry, SeveralSets, named
from worker.imports.names import is_system
from worker.imports.tree import Tree
from worker.imports.words import IMAGES, LABEL_COLUMNS, split_of

BATCH = 64
"""Images read at once. Memory holds these and a page of the file, usually 1,024 images, but never a whole row group,
which pandas makes a million rows."""


class NoPyarrow(BadImages):
    """Raised for Parquet files when pyarrow is not installed."""

    def __init__(self) -> None:
        super().__init__("Reading Parquet requires pyarrow, which is not installed: pip install pyarrow.")


@dataclass
class Shard:
    """One Parquet file and its image column."""

    file: Any
    image: str
    inner: bool
    """Whether the values are structs with the fields `bytes` and `path`."""

    starts: list[int] = field(default_factory=list)
    """First row of each row group."""


class ParquetPictures:
    """Reads images from shards, fast in file order."""

    def __init__(self, limits: Limits) -> None:
        self.shards: dict[str, Shard] = {}
        self._limits = limits
        self._reading: Reading | None = None

    def size(self, entry: Entry) -> Size:
        return size_of(self._content(entry), entry.name)

    def load(self, entry: Entry, at_least: Size | None) -> Loaded:
        return load(self._content(entry), entry.name, self._limits, at_least)

    def _content(self, entry: Entry) -> bytes:
        value = self._value(entry.path, entry.row)
        content = value.get("bytes") if isinstance(value, dict) else value
        if not content:
            raise BadImages(f"{entry.name} contains a file name but no image data.")
        if len(content) > self._limits.file:
            most = human_bytes(self._limits.file)
            raise BadImages(f"{entry.name} has {human_bytes(len(content))}; the limit is {most}. Scale it down first.")
        return bytes(content)

    def _value(self, path: str, row: int) -> Any:
        """Return the value of a row. Rows are nearly always read in order; going back restarts the row group."""
        try:
            if self._reading is None or not self._reading.is_before(path, row):
                self._reading = Reading(path, self.shards[path], row)
            return self._reading.value(row)
        except (OSError, ValueError) as error:  # ArrowInvalid is a ValueError
            self._reading = None
            raise _damaged(path, error) from error


def _damaged(path: str, error: Exception) -> BadImages:
    """Join the lines of pyarrow's error, some of which are empty."""
    return BadImages(f"{path} cannot be read as Parquet: {' '.join(str(error).split()).rstrip('.: ')}.")


class Reading:
    """Iterates over the image column of a row group, a batch at a time."""

    def __init__(self, path: str, shard: Shard, row: int) -> None:
        group = max(index for index, start in enumerate(shard.starts) if start <= row)
        self._path, self._row = path, shard.starts[group]
        self._end = shard.starts[group + 1] if group + 1 < len(shard.starts) else math.inf
        self._batches = shard.file.iter_batches(BATCH, row_groups=[group], columns=[shard.image])
        self._column: Any = ()

    def is_before(self, path: str, row: int) -> bool:
        return path == self._path and self._row <= row < self._end

    def value(self, row: int) -> Any:
        """Return the value of a row at or after the last one. Raises ValueError for a row beyond the end.

        The batch stays an Arrow column: as Python objects it would be in memory twice.
        """
        while row >= self._row + len(self._column):
            self._row += len(self._column)
            try:
                self._column = next(self._batches).column(0)
            except StopIteration:
                raise ValueError(f"it ends before row {row}") from None
        return self._column[row - self._row].as_py()


def parquet(tree: Tree, limits: Limits) -> Collection | None:
    """Read images and labels from Parquet files; None without such files.

    Raises NoPyarrow, SeveralSets for shards with different classes, BadImages for corrupt files or missing columns.
    """
    paths = [path for path in sorted(tree.files) if path.lower().endswith(".parquet") and not is_system(path)]
    if not paths and len(tree.files) == 1:
        (only,) = tree.files
        paths = [only] if tree.head(only).startswith(b"PAR1") else []
    if not paths:
        return None
    try:
        from pyarrow import ArrowException, parquet
    except ImportError:
        raise NoPyarrow from None
    pictures = ParquetPictures(limits)
    collection = Collection("Parquet with an image column", [], pictures, containers={*paths})
    for path in paths:
        try:
            file = tree.keep(parquet.ParquetFile(tree.real(path)))
            _add(path, file, pictures, collection, tree.name)
        except (ArrowException, OSError, ValueError) as error:  # pyarrow raises OSError for a damaged file
            raise _damaged(path, error) from error
    return collection


def _add(path: str, file: Any, pictures: ParquetPictures, collection: Collection, where: str) -> None:
    schema = file.schema_arrow
    features = _features(schema.metadata or {})
    image, inner = _image_column(path, schema)
    label = _label_column(path, schema, image, features)
    shard = Shard(file, image, inner)
    start = 0
    for group in range(file.num_row_groups):
        shard.starts.append(start)
        start += file.metadata.row_group(group).num_rows
    pictures.shards[path] = shard
    names = features.get(label, {}).get("names")
    split = _split(path)
    if names and not collection.classes:
        collection.classes = [str(name) for name in names]
    elif names and collection.classes != [str(name) for name in names]:
        raise SeveralSets(where, pictures.shards)
    for row, value in enumerate(file.read(columns=[label]).column(0).to_pylist()):
        if (text := _class(value, names)) is None:
            collection.left_out.add("rows without a label", f"{path}[{row}]")
        else:
            collection.entries.append(Entry(split, text, path, row))
    collection.origins[split] = named(dict.fromkeys([*collection.origins.get(split, "").split(", "), path]), 3).lstrip(
        ", "
    )
    note = f"Labels are read from the column {label!r}."
    if note not in collection.notes:
        collection.notes.append(note)


def _class(value: Any, names: list[Any] | None) -> str | None:
    """Return the class name of a value; None if it has none. `names`: class names by index, where the file has them."""
    if value is None:
        return None
    if not names:
        return str(value)
    if isinstance(value, int):
        return str(names[value]) if 0 <= value < len(names) else None
    return value if isinstance(value, str) and value in names else None


def _split(path: str) -> Split:
    """Return the split by file name, such as `train-00000-of-00002.parquet`, else by the nearest folder."""
    file = PurePosixPath(path)
    words = [file.stem.partition("-")[0], file.stem, *reversed(file.parts[:-1])]
    return next((split for word in words if (split := split_of(word)) is not None), "train")


def _features(metadata: dict[bytes, bytes]) -> dict[str, dict[str, Any]]:
    """Return the feature types that Hugging Face `datasets` stores as metadata, by column."""
    try:
        features = json.loads(metadata[b"huggingface"])["info"]["features"]
    except (KeyError, ValueError, TypeError):
        return {}
    return (
        {name: each for name, each in features.items() if isinstance(each, dict)} if isinstance(features, dict) else {}
    )


def _image_column(path: str, schema: Any) -> tuple[str, bool]:
    import pyarrow as pa

    def is_binary(kind: Any) -> bool:
        return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))

    structs = [
        each.name
        for each in schema
        if pa.types.is_struct(each.type) and any(inner.name == "bytes" and is_binary(inner.type) for inner in each.type)
    ]
    plain = [each.name for each in schema if is_binary(each.type)]
    holding = structs or plain
    likely: list[str] = [name for name in holding if name.lower() in IMAGES] or holding
    if not likely:
        raise BadImages(
            f"{path}: found the columns {named(schema.names, 12)}; expected a binary column of encoded images."
        )
    return likely[0], bool(structs)


def _label_column(path: str, schema: Any, image: str, features: dict[str, dict[str, Any]]) -> str:
    others = [name for name in schema.names if name != image]
    declared = [name for name in others if features.get(name, {}).get("_type") == "ClassLabel"]
    known = [name for name in declared or others if name.lower() in LABEL_COLUMNS]
    fine = [name for name in declared if name.lower() == "fine_label"]
    likely: list[str] = known or fine or declared
    if not likely:
        raise BadImages(f"{path}: found the columns {named(schema.names, 12)}; expected a label column, named `label`.")
    return likely[0]
