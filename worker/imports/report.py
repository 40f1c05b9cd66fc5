"""The report of an inspected folder or upload: as the contract's `Found`, and as a table for the terminal."""

from collections import Counter
from itertools import combinations
from math import prod

from rich.console import Group as Lines
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from skiplab.contract.imports import FIRST, Duplicates, Found, FoundSize, FoundSplit, Group, Pair, Pixels
from skiplab.contract.sizes import human_bytes
from worker.datasets.images import SPLITS, Size, framed_size
from worker.datasets.pictures import DEEPEST
from worker.imports.collection import Collection, Entry
from worker.imports.sizes import spread
from worker.imports.survey import Survey

SHOWN_CLASSES = 20
"""Rows of the table in the terminal."""


def report(collection: Collection, survey: Survey, *, skip_bad: bool) -> Found:
    """Summarise a collection and the survey of its images."""
    counts = Counter((entry.split, entry.label) for entry in survey.entries)
    classes = list(collection.classes)
    found = Found(
        layout=collection.layout,
        classes=classes,
        splits=[
            FoundSplit(
                split=split,
                images=sum(counts[split, label] for label in classes),
                counts=[counts[split, label] for label in classes],
                origin=collection.origins.get(split, f"{split}/"),
            )
            for split in collection.splits
        ],
        labelled_test=collection.labelled_test,
        bytes=prod((len(survey.entries), *framed_size(survey.size.size), 3)),
        left_out=collection.left_out.groups(),
        duplicates=_duplicates(survey),
        notes=[*collection.notes, *_depth(survey)],
    )
    if survey.sizes:
        smallest, median, largest = (_across(size) for size in spread(survey.sizes))
        chosen = _across(survey.size.size)
        found.size = FoundSize(chosen=chosen, why=survey.size.why, smallest=smallest, median=median, largest=largest)
    if survey.unread:
        found.unreadable = Group(
            why="cannot be read", count=len(survey.unread), first=[reason for _, reason in survey.unread[:FIRST]]
        )
        if not skip_bad:
            found.refused = unreadable(survey)
    return found


def unreadable(survey: Survey) -> str:
    """Return why nothing is imported, with the first of the unreadable images."""
    first = "; ".join(reason.rstrip(".") for _, reason in survey.unread[:FIRST])
    more = f"; and {len(survey.unread) - FIRST:,} more" if len(survey.unread) > FIRST else ""
    total = len(survey.unread) + len(survey.entries)
    return (
        f"{len(survey.unread):,} of {total:,} images cannot be read: {first}{more}. Repair or remove them, or skip them"
        " (--skip-bad)."
    )


def in_notes(found: Found) -> list[str]:
    """Return the notes to keep with the imported data set: how its splits were made, and what was left out."""
    left_out = [*found.left_out, *([found.unreadable] if found.unreadable else [])]
    return [*found.notes, *(f"{group.count:,} left out: {group.why}." for group in left_out)]


def _duplicates(survey: Survey) -> list[Duplicates]:
    """Return images with equal pixels in two splits (which leaks training images into the test set) or two classes."""
    pairs: dict[tuple[str, str], list[tuple[Entry, Entry]]] = {}
    for group in survey.duplicates:
        for one, other in combinations(SPLITS, 2):
            first = next((entry for entry in group if entry.split == one), None)
            if first is not None:
                pairs.setdefault((one, other), []).extend((first, copy) for copy in group if copy.split == other)
        others = [(group[0], copy) for copy in group if copy.label != group[0].label]
        pairs.setdefault(("classes", "classes"), []).extend(others)
    return [
        Duplicates(
            one=one, other=other, count=len(found), first=[Pair(one=a.name, other=b.name) for a, b in found[:FIRST]]
        )
        for (one, other), found in pairs.items()
        if found
    ]


def _depth(survey: Survey) -> list[str]:
    if survey.peak is None or survey.bits == DEEPEST:
        return []
    return [
        f"Images with more than 8 bits have values up to {survey.peak:,}: they are read as {survey.bits}-bit, so"
        f" {(1 << survey.bits) - 1:,} is white."
    ]


def _across(size: Size) -> Pixels:
    height, width = size
    return Pixels(width=width, height=height)


def shown(found: Found) -> RenderableType:
    """Return the report as text and a table for the terminal."""
    lines: list[RenderableType] = [Text(f"Layout: {found.layout}")]
    if found.splits:
        lines.append(_table(found))
    lines += [Text(f"{each.split}: {each.images:,} images, {each.origin}") for each in found.splits]
    if (size := found.size) is not None:
        spread = f"smallest {_x(size.smallest)}, median {_x(size.median)}, largest {_x(size.largest)}"
        lines.append(Text(f"Size: {_x(size.chosen)}, {size.why} ({spread}); {human_bytes(found.bytes)} on disk"))
    for group in found.left_out:
        lines.append(Text(f"Left out: {group.count:,} {group.why}: {_few(group)}"))
    if found.unreadable is not None:
        left_out = "" if found.refused else " (left out)"
        lines.append(Text(f"Cannot be read: {found.unreadable.count:,}{left_out}"))
        lines += [Text(f"  {reason}") for reason in found.unreadable.first]
    for copies in found.duplicates:
        where = "under two classes" if copies.one == "classes" else f"in both {copies.one} and {copies.other}"
        example = f"{copies.first[0].one} and {copies.first[0].other}"
        lines.append(Text(f"Duplicates: {copies.count:,} images are {where}, such as {example}"))
    lines += [Text(f"Note: {note}") for note in found.notes]
    return Lines(*lines)


def _table(found: Found) -> Table:
    table = Table("class", *(f"{each.split}" for each in found.splits), pad_edge=False, box=None)
    for column in table.columns[1:]:
        column.justify = "right"
    for index, label in enumerate(found.classes[:SHOWN_CLASSES]):
        table.add_row(Text(label), *(f"{each.counts[index]:,}" for each in found.splits))
    if (more := len(found.classes) - SHOWN_CLASSES) > 0:
        table.add_row(f"and {more:,} more", *("" for _ in found.splits))
    table.add_row(f"{len(found.classes):,} classes", *(f"{each.images:,}" for each in found.splits), style="bold")
    return table


def _few(group: Group) -> str:
    return ", ".join(group.first[:3]) + (", ..." if group.count > 3 else "")


def _x(size: Pixels) -> str:
    return f"{size.width} x {size.height}"
