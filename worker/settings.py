"""The worker's settings."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from skiplab.contract.settings import LabSettings


class WorkerSettings(LabSettings):
    """Settings of the worker, beside those that it shares with the backend."""

    # Compose passes unset variables as empty strings.
    model_config = SettingsConfigDict(env_ignore_empty=True)

    slots: int | None = Field(None, ge=1, le=64, description="Runs trained at once; default: one per GPU, or one.")
    worker_name: str = Field("", max_length=100, description="Default: the host's name.")
