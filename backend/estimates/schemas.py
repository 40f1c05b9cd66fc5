"""Answer of POST /estimate; its body is an experiment without its name."""

from typing import Literal

from pydantic import BaseModel, Field


class Estimate(BaseModel):
    runs: int
    seconds: float | None = Field(description="Until the last of them is done, if nothing else waits; null: unknown.")
    slots: int = Field(description="Devices that share the work.")
    basis: Literal["measured", "flops", "unknown"] = Field(
        description="measured: every network has trained here on such images; flops: some were estimated from FLOPs."
    )
