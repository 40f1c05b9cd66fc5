"""Description of a measured quantity: title, unit, bounds and direction, shared by API, page, figures and worker."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Unit = Literal["fraction", "nats", "seconds", "bytes", "images per second", "none"]
Better = Literal["higher", "lower", "none"]
Part = Literal["train", "train_eval", "val", "test"]


class Quantity(BaseModel):
    """One measured quantity, such as test accuracy."""

    model_config = ConfigDict(frozen=True)

    key: str = Field(description="Its key in `/metrics` and in events.")
    title: str = Field(description="Display name, the same in every figure and on every page.")
    unit: Unit = Field("none", description="Fractions are shown in percent, differences of them in percentage points.")
    difference: bool = Field(False, description="Whether it is the difference of two quantities of this unit.")
    better: Better = Field("none", description="Which values are better.")
    part: Part | None = Field(
        None,
        description="The images it is measured on: `train` in training mode over the epoch, `train_eval` the fixed part"
        " of the training set that is evaluated in eval mode.",
    )
    lowest: float | None = Field(0.0, description="Lower bound of the values; null: none.")
    highest: float | None = Field(None, description="Upper bound of the values; null: none.")
    note: str = Field("", description="How it is measured.")
    plugin: str | None = Field(None, description="The plugin's file or package that computes it; null: built in.")
