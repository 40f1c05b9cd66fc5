"""Imports: uploads that become data sets, and the report of their inspection."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Split = Literal["train", "val", "test"]

LARGEST_SIDE = 1024
"""Maximum pixels per side of a data set's images."""

FIRST = 10
"""Number of examples in a report."""


class ImportStatus(StrEnum):
    WAITING = "waiting"
    INSPECTING = "inspecting"
    FOUND = "found"  # inspected; awaits confirmation, deleted after a day
    IMPORTING = "importing"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED = frozenset({ImportStatus.DONE, ImportStatus.FAILED, ImportStatus.CANCELLED})


class Group(BaseModel):
    """Files that are skipped for the same reason."""

    why: str = Field(description="The reason.")
    count: int
    first: list[str] = Field(description=f"The first {FIRST} names, with details after a colon.")


class FoundSplit(BaseModel):
    split: Split
    images: int
    counts: list[int] = Field(description="Images per class, in the order of `classes`.")
    origin: str = Field(description="Origin of the images, such as `testing/` or `20% of all images`.")


class Pixels(BaseModel):
    width: int
    height: int


class FoundSize(BaseModel):
    chosen: Pixels = Field(description="Size of the imported images.")
    why: str = Field(description="Why this size was chosen.")
    smallest: Pixels = Field(description="Size of the smallest image of the upload, by area; the others likewise.")
    median: Pixels
    largest: Pixels


class Pair(BaseModel):
    one: str
    other: str


class Duplicates(BaseModel):
    """Images with the same pixels in two splits, or under two classes."""

    one: str = Field(description="A split, or `classes` in both fields.")
    other: str
    count: int = Field(description="Images of `other` that also occur in `one`.")
    first: list[Pair] = Field(description=f"The first {FIRST} of them, by name.")


class NamesCandidate(BaseModel):
    encoding: str = Field(description="Value for the option `names`.")
    examples: list[str] = Field(description="Some file names decoded with it.")


class Found(BaseModel):
    """Report on the content of a folder or upload, before it is imported."""

    layout: str = Field(description="Name of the recognised layout.")
    classes: list[str] = Field(default_factory=list)
    splits: list[FoundSplit] = Field(default_factory=list, description="train, val (if any), test.")
    labelled_test: bool = Field(
        True,
        description="Whether there is a labelled test set. Without one, the validation images or a fraction"
        " `test_share` of the training images are used.",
    )
    size: FoundSize | None = None
    bytes: int = Field(0, description="Size of the data set on disk.")
    left_out: list[Group] = Field(default_factory=list, description="Files that are not imported, by reason.")
    unreadable: Group | None = Field(
        None, description="Unreadable images. Skipped with `skip_bad`; otherwise the import is refused."
    )
    at: datetime | None = Field(
        None, description="When it was inspected; an upload not imported within a day is deleted."
    )
    duplicates: list[Duplicates] = Field(default_factory=list)
    notes: list[str] = Field(default_factory=list, description="Automatic decisions.")
    names: list[NamesCandidate] = Field(
        default_factory=list,
        description="Candidates for `names`, if the encoding of the file names cannot be detected.",
    )
    refused: str | None = Field(None, description="Why it cannot be imported with these options, and what to change.")


class Options(BaseModel):
    """Options of an import as the importer takes them, and as `skiplab data` passes them to the worker."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    size: tuple[int, int] | None = None
    """(height, width) of all images in pixels; None: derived from the images."""

    names: str | None = None
    """Encoding of file names that are not UTF-8."""

    skip_bad: bool = False
    """Skip unreadable images instead of refusing the import."""

    test_share: float | None = Field(None, gt=0, lt=1)
    """Fraction of each class to split off as the test set, where there is no labelled one."""

    part: str | None = None
    """Folder or file-name prefix to import, where there are several data sets."""


class Choices(BaseModel):
    """Options of an import over HTTP; omitted ones are chosen automatically."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    size: int | None = Field(
        None, ge=1, le=LARGEST_SIDE, description="Image size in pixels per side. Default: derived from the images."
    )
    names: str | None = Field(
        None,
        max_length=40,
        pattern=r"^[\w.:\-]+$",
        description="Encoding of file names that are not UTF-8, such as `gbk`.",
    )
    skip_bad: bool = Field(False, description="Skip unreadable images instead of refusing the import.")
    test_share: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="Fraction of each class's training images to use as the test set, with a fixed seed."
        " Default: 0.2 where there is no labelled test set.",
    )
    part: str | None = Field(
        None,
        max_length=400,
        pattern=r"^[^\x00-\x1f\x7f]+$",
        description="Path of the folder to import, where the upload contains several data sets.",
    )

    def options(self) -> Options:
        """Return them as options of the importer."""
        size = None if self.size is None else (self.size, self.size)
        return Options(**self.model_dump() | {"size": size})


class Import(BaseModel):
    """An import, in API responses and events."""

    id: int
    key: str = Field(description="Key of the data set.")
    size: int | None = Field(description="Requested size in pixels per side; null: derived from the images.")
    names: str | None = Field(None, description="Requested encoding of the file names.")
    skip_bad: bool = Field(False, description="Whether unreadable images are skipped.")
    test_share: float | None = Field(None, description="Requested test fraction.")
    part: str | None = Field(None, description="Requested folder of the upload.")
    file: str | None = Field(None, description="Original file name, if the client gave it.")
    bytes: int = Field(description="Size of the upload.")
    status: ImportStatus
    preview: bool = Field(False, description="Whether it is only inspected until a user confirms it.")
    found: Found | None = Field(
        None,
        description="Report of the inspection. In events and lists only with the status `found`.",
    )
    reason: str | None = Field(description="Why it failed.")
    images_done: int
    images: int = Field(description="Images in total; 0 until counted.")
    created_at: datetime
    ended_at: datetime | None
