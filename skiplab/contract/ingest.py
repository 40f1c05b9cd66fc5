"""Remote logging: a client starts a run of its own, sends its points and ends it. Requests, responses and limits."""

from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StrictFloat,
    StrictInt,
    StringConstraints,
    model_validator,
)

from skiplab.contract.disagreement import disagreement
from skiplab.contract.ingest_limits import (
    CONTROL,
    LARGEST_EPOCH,
    LATEST,
    LONGEST_KEY,
    LONGEST_LINE,
    MOST_KEYS,
    MOST_LINES,
    MOST_POINTS,
)
from skiplab.contract.lifecycle import Status
from skiplab.contract.quantities import Better, Unit
from skiplab.contract.run import Run, Tag

Key = Annotated[
    str,
    StringConstraints(
        max_length=LONGEST_KEY, pattern=rf"^[^\s,~{CONTROL}](?:[^,~{CONTROL}]*[^\s,~{CONTROL}])?$", strict=True
    ),
]
"""Commas separate keys in queries, and tildes the settings of a chart in the page's address."""

Printable = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=rf"^[^{CONTROL}]+$", strict=True)]
Count = Annotated[StrictInt, Field(ge=0, lt=2**63)]
Step = Annotated[StrictInt, Field(ge=0, lt=2**53)]
"""Exact in JavaScript."""

Value = StrictFloat | Literal["NaN", "Infinity", "-Infinity"]
"""JSON has no numbers that are not finite."""


class ExternalRun(BaseModel):
    """A run that a client trains and logs."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["external"]
    name: Printable | None = Field(None, description="Generated if null.")
    experiment: Printable | None = Field(
        None, description="Name of an experiment to join: the newest one of that name, or else a new one."
    )
    config: dict[str, JsonValue] = Field(default_factory=dict, description="Anything that tells the run from others.")
    tags: list[Tag] = Field(default_factory=list, max_length=20)
    note: str = Field("", max_length=10_000)
    external_id: Printable | None = Field(
        None, description="Chosen by the client and unique in this lab; names the run when it is resumed."
    )
    resume: Literal["allow", "must", "never"] = Field(
        "never",
        description="If a run with this `external_id` exists, `allow` and `must` continue it under a new holder, and"
        " `never` is refused (409). If none exists, `must` is refused (404).",
    )

    @model_validator(mode="after")
    def _resumed_by_id(self) -> Self:
        if self.resume == "must" and self.external_id is None:
            raise disagreement("resume", self.resume, "must needs an external_id, the one of the run to resume")
        return self


class HeldRun(BaseModel):
    """A run that the client holds now."""

    run: Run
    holder: int = Field(description="Goes with all further requests; a later holder takes the run away from this one.")
    last_step: int | None = Field(description="Highest step logged so far; null if there are no points.")
    seq: int = Field(description="Highest sequence number stored from this holder: 0 for a new one.")


class Columns(BaseModel):
    """Points of one key, as columns of equal length."""

    model_config = ConfigDict(extra="forbid")

    step: list[Step] = Field(max_length=MOST_POINTS, description="A point with the same key and step is overwritten.")
    value: list[Value] = Field(max_length=MOST_POINTS)
    time: list[Annotated[StrictFloat, Field(ge=0, le=LATEST)]] | None = Field(
        None, max_length=MOST_POINTS, description="Unix seconds; null: when the request is received."
    )
    epoch: list[Annotated[StrictInt, Field(ge=0, le=LARGEST_EPOCH)]] | None = Field(
        None, max_length=MOST_POINTS, description="Null or 0: without an epoch."
    )

    @model_validator(mode="after")
    def _equally_long(self) -> Self:
        for name in ("value", "time", "epoch"):
            column = getattr(self, name)
            if column is not None and len(column) != len(self.step):
                message = f"must be as long as `step` ({len(self.step)}), but has {len(column)}"
                raise disagreement(name, len(column), message)
        return self


class LoggedLine(BaseModel):
    """A line that the client's program printed."""

    model_config = ConfigDict(extra="forbid")

    time: StrictFloat = Field(ge=0, le=LATEST, description="Unix seconds.")
    text: str = Field(max_length=LONGEST_LINE)
    stream: Literal["stdout", "stderr"] = "stdout"


class QuantityDeclaration(BaseModel):
    """Title, unit and direction of a key. Built-in quantities and those of plugins stay as they are."""

    model_config = ConfigDict(extra="forbid")

    key: Key
    title: Printable | None = Field(None, description="Null: derived from the key.")
    unit: Unit = "none"
    better: Better = "none"


class Points(BaseModel):
    """Points and what else a client reports, stored in one transaction.

    With neither points nor anything else to store it is a heartbeat.
    """

    model_config = ConfigDict(extra="forbid")

    holder: Count
    seq: Count = Field(
        0, description="1, 2, 3, ... for each holder. One stored before writes nothing; 0: a heartbeat without content."
    )
    series: dict[Key, Columns] = Field(default_factory=dict, max_length=MOST_KEYS)
    log: list[LoggedLine] = Field(default_factory=list, max_length=MOST_LINES)
    config: dict[str, JsonValue] | None = Field(None, description="Merged into the run's config, by its first level.")
    summary: dict[str, JsonValue] | None = Field(None, description="Merged into the run's summary, by its first level.")
    quantities: list[QuantityDeclaration] = Field(default_factory=list, max_length=MOST_KEYS)
    dropped: Count = Field(0, description="Points that this client has lost so far, because its disk was full.")

    @model_validator(mode="after")
    def _within_limits(self) -> Self:
        points = sum(len(columns.step) for columns in self.series.values())
        if points > MOST_POINTS:
            message = f"a request has at most {MOST_POINTS:,} points over all keys, but this one has {points:,}"
            raise disagreement("series", points, message)
        if self.seq == 0 and not self.is_heartbeat:
            raise disagreement("seq", self.seq, "must be at least 1 with points or anything else to store")
        return self

    @property
    def is_heartbeat(self) -> bool:
        return not (self.series or self.log or self.quantities or self.config is not None or self.summary is not None)


class Stored(BaseModel):
    """The points are stored, now or by an earlier request with the same number."""

    seq: int = Field(description="Highest sequence number stored from this holder.")
    stop: Status | None = Field(description="What a user has requested: `cancelled`. Null: go on.")


class Finish(BaseModel):
    """How a run ended."""

    model_config = ConfigDict(extra="forbid")

    holder: Count
    status: Literal["finished", "failed", "cancelled"]
    reason: str = Field("", max_length=2000)
