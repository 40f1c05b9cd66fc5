"""The worker's settings."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from skiplab.contract.settings import LabSettings


class WorkerSettings(LabSettings):
    """Settings of the worker, beside those that it shares with the backend."""

    # Compose passes unset variables as empty strings.
    model_config = SettingsConfigDict(env_ignore_empty=True)

    slots: int | None = Field(None, ge=1, le=64, description="Runs trained at once; default: one per GPU, or one.")
    standby_idle_seconds: float | None = Field(
        None,
        ge=0,
        description="Seconds without a run after which a slot stops its standby trainer; 0: none. Default: never.",
    )
    worker_name: str = Field("", max_length=100, description="Default: the host's name.")
