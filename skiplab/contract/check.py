"""The training check: one training step of a network on two images, as its card, the API and the trainer know it."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, WithJsonSchema

MemoryFormat = Literal["channels_last", "contiguous"]
ImageShape = Annotated[
    tuple[int, int, int],
    WithJsonSchema({"type": "array", "items": {"type": "integer"}, "minItems": 3, "maxItems": 3}),
]
"""Channels, height, width. As JSON Schema without a tuple, which tools read in several ways."""


def follow_classes(key: str) -> str:
    """What to do about a network that gives other logits than there are classes."""
    return f'build it for as many, such as model("{key}", lambda num_classes: Net(num_classes=num_classes))'


class TrainingCheck(BaseModel):
    """What came of one training step on two images of this shape, and what the network costs there."""

    image_shape: ImageShape = Field(description="Channels, height, width.")
    classes: int
    device: Literal["cpu", "cuda"] = "cpu"
    outcome: Literal["trains", "refused", "unknown"]
    reason: str | None = Field(None, description="Why it cannot be trained on such images, or why that is not known.")
    traceback: str | None = Field(None, description="Where the network's own code raised an error.")
    on_any_device: bool = Field(True, description="Whether another kind of device would not change the outcome.")
    memory_format: MemoryFormat = Field("channels_last", description="Of weights and images while it trains.")
    cast: bool = Field(False, description="Whether its weights are cast to float32 before it trains.")
    notes: list[str] = Field(default_factory=list, description="What was found and does not keep it from training.")
    resume: str | None = Field(
        None,
        description="`exact` where a resumed run computes what an unbroken one does, else why not. None: not tried.",
    )
    parameters: int | None = None
    flops: int | None = Field(None, description="Per image, forward, 2 x multiply-accumulate.")
    depth: int | None = None
