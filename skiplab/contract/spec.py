"""The run spec: every choice that makes one run. Validation, form, stored JSON and worker all read this class."""

from itertools import pairwise
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.fields import FieldInfo

from skiplab.contract.disagreement import disagreement
from skiplab.contract.fields import about, about_fields

KEY_PATTERN = r"^[a-z0-9][a-z0-9_.\-]*$"
KEY_IN_WORDS = "use a-z, 0-9, '_', '.' and '-', and begin with a letter or a digit"
Key = Annotated[str, Field(pattern=KEY_PATTERN, max_length=64)]
LARGEST = 2**31 - 1
"""Of a whole number that has no closer bound of its own: what every place that keeps one can hold."""
Augmentation = Literal["none", "crop_flip", "trivial"]


class RunFields(BaseModel):
    """The fields of a run spec, each valid by itself. Unknown fields are refused, so that a misspelt one cannot be
    ignored silently; neither `true` nor a string passes for a number."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: Key = Field(
        title="Network", description="Key of a network, as listed by GET /models.", json_schema_extra=about("network")
    )
    dataset: Key = Field(
        title="Data set", description="Key of a data set, as listed by GET /datasets.", json_schema_extra=about("data")
    )
    epochs: int = Field(
        10,
        ge=1,
        le=1000,
        title="Epochs",
        description="Passes over the training set.",
        json_schema_extra=about("budget", first=True),
    )
    batch_size: int = Field(
        128,
        ge=2,
        le=8192,
        title="Batch size",
        description="Images per optimiser step.",
        json_schema_extra=about("optimisation", clocked=True, short="batch", first=True),
    )
    optimizer: Literal["sgd", "adam", "adamw"] = Field(
        "sgd", title="Optimiser", json_schema_extra=about("optimisation", first=True)
    )
    learning_rate: float = Field(
        0.1,
        gt=0,
        le=10,
        title="Learning rate",
        description="The schedule's peak rate.",
        json_schema_extra=about("optimisation", short="lr", first=True),
    )
    momentum: float = Field(
        0.9, ge=0, lt=1, title="Momentum", description="SGD only.", json_schema_extra=about("optimisation")
    )
    nesterov: StrictBool = Field(
        True,
        title="Nesterov momentum",
        description="SGD only; without effect at momentum 0.",
        json_schema_extra=about("optimisation"),
    )
    weight_decay: float = Field(
        5e-4, ge=0, le=1, title="Weight decay", json_schema_extra=about("optimisation", short="decay", first=True)
    )
    decay: Literal["all", "weights"] = Field(
        "all",
        title="Decays",
        description="weights: norms and biases are left alone, as recent recipes do.",
        json_schema_extra=about("optimisation"),
    )
    schedule: Literal["constant", "step", "cosine", "onecycle"] = Field(
        "onecycle",
        title="Schedule",
        description="How the learning rate moves over the run.",
        json_schema_extra=about("optimisation", first=True),
    )
    warmup_epochs: float = Field(
        0,
        ge=0,
        le=100,
        title="Warm-up",
        description="Epochs of linear rise to the peak rate (one-cycle has its own).",
        json_schema_extra=about("optimisation"),
    )
    milestones: tuple[Annotated[StrictFloat, Field(gt=0, lt=1)], ...] = Field(
        (0.5, 0.75),
        max_length=8,
        title="Milestones",
        description="Step schedule: the rate falls tenfold at these shares of the run.",
        json_schema_extra=about("optimisation"),
    )
    label_smoothing: float = Field(0, ge=0, lt=1, title="Label smoothing", json_schema_extra=about("optimisation"))
    clip_norm: float | None = Field(
        None,
        gt=0,
        le=1e6,
        title="Gradient clipping",
        description="Largest global norm of the gradient; empty: not clipped.",
        json_schema_extra=about("optimisation"),
    )
    ema: float | None = Field(
        None,
        gt=0,
        lt=1,
        title="Averaged weights",
        description="Decay of an exponential moving average, such as 0.999; it is what is measured. Empty: none.",
        json_schema_extra=about("optimisation", clocked=True),
    )
    patience: int | None = Field(
        None,
        ge=1,
        le=LARGEST,
        title="Patience",
        description="Stop early after this many epochs without a better accuracy; empty: train to the end.",
        json_schema_extra=about("budget"),
    )
    augment: Augmentation = Field(
        "crop_flip",
        title="Augmentation",
        description="crop_flip: random crop after padding by 4 pixels, and flip. trivial: TrivialAugment on top.",
        json_schema_extra=about("optimisation", clocked=True, first=True),
    )
    cutout: int = Field(
        0,
        ge=0,
        le=512,
        title="Cutout",
        description="Side of the erased square in pixels; 0: none.",
        json_schema_extra=about("optimisation", clocked=True),
    )
    mixup: float = Field(
        0,
        ge=0,
        le=10,
        title="Mixup",
        description="Its alpha; 0: none. With cutmix, one of the two.",
        json_schema_extra=about("optimisation", clocked=True),
    )
    cutmix: float = Field(
        0,
        ge=0,
        le=10,
        title="CutMix",
        description="Its alpha; 0: none.",
        json_schema_extra=about("optimisation", clocked=True),
    )
    test_flip: StrictBool = Field(
        False,
        title="Flip at test time",
        description="Measure the mean prediction of each image and its mirror image.",
        json_schema_extra=about("data"),
    )
    val_fraction: float = Field(
        0,
        ge=0,
        le=0.5,
        title="Validation share",
        description="Share of the training set, stratified, that chooses the best epoch; 0: the data set's own"
        " validation images where it has some, else the test set.",
        json_schema_extra=about("data"),
    )
    train_limit: int | None = Field(
        None,
        ge=10,
        le=LARGEST,
        title="Training images",
        description="Train on a stratified subset of this size; empty: all.",
        json_schema_extra=about("data", short="images", unset="all"),
    )
    test_limit: int | None = Field(
        None,
        ge=10,
        le=LARGEST,
        title="Test images",
        description="Test on a stratified subset of this size; empty: all.",
        json_schema_extra=about("data", unset="all"),
    )
    train_eval_limit: int = Field(
        2000,
        ge=0,
        le=LARGEST,
        title="Training images measured in eval mode",
        description="Size of the fixed stratified part behind train_eval/*; 0 switches it off.",
        json_schema_extra=about("measurement"),
    )
    weights: Literal["random", "published"] = Field(
        "random",
        title="Starting weights",
        description="published: torchvision's own, for its networks, where the worker has the file; the last layer"
        " stays random when the classes are others.",
        json_schema_extra=about("data"),
    )
    seed: int = Field(
        0,
        ge=0,
        lt=2**31,
        title="Seed",
        description="Fixes weights, batch order and augmentation.",
        json_schema_extra=about("seed"),
    )
    precision: Literal["auto", "fp32", "bf16"] = Field(
        "auto",
        title="Precision",
        description="auto: bf16 autocast on a GPU that has it, else fp32.",
        json_schema_extra=about("speed", clocked=True),
    )
    compile: Literal["off", "on"] = Field(
        "off",
        title="torch.compile",
        description="GPU only: on CPUs it made these networks slower.",
        json_schema_extra=about("speed", clocked=True),
    )
    telemetry: tuple[Literal["layers", "classes", "steps", "system"], ...] = Field(
        ("layers", "classes", "steps", "system"),
        max_length=4,
        title="Telemetry",
        description="Kept beside the epochs' values: layer statistics, confusions, step losses, device load.",
        json_schema_extra=about("logging"),
    )

    @field_validator("*", mode="before")
    @classmethod
    def _numbers_are_numbers(cls, value: Any, info: ValidationInfo) -> Any:
        """JSON's 10.0 is a whole number; what pydantic would make of `true` or a text is not what anybody meant."""
        if isinstance(value, bool | str) and info.field_name and _is_number(cls.model_fields[info.field_name]):
            raise ValueError(f"give a number, not {'true or false' if isinstance(value, bool) else 'a text'}")
        return value


class RunSpec(RunFields):
    """One training run, flat. Unknown fields are refused, so that a misspelt one cannot be ignored silently; neither
    `true` nor a text passes for a number."""

    @model_validator(mode="after")
    def _fields_agree(self) -> Self:
        if any(later <= earlier for earlier, later in pairwise(self.milestones)):
            raise disagreement("milestones", list(self.milestones), "milestones must rise, for example [0.5, 0.75]")
        if self.warmup_epochs >= self.epochs:
            message = f"warmup_epochs ({self.warmup_epochs:g}) must be below epochs ({self.epochs})"
            raise disagreement("warmup_epochs", self.warmup_epochs, message)
        if self.train_limit is not None and self.batch_size > (left := self.train_limit - self._held_out()):
            images = f"train_limit {self.train_limit}"
            if left < self.train_limit:
                images += f" less val_fraction {self.val_fraction:g}"
            message = f"batch_size ({self.batch_size}) must not exceed the training images ({left}: {images})"
            raise disagreement("batch_size", self.batch_size, message)
        return self

    def _held_out(self) -> int:
        """Images of the limited training set that validation takes, at least."""
        return int(self.val_fraction * (self.train_limit or 0))


ABOUT = about_fields(RunSpec)
"""What each field is for."""

LOGGING = frozenset(name for name, each in ABOUT.items() if each.use == "logging")
"""Fields that change what is written down, not what is trained."""


def held_out(images: int, val_fraction: float) -> int:
    """How many of so many training images validation takes."""
    return round(val_fraction * images)


def _is_number(field: FieldInfo) -> bool:
    return not {int, float}.isdisjoint(get_args(field.annotation) or (field.annotation,))
