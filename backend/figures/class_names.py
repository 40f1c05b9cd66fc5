"""Class names of the runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from backend.db import evidence as queries
from backend.db import versions
from backend.figures.kind import Source


@dataclass(frozen=True)
class ClassNames:
    of_all: Sequence[str] | None = None
    """The class names, if all runs were tested on the same classes."""
    of_run: Mapping[int, Sequence[str]] = field(default_factory=dict)


def class_names(source: Source) -> ClassNames:
    named = versions.classes_of(source.session, queries.runs(source.session, source.run_ids))
    first = next(iter(named.values()), None)
    return ClassNames(
        of_all=first if all(each == first for each in named.values()) else None,
        of_run={run_id: names for run_id, names in named.items() if names is not None},
    )
