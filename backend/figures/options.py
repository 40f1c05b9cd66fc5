"""Options of figures. Each kind names those that it reads."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from backend.evidence.claim import DEFAULT_TARGET
from backend.evidence.measures import Measure
from skiplab.contract.metrics import Metric, QuantityKey
from skiplab.contract.quantities import Quantity

MOST_CLASSES = 50
"""Default number of classes in a figure."""

Option = Literal["key", "x", "time", "target", "claims", "most"]


class Cost(StrEnum):
    PARAMETERS = "parameters"
    FLOPS = "flops"
    SECONDS = "seconds"

    @property
    def measure(self) -> Measure:
        return {
            Cost.PARAMETERS: Measure.PARAMETERS,
            Cost.FLOPS: Measure.FLOPS,
            Cost.SECONDS: Measure.TRAINING_SECONDS,
        }[self]

    @property
    def label(self) -> str:
        return self.measure.label


class Clock(StrEnum):
    EPOCHS = "epochs"
    IMAGES = "images"
    SECONDS = "seconds"

    @property
    def measure(self) -> Measure:
        return {
            Clock.EPOCHS: Measure.EPOCHS_TO_TARGET,
            Clock.IMAGES: Measure.IMAGES_TO_TARGET,
            Clock.SECONDS: Measure.SECONDS_TO_TARGET,
        }[self]

    @property
    def label(self) -> str:
        return str(self)


class Options(BaseModel):
    """All options of all kinds; a kind ignores those that it does not read."""

    model_config = ConfigDict(frozen=True)

    key: QuantityKey = Field(Metric.TEST_ACCURACY, title="Metric", description="The metric to plot.")
    x: Cost = Field(Cost.PARAMETERS, title="Cost", description="The cost on the X axis.")
    time: Clock = Field(Clock.EPOCHS, title="Measured in", description="What times to the target are measured in.")
    target: float | None = Field(
        None, gt=0, lt=1, title="Target accuracy", description=f"By default the claim's own, or {DEFAULT_TARGET:g}."
    )
    claims: str | None = Field(None, title="Claims", description="Key of one set of claims; all by default.")
    most: int = Field(
        MOST_CLASSES, ge=2, le=1000, title="Classes", description="Largest number of classes: those with most errors."
    )

    @property
    def shown_target(self) -> float:
        return DEFAULT_TARGET if self.target is None else self.target


OF_THE_LAB = tuple(key.quantity for key in Metric)


def default(option: Option) -> str:
    """Return its value if it is not given, as a query writes it; empty where that depends on the request."""
    value = Options.model_fields[option].default
    return "" if value is None else str(value)


def choices(option: Option, quantities: Iterable[Quantity] = OF_THE_LAB) -> list[tuple[str, str]]:
    """Value and title of each choice; empty where any value of its type will do. `quantities`: that can be plotted."""
    offered: dict[Option, list[tuple[str, str]]] = {
        "key": [(each.key, each.title) for each in quantities],
        "x": [(cost, cost.label) for cost in Cost],
        "time": [(clock, clock.label) for clock in Clock],
    }
    return offered.get(option, [])
