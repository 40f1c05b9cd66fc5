"""A worker as everyone outside the database sees it."""

from datetime import datetime

from pydantic import BaseModel, Field


class Device(BaseModel):
    """One slot's device."""

    kind: str = Field(description="`cpu` or `cuda`.")
    name: str
    index: int = Field(description="Which of its kind; slots may share one.")


class Equipment(BaseModel):
    """What a machine has to train with."""

    devices: list[Device]
    driver: str | None = Field(description="NVIDIA's; null where there is none.")
    driver_cuda: str | None = Field(description="The newest CUDA that the driver can run.")
    torch: str | None
    torch_cuda: str | None = Field(description="What torch was built for; null: CPUs.")
    torch_problem: str | None = Field(None, description="Why torch cannot be imported.")


class Worker(BaseModel):
    id: int
    name: str
    online: bool
    draining: bool = Field(description="It finishes what it holds and takes no more.")
    devices: list[Device]
    runs: list[int] = Field(description="Ids of the runs it is training.")
    started_at: datetime
    seen_at: datetime
