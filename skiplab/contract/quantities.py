"""What there is to know of a measured quantity, once, for page, API, worker, figures and docs."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Unit = Literal["fraction", "nats", "seconds", "bytes", "images per second", "none"]
Better = Literal["higher", "lower", "none"]
Part = Literal["train", "train_eval", "val", "test"]


class Quantity(BaseModel):
    model_config = ConfigDict(frozen=True)

    key: str = Field(description="In `/metrics` and in events.")
    title: str = Field(description="For people, the same in every figure and on every page.")
    unit: Unit = Field("none", description="Fractions are shown in percent, differences of them in percentage points.")
    better: Better = Field("none", description="Which values are better.")
    part: Part | None = Field(
        None,
        description="The images it is measured on: `train` in training mode over the epoch, `train_eval` the fixed part"
        " of the training set that is measured again in eval mode.",
    )
    lowest: float | None = Field(0.0, description="No value is below this; null: there is no bound.")
    highest: float | None = Field(None, description="No value is above this; null: there is no bound.")
    note: str = Field("", description="How it is measured.")
    plugin: str | None = Field(None, description="The plugin's file or package that computes it; null: the lab.")
