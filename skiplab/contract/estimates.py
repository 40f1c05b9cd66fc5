"""Response model of POST /estimate; the request is an experiment without its name."""

from typing import Literal

from pydantic import BaseModel, Field


class Estimate(BaseModel):
    runs: int
    seconds: float | None = Field(description="Until the last run ends, if nothing else is queued; null: unknown.")
    slots: int = Field(description="Devices of online workers that share the work.")
    basis: Literal["measured", "flops", "unknown"] = Field(
        description="measured: every network has trained at this image size; flops: some are estimated from FLOPs."
    )
