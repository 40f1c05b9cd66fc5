"""The training check: one training step of a network on two images, shared by card, API and trainer."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, WithJsonSchema

MemoryFormat = Literal["channels_last", "contiguous"]
ImageShape = Annotated[
    tuple[int, int, int],
    WithJsonSchema({"type": "array", "items": {"type": "integer"}, "minItems": 3, "maxItems": 3}),
]
"""Channels, height, width. An array of integers in the JSON Schema: tools disagree about tuples."""


def class_count_remedy(key: str) -> str:
    """Return the advice for a network whose number of logits differs from the number of classes."""
    return (
        f'build it with that many outputs, for example model("{key}", lambda num_classes: Net(num_classes=num_classes))'
    )


class TrainingCheck(BaseModel):
    """The outcome of one training step on two images, and parameters, FLOPs and depth at their shape."""

    image_shape: ImageShape = Field(description="Channels, height, width.")
    classes: int
    device: Literal["cpu", "cuda", "mps"] = "cpu"
    outcome: Literal["trains", "refused", "unknown"]
    reason: str | None = Field(None, description="Why it cannot be trained on such images, or why that is unknown.")
    traceback: str | None = Field(None, description="Traceback of an error raised by the network's own code.")
    on_any_device: bool = Field(True, description="Whether the outcome is the same on every kind of device.")
    memory_format: MemoryFormat = Field("channels_last", description="Memory format of weights and images in training.")
    cast: bool = Field(False, description="Whether its weights are cast to float32 before training.")
    notes: list[str] = Field(default_factory=list, description="Warnings that do not prevent training.")
    resume: str | None = Field(
        None,
        description="`exact` if a resumed run equals an uninterrupted one, otherwise why not; null: not checked.",
    )
    parameters: int | None = None
    flops: int | None = Field(None, description="Per image, forward, 2 x multiply-accumulate.")
    depth: int | None = None
