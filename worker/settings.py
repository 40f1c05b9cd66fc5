"""The worker's settings."""

from pydantic import Field

from backend.contract.settings import LabSettings


class WorkerSettings(LabSettings):
    """What the worker is called and how much it does at once, beside what it shares with the web process."""

    slots: int | None = Field(None, ge=1, le=64, description="Runs trained at once; default: one per GPU, or one.")
    worker_name: str = Field("", max_length=100, description="Default: the host's name.")
