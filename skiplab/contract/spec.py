"""The run spec: every hyperparameter of one run, shared by validation, form, stored JSON and worker."""

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

from skiplab.contract import choices
from skiplab.contract.disagreement import disagreement
from skiplab.contract.fields import about, about_fields, notes_of

KEY_PATTERN = r"^[a-z0-9][a-z0-9_.\-]*$"
KEY_IN_WORDS = "use a-z, 0-9, '_', '.' and '-', and begin with a letter or a digit"
Key = Annotated[str, Field(pattern=KEY_PATTERN, max_length=64)]
LARGEST = 2**31 - 1
"""Default upper bound of integers: the largest 32-bit integer, exact in every database and in JavaScript."""
Augmentation = Literal["none", "crop_flip", "trivial"]


class RunFields(BaseModel):
    """The fields of a run spec, each validated by itself.

    Unknown fields are refused, so that a misspelt one is not silently ignored; booleans and strings are not coerced to
    numbers.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: Key = Field(
        title="Network",
        description="Key of a network, as listed by GET /models.",
        json_schema_extra=about("network", clocked=False),
    )
    dataset: Key = Field(
        title="Data set",
        description="Key of a data set, as listed by GET /datasets.",
        json_schema_extra=about("data", clocked=False),
    )
    epochs: int = Field(
        10,
        ge=1,
        le=1000,
        title="Epochs",
        description="Passes over the training set.",
        json_schema_extra=about("budget", clocked=False, first=True),
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
        "sgd",
        title="Optimiser",
        json_schema_extra=about("optimisation", clocked=False, first=True, choices=choices.OPTIMIZER),
    )
    learning_rate: float = Field(
        0.1,
        gt=0,
        le=10,
        title="Learning rate",
        description="The schedule's peak rate.",
        json_schema_extra=about("optimisation", clocked=False, short="lr", first=True),
    )
    momentum: float = Field(
        0.9,
        ge=0,
        lt=1,
        title="Momentum",
        description="SGD only.",
        json_schema_extra=about("optimisation", clocked=False),
    )
    nesterov: StrictBool = Field(
        True,
        title="Nesterov momentum",
        description="SGD only; no effect at momentum 0.",
        json_schema_extra=about("optimisation", clocked=False),
    )
    weight_decay: float = Field(
        5e-4,
        ge=0,
        le=1,
        title="Weight decay",
        json_schema_extra=about("optimisation", clocked=False, short="decay", first=True),
    )
    decay: Literal["all", "weights"] = Field(
        "all",
        title="Weight decay applies to",
        description=notes_of(choices.DECAY),
        json_schema_extra=about("optimisation", clocked=False, choices=choices.DECAY),
    )
    schedule: Literal["constant", "step", "cosine", "onecycle"] = Field(
        "onecycle",
        title="Schedule",
        description="Learning-rate schedule.",
        json_schema_extra=about("optimisation", clocked=False, first=True, choices=choices.SCHEDULE),
    )
    warmup_epochs: float = Field(
        0,
        ge=0,
        le=100,
        title="Warm-up",
        description="Epochs of linear warm-up to the peak rate (one-cycle has its own).",
        json_schema_extra=about("optimisation", clocked=False),
    )
    milestones: tuple[Annotated[StrictFloat, Field(gt=0, lt=1)], ...] = Field(
        (0.5, 0.75),
        max_length=8,
        title="Milestones",
        description="Step schedule: LR is divided by 10 at these fractions of training.",
        json_schema_extra=about("optimisation", clocked=False),
    )
    label_smoothing: float = Field(
        0, ge=0, lt=1, title="Label smoothing", json_schema_extra=about("optimisation", clocked=False)
    )
    clip_norm: float | None = Field(
        None,
        gt=0,
        le=1e6,
        title="Gradient clipping",
        description="Max gradient norm (global). Empty: no clipping.",
        json_schema_extra=about("optimisation", clocked=False),
    )
    ema: float | None = Field(
        None,
        gt=0,
        lt=1,
        title="EMA of weights",
        description="Decay, such as 0.999. Evaluation uses the EMA weights. Empty: off.",
        json_schema_extra=about("optimisation", clocked=True),
    )
    patience: int | None = Field(
        None,
        ge=1,
        le=LARGEST,
        title="Early stopping patience",
        description="Epochs without improvement in accuracy. Empty: disabled.",
        json_schema_extra=about("budget", clocked=False),
    )
    augment: Augmentation = Field(
        "crop_flip",
        title="Augmentation",
        description=notes_of(choices.AUGMENT),
        json_schema_extra=about("optimisation", clocked=True, first=True, choices=choices.AUGMENT),
    )
    cutout: int = Field(
        0,
        ge=0,
        le=512,
        title="Cutout",
        description="Mask size in pixels; 0 disables.",
        json_schema_extra=about("optimisation", clocked=True),
    )
    mixup: float = Field(
        0,
        ge=0,
        le=10,
        title="Mixup",
        description="Alpha; 0 disables. With CutMix, one is chosen per batch.",
        json_schema_extra=about("optimisation", clocked=True),
    )
    cutmix: float = Field(
        0,
        ge=0,
        le=10,
        title="CutMix",
        description="Alpha; 0 disables.",
        json_schema_extra=about("optimisation", clocked=True),
    )
    test_flip: StrictBool = Field(
        False,
        title="Horizontal-flip TTA",
        description="Averages predictions over the image and its mirror.",
        json_schema_extra=about("data", clocked=False),
    )
    val_fraction: float = Field(
        0,
        ge=0,
        le=0.5,
        title="Validation fraction",
        description="Stratified fraction of the training set on which the best epoch is selected. 0: the data set's own"
        " validation images where it has some; otherwise the best epoch is selected on the test set.",
        json_schema_extra=about("data", clocked=False),
    )
    train_limit: int | None = Field(
        None,
        ge=10,
        le=LARGEST,
        title="Training images",
        description="Train on a stratified subset of this size. Empty: all.",
        json_schema_extra=about("data", clocked=False, short="images", unset="all", subset_of="training images"),
    )
    test_limit: int | None = Field(
        None,
        ge=10,
        le=LARGEST,
        title="Test images",
        description="Evaluate on a stratified subset of this size. Empty: all.",
        json_schema_extra=about("data", clocked=False, unset="all", subset_of="test images"),
    )
    train_eval_limit: int = Field(
        2000,
        ge=0,
        le=LARGEST,
        title="Train-eval subset size",
        description="Training images evaluated in eval mode for train_eval/*, a fixed stratified subset. 0 disables.",
        json_schema_extra=about("measurement", clocked=False),
    )
    weights: Literal["random", "published"] = Field(
        "random",
        title="Pretrained weights",
        description=notes_of(choices.WEIGHTS),
        json_schema_extra=about("data", clocked=False, choices=choices.WEIGHTS),
    )
    seed: int = Field(
        0,
        ge=0,
        lt=2**31,
        title="Seed",
        description="Seeds initialisation, shuffling and augmentation.",
        json_schema_extra=about("seed", clocked=False),
    )
    precision: Literal["auto", "fp32", "bf16"] = Field(
        "auto",
        title="Precision",
        description=notes_of(choices.PRECISION),
        json_schema_extra=about("speed", clocked=True, choices=choices.PRECISION),
    )
    compile: Literal["off", "on"] = Field(
        "off",
        title="torch.compile",
        description=notes_of(choices.COMPILE),
        json_schema_extra=about("speed", clocked=True, choices=choices.COMPILE),
    )
    telemetry: tuple[Literal["layers", "classes", "steps", "system"], ...] = Field(
        ("layers", "classes", "steps", "system"),
        max_length=4,
        title="Telemetry",
        description="Extra logging besides metrics.",
        json_schema_extra=about("logging", clocked=False, choices=choices.TELEMETRY),
    )

    @field_validator("*", mode="before")
    @classmethod
    def _numbers_are_numbers(cls, value: Any, info: ValidationInfo) -> Any:
        """Refuse booleans and strings, which pydantic would coerce; JSON's 10.0 stays a valid integer."""
        if isinstance(value, bool | str) and info.field_name and _is_number(cls.model_fields[info.field_name]):
            raise ValueError(f"expected a number, got a {'boolean' if isinstance(value, bool) else 'string'}")
        return value


class RunSpec(RunFields):
    """The configuration of one training run, validated across fields too."""

    @model_validator(mode="after")
    def _fields_agree(self) -> Self:
        if any(later <= earlier for earlier, later in pairwise(self.milestones)):
            raise disagreement("milestones", list(self.milestones), "milestones must increase, for example [0.5, 0.75]")
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
        """Return the minimum number of images of the limited training set that validation takes."""
        return int(self.val_fraction * (self.train_limit or 0))


ABOUT = about_fields(RunSpec)
"""Metadata of each field."""

NOT_SETTINGS = frozenset(name for name, each in ABOUT.items() if not each.sets_apart)
"""Fields in which runs of the same settings may differ."""

LOGGING = frozenset(name for name, each in ABOUT.items() if each.use == "logging")
"""Fields that affect what is recorded but not training."""


def held_out(images: int, val_fraction: float) -> int:
    """Return how many of `images` training images are held out for validation."""
    return round(val_fraction * images)


def images_per_epoch(spec: RunSpec, available: int) -> int:
    """Return how many images one epoch trains on, for a data set with `available` training images."""
    whole = min(spec.train_limit or available, available)
    return whole - held_out(whole, spec.val_fraction)


def _is_number(field: FieldInfo) -> bool:
    return not {int, float}.isdisjoint(get_args(field.annotation) or (field.annotation,))
