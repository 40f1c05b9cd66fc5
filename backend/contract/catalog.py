"""What workers announce: the networks they can build and the data sets they can load."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from backend.contract.check import MemoryFormat, TrainingCheck

Origin = Literal["built-in", "plugin", "torchvision"]
"""Where a network comes from; lists are in this order."""


class ModelCard(BaseModel):
    """A network on offer: what lists show of it. What is null has not been measured."""

    key: str
    label: str
    origin: Origin = "built-in"
    source: str | None = Field(
        None, description="The plugin's file or package, or the code and version that its numbers are of."
    )
    paper: str | None = None
    measured: bool = Field(
        False, description="Whether the numbers are there. torchvision's are taken when GET /models/{key} first asks."
    )
    image_shape: tuple[int, int, int] = Field((3, 32, 32), description="Measured at: channels, height, width.")
    classes: int = Field(10, description="Measured at so many classes.")
    parameters: int | None = Field(None, description="At `image_shape` and `classes`; a run has its own.")
    flops: int | None = Field(None, description="Per image, forward, 2 x multiply-accumulate.")
    depth: int | None = Field(
        None, description="Convolutions and linear layers on the longest way through, side gates such as SE left out."
    )
    smallest: int | None = Field(None, description="It needs images of at least so many pixels a side.")
    published_weights: str | None = Field(
        None, description="The file of published weights that the worker has found; null: none."
    )
    defaults: dict[str, Any] = Field(
        default_factory=dict, description="Fields of the spec that the network itself sets when nobody else does."
    )
    error: str | None = Field(None, description="Why it cannot be built: the plugin's traceback.")
    version: str | None = Field(
        None, description="Of the code that builds it: what training checks are cached by, with shape and classes."
    )
    fixed_classes: int | None = Field(
        None, description="It gives so many logits whatever the classes; null: as many as there are classes."
    )
    memory_format: MemoryFormat | None = Field(
        None, description="In which it trains, by the training check; null: not checked yet."
    )
    notes: list[str] = Field(default_factory=list, description="What the training check found, in sentences.")


class Layer(BaseModel):
    """One row of the layer table. The rows' parameters and FLOPs add up to the card's."""

    name: str = Field(description="Path in the module tree, such as `layer1.0.conv1`.")
    type: str
    output_shape: list[int] = Field(description="Without the batch; of the first call, where there are several.")
    parameters: int
    flops: int


class ModelDetails(ModelCard):
    """A network's whole card."""

    check: TrainingCheck | None = Field(None, description="One training step, tried at the card's shape and classes.")
    structure: str | None = Field(None, description="The module tree, as print(model) gives it.")
    layers: list[Layer] = Field(default_factory=list, description="In the order in which images pass through.")


class DatasetCard(BaseModel):
    key: str
    label: str
    classes: list[str] | None = Field(None, description="Class names; null until the data are here.")
    train_images: int | None = None
    test_images: int | None = None
    train_counts: list[int] | None = Field(None, description="Training images of each class, as `classes` has them.")
    test_counts: list[int] | None = Field(None, description="Test images of each class, likewise.")
    image_shape: tuple[int, int, int] | None = Field(None, description="Channels, height, width.")
    available: bool = Field(description="A run on it needs no download.")
    needs: str | None = Field(
        None, description="What the first run does before it trains, such as `a download of 170 MB`; null: nothing."
    )
    source: str = Field(description="Where the images come from, for people.")
    plugin: str | None = Field(None, description="The plugin's file or package, where it is a plugin's.")
    error: str | None = Field(None, description="Why it cannot be loaded: the plugin's traceback.")
