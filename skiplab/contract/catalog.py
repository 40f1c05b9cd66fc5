"""What workers announce: the networks they can build and the data sets they can load."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from skiplab.contract import palette
from skiplab.contract.check import ImageShape, MemoryFormat, TrainingCheck

Origin = Literal["built-in", "plugin", "torchvision"]
"""Where a network comes from; lists are in this order."""

Provenance = Literal["verified", "unverified", "imported", "generated", "plugin"]
"""Where the images of a data set are from, and so how far its key says what they are: a published archive, checked
against the published checksum; imported under the key of a published data set, and not verified; somebody's own images;
made by the lab; loaded by a plugin."""

Sha256 = Field(None, description="Of pixels, labels, classes, splits and shape; null while it is not computed yet.")


class ModelCard(BaseModel):
    """A network on offer: what lists show of it. What is null has not been measured."""

    model_config = ConfigDict(json_schema_extra={"x-palette": palette.served()})

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
    image_shape: ImageShape = Field((3, 32, 32), description="Measured at: channels, height, width.")
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
    error: str | None = Field(
        None, description="Why it cannot be built: the plugin's traceback, and as its last line one sentence."
    )
    inspecting: bool = Field(
        False, description="Its plugin is new or has changed, and what it offers now is being found out."
    )
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


BlockNodeKind = Literal["input", "layer", "block", "add", "multiply", "concat", "split", "operation", "output"]


class BlockNode(BaseModel):
    """One operation of a block, and where its inputs come from."""

    kind: BlockNodeKind = Field(
        description="layer: reads a weight of two dimensions or more; add, multiply, concat: of several tensors that"
        " depend on the images; split: gives a part of a tensor; block: another block of the network; operation:"
        " anything else that changes the number of elements, such as a pool."
    )
    type: str = Field("", description="Class of the module, such as `Conv2d`, or name of torch's function.")
    name: str = Field("", description="Path of its module in the module tree.")
    shape: list[int] = Field(description="Of its output, without the batch.")
    inputs: list[int] = Field(default_factory=list, description="Indices of nodes before this one.")
    kernel: list[int] | None = Field(None, description="Of convolutions and pools, such as height and width.")
    stride: list[int] | None = Field(None, description="Likewise.")
    groups: int | None = Field(None, description="Of convolutions; as many as there are channels: depthwise.")


class Block(BaseModel):
    """A unit that a network repeats, or the whole network, as one evaluation was recorded. Normalisation, activations
    and changes of shape alone are left out."""

    name: str = Field(description="Path in the module tree, such as `layer1.0`; empty: the whole network.")
    type: str = Field(description="Class of its module.")
    repeats: int = Field(1, description="How many in a row are wired alike, with layers of the same sizes.")
    nodes: list[BlockNode] = Field(description="In the order in which they are evaluated.")


class ModelDetails(ModelCard):
    """A network's whole card."""

    check: TrainingCheck | None = Field(None, description="One training step, tried at the card's shape and classes.")
    structure: str | None = Field(None, description="The module tree, as print(model) gives it.")
    layers: list[Layer] = Field(default_factory=list, description="In the order in which images pass through.")
    blocks: list[Block] | None = Field(
        None, description="For block diagrams; null: how the network is wired is not known for certain."
    )
    blocks_note: str | None = Field(
        None, description="Why there are no blocks, or which were left out; null: they are all there."
    )


class DatasetCard(BaseModel):
    key: str
    label: str
    classes: list[str] | None = Field(None, description="Class names; null until the data are here.")
    train_images: int | None = None
    test_images: int | None = None
    train_counts: list[int] | None = Field(None, description="Training images of each class, as `classes` has them.")
    test_counts: list[int] | None = Field(None, description="Test images of each class, likewise.")
    val_images: int | None = Field(
        None, description="Images of its own validation set, which runs with val_fraction 0 choose the best epoch on."
    )
    val_counts: list[int] | None = Field(None, description="Validation images of each class, likewise.")
    image_shape: ImageShape | None = Field(None, description="Channels, height, width.")
    available: bool = Field(description="A run on it needs no download.")
    needs: str | None = Field(
        None, description="What the first run does before it trains, such as `a download of 163 MiB`; null: nothing."
    )
    source: str = Field(description="Where the images come from, for people.")
    plugin: str | None = Field(None, description="The plugin's file or package, where it is a plugin's.")
    notes: list[str] = Field(
        default_factory=list,
        description="How an import's sets were made and what was left out; how a plugin's data were read where the form"
        " was not the lab's own.",
    )
    error: str | None = Field(
        None, description="Why it cannot be loaded: the plugin's traceback, and as its last line one sentence."
    )
    inspecting: bool = Field(False, description="Its plugin has changed, and what it offers now is being found out.")
    version: int | None = Field(
        None, description="An import under a used key makes the next one; null until the data are here."
    )
    sha256: str | None = Sha256
    provenance: Provenance | None = Field(
        None,
        description="`verified`: the published archive, checked against the published checksum; `unverified`: imported"
        " under the key of a published data set, not verified; `imported`: somebody's own images; `generated` by the"
        " lab; loaded by a `plugin`; null until the data are here.",
    )


class RunData(BaseModel):
    """The version of its data set that a run trains on."""

    version: int
    sha256: str | None = Sha256
    provenance: Provenance | None


class DatasetVersion(RunData):
    """One version of a data set. It stays known after its images were deleted: runs name it."""

    classes: list[str] | None
    train_images: int | None
    test_images: int | None
    train_counts: list[int] | None
    test_counts: list[int] | None
    image_shape: ImageShape | None
    source: str
    created_at: datetime
    deleted_at: datetime | None = Field(description="When its images were deleted; null: they were not.")


def version_in_words(number: int | None, sha256: str | None) -> str:
    """As messages and labels name a version."""
    if number is None:
        return "an unknown version"
    return f"version {number}" + (f" ({sha256[:8]})" if sha256 else "")
