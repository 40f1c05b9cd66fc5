"""An import: an upload on its way to becoming a data set, and what a worker found in it."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Split = Literal["train", "val", "test"]

LARGEST_SIDE = 1024
"""Pixels a side that a data set's images may have."""

FIRST = 10
"""How many of a group are named."""


class ImportStatus(StrEnum):
    WAITING = "waiting"
    INSPECTING = "inspecting"
    FOUND = "found"  # inspected; taken or cancelled by a person, removed after a day
    IMPORTING = "importing"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED = frozenset({ImportStatus.DONE, ImportStatus.FAILED, ImportStatus.CANCELLED})


class Group(BaseModel):
    """Files that are treated alike, and why."""

    why: str = Field(description="For people.")
    count: int
    first: list[str] = Field(description=f"Their names, the first {FIRST}; each may say more after a colon.")


class FoundSplit(BaseModel):
    split: Split
    images: int
    counts: list[int] = Field(description="Images of each class, as `classes` has them.")
    origin: str = Field(description="Where they come from, such as `testing/` or `20% of all images`.")


class Pixels(BaseModel):
    width: int
    height: int


class FoundSize(BaseModel):
    chosen: Pixels = Field(description="Of each image of the data set.")
    why: str = Field(description="Why this size, for people.")
    smallest: Pixels = Field(description="Of the images as they are, by area; likewise the others.")
    median: Pixels
    largest: Pixels


class Pair(BaseModel):
    one: str
    other: str


class Duplicates(BaseModel):
    """Images with the same pixels in two splits, or under two classes."""

    one: str = Field(description="A split; or `classes`, and then the other as well.")
    other: str
    count: int = Field(description="Images of the other that the one has too.")
    first: list[Pair] = Field(description=f"The first {FIRST} of them, by name.")


class NamesCandidate(BaseModel):
    encoding: str = Field(description="What to give as `names`.")
    examples: list[str] = Field(description="How some of the names read in it.")


class Found(BaseModel):
    """What is in a folder or an upload, before anything is taken."""

    layout: str = Field(description="How the images are arranged, for people.")
    classes: list[str] = Field(default_factory=list)
    splits: list[FoundSplit] = Field(default_factory=list, description="train, val where there is one, test.")
    labelled_test: bool = Field(
        True,
        description="Whether a labelled test set is there. Without one, the validation images or a `test_share` of the"
        " training images become it.",
    )
    size: FoundSize | None = None
    bytes: int = Field(0, description="That the data set takes on the disk.")
    left_out: list[Group] = Field(default_factory=list, description="What is there but not taken, by reason.")
    unreadable: Group | None = Field(
        None, description="Images that cannot be read. They are left out with `skip_bad`, else nothing is taken."
    )
    at: datetime | None = Field(None, description="When it was inspected; a day later an untaken upload is deleted.")
    duplicates: list[Duplicates] = Field(default_factory=list)
    notes: list[str] = Field(default_factory=list, description="What was decided automatically, in sentences.")
    names: list[NamesCandidate] = Field(
        default_factory=list,
        description="Not empty: the file names' encoding cannot be told; choose one of these (`names`).",
    )
    refused: str | None = Field(None, description="Why it cannot be taken as it is, and what would help.")


class Choices(BaseModel):
    """Options of an import; those left out are chosen by what is found."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    size: int | None = Field(
        None, ge=1, le=LARGEST_SIDE, description="Pixels a side; left out: chosen by what is found."
    )
    names: str | None = Field(
        None,
        max_length=40,
        pattern=r"^[\w.:\-]+$",
        description="Encoding of the file names, such as `gbk`, where they are not UTF-8.",
    )
    skip_bad: bool = Field(False, description="Leave out images that cannot be read, instead of taking nothing.")
    test_share: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="Share of each class's training images that become the test set, by a fixed seed."
        " Default: 0.2 where there is no labelled test set.",
    )
    part: str | None = Field(
        None,
        max_length=400,
        pattern=r"^[^\x00-\x1f\x7f]+$",
        description="Which folder to import, where the upload holds several data sets: its path inside the upload.",
    )


class Import(BaseModel):
    id: int
    key: str = Field(description="Of the data set that it becomes.")
    size: int | None = Field(description="Pixels a side that were asked for; null: chosen by what is found.")
    names: str | None = Field(None, description="Encoding of the file names that was asked for.")
    skip_bad: bool = Field(False, description="Whether unreadable images are left out.")
    test_share: float | None = Field(None, description="Share of the training images for the test set, as asked for.")
    part: str | None = Field(None, description="The folder of the upload that was asked for.")
    file: str | None = Field(None, description="The upload's own name, where the client gave it.")
    bytes: int = Field(description="Of the upload.")
    status: ImportStatus
    preview: bool = Field(False, description="Inspected only: nothing is imported until it is taken.")
    found: Found | None = Field(
        None,
        description="What the worker found, after inspection. In events and lists only with the status `found`.",
    )
    reason: str | None = Field(description="Why it failed.")
    images_done: int
    images: int = Field(description="0 while they are not counted yet.")
    created_at: datetime
    ended_at: datetime | None
