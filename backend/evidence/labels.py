"""Labels of cells: the network and the fields that differ among them."""

from collections.abc import Mapping, Sequence
from typing import Any

from backend.evidence.cells import Cell
from backend.evidence.records import NetworkFacts
from skiplab.contract.spec import ABOUT


def labels(cells: Sequence[Cell], networks: Mapping[str, NetworkFacts]) -> list[str]:
    """Label each cell with its network and the fields in which the cells differ, or the data version if nothing else
    differs.

    Labels are unique, since cells differ in fields or data.
    """
    differing = [
        field
        for field in (cells[0].fields if cells else {})
        if field != "model" and any(cell.fields[field] != cells[0].fields[field] for cell in cells)
    ]
    named = [" · ".join([network(cell, networks), *(_part(cell, field) for field in differing)]) for cell in cells]
    return [
        f"{label} · {cell.data_in_words}" if named.count(label) > 1 else label
        for label, cell in zip(named, cells, strict=True)
    ]


def network(cell: Cell, networks: Mapping[str, NetworkFacts]) -> str:
    key = str(cell.fields["model"])
    return networks[key].label if key in networks else key


def _part(cell: Cell, field: str) -> str:
    value: Any = cell.fields[field]
    about = ABOUT[field]
    shown = about.words(value)
    # The values of an enumeration speak for themselves.
    return shown if isinstance(value, str) else f"{about.short or field.replace('_', ' ')} {shown}"
