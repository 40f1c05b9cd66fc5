"""What is kept of a run beside its curves: layers, confusions and mistakes, the device's load, the log."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field


class LayerStat(BaseModel):
    """One layer or block in one epoch: root mean squares over its sampled steps. Epoch 0 is the run's first step,
    whose gradients are those of the initial weights."""

    epoch: int
    place: int = Field(description="Order in the network, from 0.")
    name: str
    kind: Literal["layer", "block"] = Field(
        description="layer: has a weight matrix or kernel. block: a unit that the network repeats, as residual ones."
    )
    grad_rms: float | None = Field(None, description="Of one weight's gradient.")
    grad_norm: float | None = Field(None, description="Of the whole weight's gradient.")
    weight_norm: float | None = None
    update_ratio: float | None = Field(None, description="Norm of a step's change by the norm of the weight.")
    input_rms: float | None = Field(None, description="Of what the layer is fed.")
    dead_share: float | None = Field(
        None, description="Share of input channels that are zero over a whole batch: units behind a ReLU that are dead."
    )
    output_grad_rms: float | None = Field(None, description="Of the loss's gradient at the output, per batch.")


class Mistake(BaseModel):
    """A test image that the network takes, with confidence, for something else."""

    image: int = Field(description="Place in the test set, from 0.")
    label: int
    predicted: int
    confidence: float = Field(description="Softmax of the predicted class.")


class Confusion(BaseModel):
    """What the test images of each class were taken for."""

    epoch: int
    counts: list[list[int]] = Field(description="Row: the true class. Column: the predicted one.")


class SystemSample(BaseModel):
    """The load while the run trained; null where this machine cannot say."""

    time: datetime
    cpu: float | None = Field(None, description="Busy share of all cores, 0..1.")
    memory: int | None = Field(None, description="Bytes that the trainer holds.")
    gpu: float | None = Field(None, description="Busy share of the device, 0..1.")
    gpu_memory: int | None = Field(None, description="Bytes in use on the device, by anyone.")


class LogLine(BaseModel):
    id: int
    time: datetime
    attempt: int
    level: str
    text: str


class Artifact(BaseModel):
    """A file of a run, under `runs/` in the lab's home."""

    path: str
    kind: Literal["checkpoint", "best"]
    attempt: int
    epoch: int
    step: int
    bytes: int
    sha256: str
    created_at: datetime
