"""Records of a run besides its metrics: layer statistics, confusion matrices, errors, system load, log, artifacts."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field


class LayerStat(BaseModel):
    """One layer or block in one epoch, as root mean squares over the sampled steps.

    Epoch 0 is the run's first step, with the gradients at the initial weights.
    """

    epoch: int
    place: int = Field(description="Index in forward order, from 0.")
    name: str
    kind: Literal["layer", "block"] = Field(
        description="layer: has a weight matrix or kernel. block: a repeated unit, such as a residual block."
    )
    grad_rms: float | None = Field(None, description="RMS of the weight gradient over its elements.")
    grad_norm: float | None = Field(None, description="L2 norm of the weight gradient.")
    weight_norm: float | None = Field(None, description="L2 norm of the weight.")
    update_ratio: float | None = Field(None, description="L2 norm of one step's update divided by that of the weight.")
    input_rms: float | None = Field(None, description="RMS of the layer's input.")
    dead_share: float | None = Field(
        None, description="Fraction of input channels that are zero over a whole batch: dead ReLU units."
    )
    output_grad_rms: float | None = Field(None, description="RMS of the gradient of the batch loss at the output.")


class Mistake(BaseModel):
    """A confidently misclassified test image."""

    image: int = Field(description="Index in the test set, from 0.")
    label: int
    predicted: int
    confidence: float = Field(description="Softmax of the predicted class.")


class Confusion(BaseModel):
    """Confusion matrix of the test set after one epoch."""

    epoch: int
    counts: list[list[int]] = Field(description="Images by true class (row) and predicted class (column).")


class SystemSample(BaseModel):
    """System load during training; null where it cannot be measured."""

    time: datetime
    cpu: float | None = Field(None, description="Utilisation of all cores, by all processes, from 0 to 1.")
    memory: int | None = Field(None, description="Resident memory of the trainer, in bytes.")
    gpu: float | None = Field(None, description="Utilisation of the device, from 0 to 1.")
    gpu_memory: int | None = Field(None, description="Device memory in use by all processes, in bytes.")


class LogLine(BaseModel):
    id: int
    time: datetime
    attempt: int
    level: str
    text: str


ArtifactKind = Literal["checkpoint", "best", "image", "table", "histogram", "file"]
"""The last four are saved by clients."""


class Artifact(BaseModel):
    """A file of a run, stored under `runs/` in the lab's home."""

    path: str
    kind: ArtifactKind
    attempt: int
    epoch: int
    step: int
    bytes: int
    sha256: str
    created_at: datetime


class LogPage(BaseModel):
    items: list[LogLine]
    next_after: int | None = Field(description="`after` of the next page; null at the end.")
