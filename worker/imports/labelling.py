"""Images get the labels of the tables beside them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from skiplab.contract.imports import FIRST, Split
from worker.datasets.pictures import BadImages
from worker.imports.collection import Collection, Entry, named
from worker.imports.tables import Label, Labels, Table


@dataclass
class Said:
    """Of one image."""

    table: Table
    label: str
    split: Split | None
    split_by: Table
    """The table that names the split, which need not be the one that names the class."""


def labelled(
    given: list[Table], unlabelled: Iterable[str], folders: dict[str, Split], collection: Collection
) -> set[str]:
    """Add to the collection what the tables label of these images; what is left is answered.

    `folders`: the split that an image's folder names. Raises BadImages for an image with two labels or in two splits,
    and when no table has labels or none can be read.
    """
    left = set(unlabelled)
    for table in given:
        table.expect({entry.label for entry in collection.entries})
    said: dict[str, Said] = {}
    problems = []
    if left and not collection.entries:
        _check_useful(given)
    for table in _useful(given, collection, said) if left else ():
        try:
            labels = table.labels()
        except BadImages as error:
            problems.append(error)
            continue
        _check_alike(table, labels, said, left)
        collection.left_out.add(f"in {table.path}, but no image here", *labels.absent)
        collection.left_out.add(f"in {table.path}, and several images here are called so", *labels.ambiguous)
        _take(table, labels, said, left, collection)
    for path, each in said.items():
        split = each.split or folders.get(path, "train")
        collection.entries.append(Entry(split, each.label, path))
        collection.origins.setdefault(split, f"by {each.split_by.path}")
    if problems and not collection.entries:
        raise problems[0]
    collection.left_out.add("tables of images that cannot be read", *map(str, problems))
    return left - said.keys()


def _check_useful(given: list[Table]) -> None:
    """Raises BadImages where no table has labels."""
    if not any(table.has_labels for table in given):
        raise BadImages(
            f"{given[0].path} names images, but which of its columns is the label cannot be told: {given[0].columns}."
            " Call it `label`."
        )


def _useful(given: list[Table], collection: Collection, said: Mapping[str, Said]) -> Iterator[Table]:
    """First those that say which column is that of the labels; of the others, where classes are known by then, those
    with a column of nothing but these."""
    sure = [table for table in given if table.has_labels and table.is_sure]
    yield from sure
    known = {entry.label for entry in collection.entries} | {each.label for each in said.values()}
    for table in given:
        if table not in sure:
            table.expect(known)
            if table.has_labels and (table.is_sure or not known):
                yield table


def _take(table: Table, labels: Labels, said: dict[str, Said], left: set[str], collection: Collection) -> None:
    """What the table says of these images that no table before it does."""
    count = len(said)
    for path, (label, *_) in labels.of.items():
        if path in said and label.split is not None and said[path].split is None:
            said[path].split, said[path].split_by = label.split, table
            collection.tables.add(table.path)
        elif path in left and path not in said:
            said[path] = Said(table, label.label, label.split, table)
    if len(said) == count:
        return
    collection.tables.add(table.path)
    others = table.other_candidates
    also = f"; {named(others)} could be labels as well, and are not used" if others else ""
    collection.notes.append(f"Labels are from {table.in_words}{also}.")
    if labels.has_slashes:
        collection.notes.append(f"Labels in {table.path} contain /, which becomes _ in the names of classes.")


def _check_alike(table: Table, labels: Labels, said: Mapping[str, Said], left: set[str]) -> None:
    """Raises BadImages for images to which rows of the table, or another table before it, give another label or
    split."""
    within = [f"{path}: {_both(one, two)}" for path, (one, two, *_) in _doubtful(labels) if path in left]
    if within:
        raise BadImages(_two_labels(f"{table.path} gives", within))
    by_table: dict[str, list[tuple[str, Label, Label]]] = {}
    for path, (label, *_) in labels.of.items():
        if (known := said.get(path)) is not None:
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


def _doubtful(labels: Labels) -> Iterator[tuple[str, list[Label]]]:
    """The images with more than one."""
    return ((path, each) for path, each in labels.of.items() if len(each) > 1)


def _two_labels(who: str, images: list[str]) -> str:
    more = f"; and {len(images) - FIRST:,} more" if len(images) > FIRST else ""
    count = f"{len(images):,} images" if len(images) > 1 else "an image"
    return (
        f"{who} {count} two labels or splits: {'; '.join(images[:FIRST])}{more}. An image has one class"
        " and one split here: keep one row for each image."
    )


def _both(one: Label, other: Label) -> str:
    if not _same_split(one, other):
        return f"{one.split} and {other.split}"
    return f"{one.label!r} and {other.label!r}"


def _same_split(one: Label, other: Label) -> bool:
    return one.split == other.split or None in (one.split, other.split)


def _are_translations(pairs: list[tuple[str, str]]) -> bool:
    """Whether the labels are the same in other words, such as numbers for names."""
    ones, others = {one for one, _ in pairs}, {other for _, other in pairs}
    return not ones & others and len(set(pairs)) == len(ones) == len(others)


def knows_better(table: Table, paths: list[str], by_folder: Mapping[str, str]) -> bool:
    """Whether the table labels nearly all of these images, and otherwise than their folders do.

    Where each folder has one label of its own the classes are the same: by number perhaps, and the folders name them.
    """
    if not table.has_labels:
        return False
    try:
        labels = table.labels().of
    except BadImages:
        return False  # it is left out, and said to be
    classes = {label.label for each in labels.values() for label in each}
    if by_folder and (len(classes) < 2 or any(len(each) > 1 for each in labels.values())):
        return False
    pairs = {(by_folder[path], each[0].label) for path, each in labels.items() if path in by_folder}
    same = bool(pairs) and len(pairs) == len({folder for folder, _ in pairs}) == len({label for _, label in pairs})
    return len(labels) >= 0.9 * len(paths) and not same
