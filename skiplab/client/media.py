"""Images, histograms and tables, as files that the lab stores beside a run's points."""

import base64
import io
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from skiplab.client import notices
from skiplab.client.png import COLOUR_TYPES, png
from skiplab.client.values import json_of

SUFFIXES = (".jpg", ".jpeg", ".gif", ".webp")
"""Of image files that are stored as they are; others become PNG."""

MOST_ROWS = 10_000
"""Rows of a table that are sent."""


class Media:
    """Content for one step of one series, encoded when it is logged."""

    suffix: str

    def content(self) -> bytes:
        raise NotImplementedError


class Image(Media):
    """An image: a PIL image, a matplotlib figure, an array or tensor, or the path of a file.

    Arrays are (H, W) or (H, W, channels), tensors (H, W), (channels, H, W) or (N, channels, H, W), with 1 to 4
    channels. Floats are expected within 0 to 1 or -1 to 1; others are scaled to their own range.
    """

    suffix = ".png"

    def __init__(self, data_or_path: Any, mode: str | None = None, caption: str | None = None, **beyond: Any) -> None:
        self._data, self.mode, self.caption = data_or_path, mode, caption
        if isinstance(data_or_path, str | Path) and (suffix := Path(data_or_path).suffix.lower()) in SUFFIXES:
            self.suffix = suffix
        elif isinstance(data_or_path, Image):
            self.suffix = data_or_path.suffix
        for name in beyond.keys() - {"normalize", "file_type", "grouping"}:
            notices.say_once(f"Image({name}=...) is not supported and ignored.")

    def content(self) -> bytes:
        """Return an image file. Raises TypeError for an object that is no image."""
        data = self._data
        if isinstance(data, Image):
            return data.content()
        if isinstance(data, str | Path):
            return Path(data).read_bytes() if self.suffix in SUFFIXES else _as_png(Path(data).read_bytes())
        if hasattr(data, "gcf"):  # matplotlib.pyplot itself
            data = data.gcf()
        if hasattr(data, "get_figure") and not hasattr(data, "savefig"):  # axes
            data = data.get_figure()
        if hasattr(data, "savefig"):
            return _written(lambda file: data.savefig(file, format="png"))
        if hasattr(data, "save") and hasattr(data, "mode"):
            return _written(lambda file: data.save(file, "PNG"))
        if hasattr(data, "shape"):
            return _pixels(data)
        raise TypeError(f"{type(data).__name__} is no image: give a PIL image, a figure, an array, a tensor or a path")


class Histogram(Media):
    """Counts of values between edges, from values or from `(counts, edges)` as numpy.histogram returns them."""

    suffix = ".histogram.json"

    def __init__(self, sequence: Any = None, np_histogram: Any = None, num_bins: int = 64) -> None:
        counts, edges = np_histogram if np_histogram is not None else _counted(sequence, max(1, min(num_bins, 512)))
        self.histogram: list[float] = [float(count) for count in counts]
        self.bins: list[float] = [float(edge) for edge in edges]

    def content(self) -> bytes:
        return json.dumps({"counts": self.histogram, "edges": self.bins}).encode()


class Table(Media):
    """Rows under named columns. Cells are JSON values; images become data URLs."""

    suffix = ".table.json"

    def __init__(
        self,
        columns: Sequence[Any] | None = None,
        data: Iterable[Sequence[Any]] | None = None,
        dataframe: Any = None,
        **beyond: Any,
    ) -> None:
        if dataframe is not None:
            columns, data = list(dataframe.columns), dataframe.values.tolist()
        rows = [] if data is None else data.tolist() if hasattr(data, "tolist") else data
        self.data: list[list[Any]] = [list(row) for row in rows]
        width = len(self.data[0]) if self.data else 3
        self.columns = [str(column) for column in columns] if columns else [f"column {n + 1}" for n in range(width)]
        for name in beyond.keys() - {"rows", "dtype", "optional", "allow_mixed_types", "log_mode"}:
            notices.say_once(f"Table({name}=...) is not supported and ignored.")

    def add_data(self, *row: Any) -> None:
        """Append a row."""
        self.data.append(list(row))

    add_row = add_data

    def add_column(self, name: str, data: Iterable[Any]) -> None:
        """Append a column; new rows are added to an empty table."""
        values = list(data)
        if not self.data:
            self.columns, self.data = [], [[] for _ in values]
        self.columns.append(str(name))
        for row, value in zip(self.data, values, strict=True):
            row.append(value)

    def get_column(self, name: str) -> list[Any]:
        place = self.columns.index(name)
        return [row[place] for row in self.data]

    def content(self) -> bytes:
        if len(self.data) > MOST_ROWS:
            notices.say_once(f"a table has {len(self.data):,} rows; the first {MOST_ROWS:,} are sent.")
        rows = [[_cell(value) for value in row] for row in self.data[:MOST_ROWS]]
        return json.dumps({"columns": self.columns, "data": rows}).encode()


def _cell(value: Any) -> Any:
    if isinstance(value, Image):
        return f"data:image/{value.suffix[1:]};base64,{base64.b64encode(value.content()).decode()}"
    return json_of(value.item() if getattr(value, "shape", None) == () else value)


def _written(write: Any) -> bytes:
    file = io.BytesIO()
    write(file)
    return file.getvalue()


def _as_png(content: bytes) -> bytes:
    """Return the content of an image file as PNG. Raises ImportError for another format where there is no Pillow."""
    if content.startswith(b"\x89PNG"):
        return content
    from PIL import Image as Pillow

    with Pillow.open(io.BytesIO(content)) as image:
        return _written(lambda file: image.save(file, "PNG"))


def _pixels(data: Any) -> bytes:
    """Return an array or tensor as PNG."""
    if hasattr(data, "detach"):
        data = data.detach().cpu()
        data = (data.float() if data.is_floating_point() else data).numpy()
        if data.ndim == 4:  # a batch: side by side
            data = data.transpose(1, 2, 0, 3).reshape(data.shape[1], data.shape[2], -1)
        if data.ndim == 3 and data.shape[0] in COLOUR_TYPES:
            data = data.transpose(1, 2, 0)
    if data.ndim == 2:
        data = data[:, :, None]
    if data.ndim != 3 or data.shape[2] not in COLOUR_TYPES:
        raise TypeError(f"an array of shape {tuple(data.shape)} is no image: (H, W) or (H, W, 1 to 4 channels) is")
    height, width, channels = data.shape
    return png(_in_bytes(data).tobytes(), width, height, channels)


def _in_bytes(data: Any) -> Any:
    """Return an array as uint8."""
    if data.dtype.kind == "b":
        return data.astype("uint8") * 255
    if data.dtype.kind != "f":
        return data.clip(0, 255).astype("uint8")
    low, high = float(data.min()), float(data.max())
    if low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    elif low >= -1 and high <= 1:
        low, high = -1.0, 1.0
    elif low >= 0 and high <= 255:
        low, high = 0.0, 255.0
    return ((data - low) * (255 / ((high - low) or 1.0)) + 0.5).clip(0, 255).astype("uint8")


def _counted(values: Any, bins: int) -> tuple[Sequence[float], Sequence[float]]:
    """Return counts and edges of the finite values."""
    if hasattr(values, "histc"):  # torch: counted on its device
        values = values.detach().float()
        values = values[values.isfinite()]
        low, high = _bounds([values.min().item(), values.max().item()] if values.numel() else [])
        return values.histc(bins, low, high).tolist(), _edges(low, high, bins)
    if numpy := sys.modules.get("numpy"):
        found = numpy.asarray(values, dtype="float64").reshape(-1)
        found = found[numpy.isfinite(found)]
        low, high = _bounds([float(found.min()), float(found.max())] if found.size else [])
        return numpy.histogram(found, bins, (low, high))[0].tolist(), _edges(low, high, bins)
    finite = [float(value) for value in values if float(value) - float(value) == 0]
    low, high = _bounds(finite)
    counts = [0] * bins
    for value in finite:
        counts[min(bins - 1, int((value - low) / (high - low) * bins))] += 1
    return counts, _edges(low, high, bins)


def _bounds(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values, default=0.0), max(values, default=1.0)
    return (low, high) if low < high else (low - 0.5, high + 0.5)


def _edges(low: float, high: float, bins: int) -> list[float]:
    return [low + (high - low) * n / bins for n in range(bins + 1)]
