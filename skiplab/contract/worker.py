"""A worker and its devices, in API responses and events."""

from datetime import datetime

from pydantic import BaseModel, Field


class Device(BaseModel):
    """The device of one slot."""

    kind: str = Field(description="`cpu`, `cuda` or `mps` (Apple silicon).")
    name: str
    index: int = Field(description="Index among the devices of its kind; slots may share a device.")


class Equipment(BaseModel):
    """A machine's devices, driver and PyTorch build."""

    devices: list[Device]
    driver: str | None = Field(description="Version of the NVIDIA driver; null: none.")
    driver_cuda: str | None = Field(description="The newest CUDA version that the driver supports.")
    torch: str | None
    torch_cuda: str | None = Field(description="The CUDA version that torch was built for; null: a CPU build.")
    torch_problem: str | None = Field(None, description="Why torch cannot be imported.")


class Worker(BaseModel):
    id: int
    name: str
    online: bool
    draining: bool = Field(description="It finishes its current runs and accepts no new ones.")
    devices: list[Device]
    runs: list[int] = Field(description="Ids of the runs that it is training.")
    started_at: datetime
    seen_at: datetime


class WorkerList(BaseModel):
    items: list[Worker]
