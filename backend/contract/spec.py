"""The run spec: every choice that makes one run. Validation, form, stored JSON and worker all read this class."""

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Key = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.\-]*$", max_length=64)]


class RunSpec(BaseModel):
    """One training run, flat. Unknown fields are refused, so that a misspelt one cannot be ignored silently."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: Key = Field(title="Network", description="Key of a network, as listed by GET /models.")
    dataset: Key = Field(title="Data set", description="Key of a data set, as listed by GET /datasets.")
    epochs: int = Field(10, ge=1, le=1000, title="Epochs", description="Passes over the training set.")
    batch_size: int = Field(128, ge=2, le=8192, title="Batch size", description="Images per optimiser step.")
    optimizer: Literal["sgd", "adam", "adamw"] = Field("sgd", title="Optimiser")
    learning_rate: float = Field(0.1, gt=0, le=10, title="Learning rate", description="The schedule's peak rate.")
    momentum: float = Field(0.9, ge=0, lt=1, title="Momentum", description="SGD only.")
    nesterov: bool = Field(True, title="Nesterov momentum", description="SGD only; without effect at momentum 0.")
    weight_decay: float = Field(5e-4, ge=0, le=1, title="Weight decay")
    schedule: Literal["constant", "step", "cosine", "onecycle"] = Field(
        "onecycle", title="Schedule", description="How the learning rate moves over the run."
    )
    warmup_epochs: float = Field(
        0, ge=0, le=100, title="Warm-up", description="Epochs of linear rise to the peak rate (one-cycle has its own)."
    )
    milestones: tuple[Annotated[float, Field(gt=0, lt=1)], ...] = Field(
        (0.5, 0.75),
        max_length=8,
        title="Milestones",
        description="Step schedule: the rate falls tenfold at these shares of the run.",
    )
    label_smoothing: float = Field(0, ge=0, lt=1, title="Label smoothing")
    augment: Literal["none", "crop_flip"] = Field(
        "crop_flip", title="Augmentation", description="Random crop after padding by 4 pixels, and horizontal flip."
    )
    train_limit: int | None = Field(
        None, ge=10, title="Training images", description="Train on a stratified subset of this size; empty: all."
    )
    test_limit: int | None = Field(
        None, ge=10, title="Test images", description="Test on a stratified subset of this size; empty: all."
    )
    train_eval_limit: int = Field(
        2000,
        ge=0,
        title="Training images measured in eval mode",
        description="Size of the fixed stratified part behind train_eval/*; 0 switches it off.",
    )
    seed: int = Field(0, ge=0, lt=2**31, title="Seed", description="Fixes weights, batch order and augmentation.")
    precision: Literal["auto", "fp32", "bf16"] = Field(
        "auto", title="Precision", description="auto: bf16 autocast on a GPU that has it, else fp32."
    )

    @model_validator(mode="after")
    def _fields_agree(self) -> Self:
        if any(later <= earlier for earlier, later in pairwise(self.milestones)):
            raise ValueError("milestones must rise, for example [0.5, 0.75]")
        if self.warmup_epochs >= self.epochs:
            raise ValueError(f"warmup_epochs ({self.warmup_epochs:g}) must be below epochs ({self.epochs})")
        return self
