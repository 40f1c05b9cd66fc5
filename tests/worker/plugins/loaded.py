"""Images and labels as a plugin's `load` may return them."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils.data import Dataset

from skiplab.plugins import BadPlugin, DeclaredDataset, class_names
from worker.plugins.conversion import Converted, convert

RED = np.zeros((8, 8, 3), dtype=np.uint8) + np.array([200, 40, 10], dtype=np.uint8)


BYTES = np.stack([RED + np.uint8(place) for place in range(10)])


NUMBERS = np.arange(10) % 2


def read(given: Any, home: Path, *, classes: Any = ("a", "b"), size: tuple[int, int] | None = None) -> Converted:
    declared = DeclaredDataset("mine", "Mine", lambda: given, class_names(classes), "a test", size)
    return convert(declared, given, home)


def refusal(given: Any, home: Path, **how: Any) -> str:
    with pytest.raises(BadPlugin) as refused:
        read(given, home, **how)
    return str(refused.value)


class Mine(Dataset[Any]):
    """Without an end when it is iterated: it raises no IndexError."""

    def __init__(self, form: Any = torch.from_numpy, labels: Any = (0, 1) * 5) -> None:
        self.form, self.labels = form, labels

    def __len__(self) -> int:
        return 10

    def __getitem__(self, place: int) -> Any:
        return self.form(BYTES[place % 10]), self.labels[place % 10]
