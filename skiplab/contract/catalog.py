"""The catalogue: networks that workers can build and data sets that they can load."""

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
    """A network as shown in lists. Null values have not been measured."""

    model_config = ConfigDict(json_schema_extra={"x-palette": palette.served()})

    key: str
    label: str
    origin: Origin = "built-in"
    source: str | None = Field(
        None, description="The plugin's file or package, or the code and version that its numbers are of."
    )
    paper: str | None = None
    measured: bool = Field(
        False,
        description="Whether parameters, FLOPs and depth are known. torchvision's are measured on GET /models/{key}.",
    )
    image_shape: ImageShape = Field((3, 32, 32), description="Measured at this shape: channels, height, width.")
    classes: int = Field(10, description="Measured with this number of classes.")
    parameters: int | None = Field(None, description="At `image_shape` and `classes`; a run has its own.")
    flops: int | None = Field(None, description="Per image, forward, 2 x multiply-accumulate.")
    depth: int | None = Field(
        None, description="Convolutions and linear layers on the longest path, without gates such as SE."
    )
    smallest: int | None = Field(None, description="Minimum image size in pixels per side.")
    published_weights: str | None = Field(
        None, description="File of pretrained weights found by the worker; null: none."
    )
    defaults: dict[str, Any] = Field(
        default_factory=dict, description="The network's own defaults for fields of the spec."
    )
    error: str | None = Field(
        None, description="Why it cannot be built: the plugin's traceback, and as its last line one sentence."
    )
    inspecting: bool = Field(False, description="Whether its plugin is new or has changed and is being inspected.")
    version: str | None = Field(
        None, description="Version of its code; training checks are cached by it, image shape and classes."
    )
    fixed_classes: int | None = Field(
        None, description="Number of logits, if fixed; null: equal to the number of classes."
    )
    memory_format: MemoryFormat | None = Field(
        None, description="Memory format for training, by the training check; null: not checked yet."
    )
    notes: list[str] = Field(default_factory=list, description="Findings of the training check.")


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
    layers: list[Layer] = Field(default_factory=list, description="In forward order.")
    blocks: list[Block] | None = Field(
        None, description="For block diagrams; null: the wiring could not be recorded reliably."
    )
    blocks_note: str | None = Field(None, description="Why blocks are missing; null: they are complete.")


class DatasetCard(BaseModel):
    """A data set as shown in lists, in one version."""

    key: str
    label: str
    classes: list[str] | None = Field(None, description="Class names; null until downloaded.")
    train_images: int | None = None
    test_images: int | None = None
    train_counts: list[int] | None = Field(None, description="Training images of each class, as `classes` has them.")
    test_counts: list[int] | None = Field(None, description="Test images of each class, likewise.")
    val_images: int | None = Field(
        None, description="Images of its own validation set, on which runs with val_fraction 0 select the best epoch."
    )
    val_counts: list[int] | None = Field(None, description="Validation images of each class, likewise.")
    image_shape: ImageShape | None = Field(None, description="Channels, height, width.")
    available: bool = Field(description="Whether a run on it needs no download.")
    needs: str | None = Field(
        None, description="What the first run does before it trains, such as `a download of 163 MiB`; null: nothing."
    )
    source: str = Field(description="Where the images come from.")
    plugin: str | None = Field(None, description="The plugin's file or package, where it is a plugin's.")
    notes: list[str] = Field(
        default_factory=list,
        description="How the splits of an import were made and what was left out; how a plugin's data were converted.",
    )
    error: str | None = Field(
        None, description="Why it cannot be loaded: the plugin's traceback, and as its last line one sentence."
    )
    inspecting: bool = Field(False, description="Whether its plugin has changed and is being inspected.")
    version: int | None = Field(
        None, description="Incremented by each import under the same key; null until downloaded."
    )
    sha256: str | None = Sha256
    provenance: Provenance | None = Field(
        None,
        description="`verified`: the published archive, checked against the published checksum; `unverified`: imported"
        " under the key of a published data set, not verified; `imported`: a user's own images; `generated` by the"
        " lab; loaded by a `plugin`; null until downloaded.",
    )


class RunData(BaseModel):
    """The data set version that a run trains on."""

    version: int
    sha256: str | None = Sha256
    provenance: Provenance | None


class DatasetVersion(RunData):
    """One version of a data set; kept after its images are deleted, since runs refer to it."""

    classes: list[str] | None
    train_images: int | None
    test_images: int | None
    train_counts: list[int] | None
    test_counts: list[int] | None
    image_shape: ImageShape | None
    source: str
    created_at: datetime
    deleted_at: datetime | None = Field(description="When its images were deleted; null: not deleted.")


def version_in_words(number: int | None, sha256: str | None) -> str:
    """Return the name of a version in messages and labels, such as `version 2 (1a2b3c4d)`."""
    if number is None:
        return "an unknown version"
    return f"version {number}" + (f" ({sha256[:8]})" if sha256 else "")
