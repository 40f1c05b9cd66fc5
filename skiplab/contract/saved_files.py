"""Names of the files that a client saves with its run, and what they say of their content."""

import re
from typing import Annotated, NamedTuple

from pydantic import AfterValidator, StringConstraints
from pydantic_core import PydanticCustomError

from skiplab.contract.ingest_limits import CONTROL, LONGEST_NAME
from skiplab.contract.telemetry import ArtifactKind

IMAGE_TYPES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
}
"""Suffix of an image that the page shows to its media type. None of them can hold a script."""

TABLE, HISTOGRAM = ".table.json", ".histogram.json"

LONGEST_PART = 255
"""Bytes of one part of a path, as file systems limit it."""

MEDIA = re.compile(r"media/.+/(\d{1,15})(?:-\d+)?\.[^/]+", re.ASCII)
"""`media/KEY/STEP.SUFFIX`: what was logged at one step; `STEP-NUMBER` tells several apart."""


def _usable(name: str) -> str:
    if any(part in ("", ".", "..") for part in name.split("/")):
        raise PydanticCustomError("file_name", "must be a relative path without empty parts, `.` and `..`")
    if any(len(part.encode(errors="replace")) > LONGEST_PART for part in name.split("/")):
        raise PydanticCustomError("file_name", f"no part of the path may have more than {LONGEST_PART} bytes")
    return name


Name = Annotated[
    str,
    StringConstraints(min_length=1, max_length=LONGEST_NAME, pattern=rf"^[^\\{CONTROL}]+$"),
    AfterValidator(_usable),
]
"""A file's name with its folders, separated by slashes."""


class SavedFile(NamedTuple):
    kind: ArtifactKind
    step: int
    """0 unless it was logged at a step."""


def described(name: str) -> SavedFile:
    """Return what a file's name says of it."""
    media = MEDIA.fullmatch(name)
    return SavedFile(_kind(name), int(media[1]) if media else 0)


def image_type(name: str) -> str | None:
    """Return the media type of an image that the page shows; None for another file."""
    return next((kind for suffix, kind in IMAGE_TYPES.items() if name.lower().endswith(suffix)), None)


def _kind(name: str) -> ArtifactKind:
    if name.endswith(TABLE):
        return "table"
    if name.endswith(HISTOGRAM):
        return "histogram"
    return "image" if MEDIA.fullmatch(name) and image_type(name) is not None else "file"
