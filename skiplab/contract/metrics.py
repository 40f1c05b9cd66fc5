"""The quantities that every run measures: their keys, and title, unit, bounds and direction of each."""

from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import Field, GetJsonSchemaHandler

from skiplab.contract.quantities import Better, Part, Quantity, Unit


def _loss(part: Part, title: str) -> Quantity:
    note = "Mean cross-entropy" + (" of the augmented batches, while the weights change." if part == "train" else ".")
    return Quantity(key=f"{part}/loss", title=title, unit="nats", better="lower", part=part, note=note)


def _accuracy(part: Part, title: str) -> Quantity:
    return _fraction(f"{part}/accuracy", title, "higher", part)


def _fraction(key: str, title: str, better: Better, part: Part | None = None, *, note: str = "") -> Quantity:
    return Quantity(key=key, title=title, unit="fraction", better=better, part=part, lowest=0.0, highest=1.0, note=note)


def _other(key: str, title: str, unit: Unit = "none", better: Better = "none", *, note: str = "") -> Quantity:
    return Quantity(key=key, title=title, unit=unit, better=better, note=note)


class Metric(StrEnum):
    """Key of a quantity with one value per run and epoch; `quantity` describes it."""

    _value_: str
    quantity: Quantity

    def __new__(cls, quantity: Quantity | str) -> Self:
        assert isinstance(quantity, Quantity), "keys are looked up among the members; only quantities get here"
        member = str.__new__(cls, quantity.key)
        member._value_, member.quantity = quantity.key, quantity
        return member

    TRAIN_LOSS = _loss("train", "Training loss (mean over the epoch)")
    TRAIN_ACCURACY = _accuracy("train", "Training accuracy (mean over the epoch)")
    TRAIN_EVAL_LOSS = _loss("train_eval", "Training loss (eval mode)")
    TRAIN_EVAL_ACCURACY = _accuracy("train_eval", "Training accuracy (eval mode)")
    VAL_LOSS = _loss("val", "Validation loss")
    VAL_ACCURACY = _accuracy("val", "Validation accuracy")
    TEST_LOSS = _loss("test", "Test loss")
    TEST_ACCURACY = _accuracy("test", "Test accuracy")
    TEST_TOP5 = _fraction("test/top5", "Top-5 test accuracy", "higher", "test")
    TEST_CALIBRATION_ERROR = _fraction(
        "test/ece", "Expected calibration error (test)", "lower", "test", note="Over 15 bins of equal width."
    )
    GAP = Quantity(
        key="gap",
        title="Generalisation gap",
        unit="fraction",
        difference=True,
        better="lower",
        lowest=-1.0,
        highest=1.0,
        note="Training accuracy in eval mode minus test accuracy.",
    )
    BEST_ACCURACY = _fraction(
        "best/accuracy", "Best accuracy (running max)", "higher", note="On the set that selects the best epoch."
    )
    LEARNING_RATE = _other("lr", "Learning rate")
    GRADIENT_NORM = _other(
        "grad/norm",
        "Gradient norm",
        note="Global L2 norm over all parameters before clipping; mean over the sampled steps.",
    )
    EPOCH_SECONDS = _other("time/epoch", "Seconds per epoch", "seconds", "lower")
    EVALUATION_SECONDS = _other("time/evaluation", "Seconds per evaluation", "seconds", "lower")
    IMAGES_PER_SECOND = _other("speed/images_per_second", "Images per second", "images per second", "higher")
    PEAK_MEMORY = _other(
        "system/peak_memory",
        "Peak memory (bytes)",
        "bytes",
        "lower",
        note="Allocated on the GPU; on a CPU, resident memory of the trainer process.",
    )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Add the quantities to the API document, from which the page reads them."""
        return {
            **handler(schema),
            "x-enum-descriptions": [key.quantity.title for key in cls],
            "x-quantities": [quantity.model_dump() for quantity in QUANTITIES],
        }


QuantityKey = Annotated[Metric | Annotated[str, Field(max_length=200)], Field(union_mode="left_to_right")]
"""One of the lab's own, or the key of a plugin's metric: which ones there are, the database knows."""

STEP_LOSS = "step/loss"
"""Sampled inside epochs, at most about five a second; only in answers that ask for it by name."""

QUANTITIES = (
    *(key.quantity for key in Metric),
    Quantity(
        key=STEP_LOSS,
        title="Training loss (per step)",
        unit="nats",
        better="lower",
        part="train",
        note="Cross-entropy of one batch, sampled at most about five times a second.",
    ),
)
"""All quantities of the lab, in the order in which they are listed."""
