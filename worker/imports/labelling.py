"""Label images by the tables (CSV, TSV, lists) that lie beside them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from skiplab.contract.imports import FIRST, Split
from worker.datasets.pictures import BadImages
from worker.imports.collection import Collection, Entry, named
from worker.imports.tables import Label, Labels, Table


@dataclass
class Assigned:
    """Label and split of one image, with the tables that they come from."""

    table: Table
    label: str
    split: Split | None
    split_by: Table
    """The table that gives the split; not necessarily the one that gives the label."""


def labelled(
    given: list[Table], unlabelled: Iterable[str], folders: dict[str, Split], collection: Collection
) -> set[str]:
    """Add the images that the tables label to the collection; return those that remain unlabelled.

    `folders`: the split of images whose folder names one. Raises BadImages for an image with two labels or two splits,
    and when no table has labels or none can be read.
    """
    left = set(unlabelled)
    for table in given:
        table.expect({entry.label for entry in collection.entries})
    assigned: dict[str, Assigned] = {}
    problems = []
    if left and not collection.entries:
        _check_useful(given)
    for table in _useful(given, collection, assigned) if left else ():
        try:
            labels = table.labels()
        except BadImages as error:
            problems.append(error)
            continue
        _check_alike(table, labels, assigned, left)
        collection.left_out.add(f"listed in {table.path}, but no such image", *labels.absent)
        collection.left_out.add(f"listed in {table.path}, but several images match", *labels.ambiguous)
        _take(table, labels, assigned, left, collection)
    for path, each in assigned.items():
        split = each.split or folders.get(path, "train")
        collection.entries.append(Entry(split, each.label, path))
        collection.origins.setdefault(split, f"by {each.split_by.path}")
    if problems and not collection.entries:
        raise problems[0]
    collection.left_out.add("tables that cannot be read", *map(str, problems))
    return left - assigned.keys()


def _check_useful(given: list[Table]) -> None:
    """Raise BadImages where no table has labels."""
    if not any(table.has_labels for table in given):
        raise BadImages(
            f"{given[0].path} lists images, but its label column cannot be identified among {given[0].columns}."
            " Name it `label`."
        )


def _useful(given: list[Table], collection: Collection, assigned: Mapping[str, Assigned]) -> Iterator[Table]:
    """Yield the tables with an identified label column first, then those with a column of known classes only."""
    sure = [table for table in given if table.has_labels and table.is_sure]
    yield from sure
    known = {entry.label for entry in collection.entries} | {each.label for each in assigned.values()}
    for table in given:
        if table not in sure:
            table.expect(known)
            if table.has_labels and (table.is_sure or not known):
                yield table


def _take(table: Table, labels: Labels, assigned: dict[str, Assigned], left: set[str], collection: Collection) -> None:
    """Assign the labels of a table to the images that no earlier table has labelled."""
    count = len(assigned)
    for path, (label, *_) in labels.of.items():
        if path in assigned and label.split is not None and assigned[path].split is None:
            assigned[path].split, assigned[path].split_by = label.split, table
            collection.tables.add(table.path)
        elif path in left and path not in assigned:
            assigned[path] = Assigned(table, label.label, label.split, table)
    if len(assigned) == count:
        return
    collection.tables.add(table.path)
    others = table.other_candidates
    also = f"; {named(others)} could be labels too, and are ignored" if others else ""
    collection.notes.append(f"Labels are read from {table.in_words}{also}.")
    if labels.has_slashes:
        collection.notes.append(f"Labels in {table.path} contain /, which is replaced by _ in class names.")


def _check_alike(table: Table, labels: Labels, assigned: Mapping[str, Assigned], left: set[str]) -> None:
    """Raise BadImages for images with contradictory labels or splits, within the table or between two tables."""
    within = [f"{path}: {_both(one, two)}" for path, (one, two, *_) in _contradictory(labels) if path in left]
    if within:
        raise BadImages(_two_labels(f"{table.path} gives", within))
    by_table: dict[str, list[tuple[str, Label, Label]]] = {}
    for path, (label, *_) in labels.of.items():
        if (known := assigned.get(path)) is not None:
            by_table.setdefault(known.table.path, []).append((path, Label(known.label, known.split), label))
    for other, pairs in by_table.items():
        as_words = _are_translations([(one.label, two.label) for _, one, two in pairs])
        different = [
            f"{path}: {_both(one, two)}"
            for path, one, two in pairs
            if not (_same_split(one, two) and (as_words or one.label == two.label))
        ]
        if different:
            raise BadImages(_two_labels(f"{other} and {table.path} give", different))


def _contradictory(labels: Labels) -> Iterator[tuple[str, list[Label]]]:
    """Yield the images with more than one label."""
    return ((path, each) for path, each in labels.of.items() if len(each) > 1)


def _two_labels(who: str, images: list[str]) -> str:
    more = f"; and {len(images) - FIRST:,} more" if len(images) > FIRST else ""
    count = f"{len(images):,} images" if len(images) > 1 else "an image"
    return (
        f"{who} {count} two labels or splits: {'; '.join(images[:FIRST])}{more}. Each image must have one class"
        " and one split: keep one row for each image."
    )


def _both(one: Label, other: Label) -> str:
    if not _same_split(one, other):
        return f"{one.split} and {other.split}"
    return f"{one.label!r} and {other.label!r}"


def _same_split(one: Label, other: Label) -> bool:
    return one.split == other.split or None in (one.split, other.split)


def _are_translations(pairs: list[tuple[str, str]]) -> bool:
    """Return whether the labels map one to one, such as numbers and names of the same classes."""
    ones, others = {one for one, _ in pairs}, {other for _, other in pairs}
    return not ones & others and len(set(pairs)) == len(ones) == len(others)


def overrides_folders(table: Table, paths: list[str], by_folder: Mapping[str, str]) -> bool:
    """Return whether the table labels at least 90 % of the images, and differently from their folders.

    Where labels and folders map one to one they are the same classes, and the folders' names are kept.
    """
    if not table.has_labels:
        return False
    try:
        labels = table.labels().of
    except BadImages:
        return False  # reported as left out
    classes = {label.label for each in labels.values() for label in each}
    if by_folder and (len(classes) < 2 or any(len(each) > 1 for each in labels.values())):
        return False
    pairs = {(by_folder[path], each[0].label) for path, each in labels.items() if path in by_folder}
    same = bool(pairs) and len(pairs) == len({folder for folder, _ in pairs}) == len({label for _, label in pairs})
    return len(labels) >= 0.9 * len(paths) and not same
