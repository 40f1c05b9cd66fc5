"""The web process's settings."""

import ipaddress
from typing import Any, Self

from pydantic import Field, model_validator

from backend.contract.settings import BadSetting, LabSettings

__all__ = ["BadSetting", "Settings", "load_settings"]


class Settings(LabSettings):
    """Where the service listens, beside what it shares with the worker."""

    host: str = Field("127.0.0.1", description="Where the service listens.")
    port: int = Field(8000, ge=1, le=65535, description="The port it listens on.")
    trusted_network: bool = Field(
        False, description="Allow a host that is not loopback although there is no sign-in; for containers."
    )

    @model_validator(mode="after")
    def _loopback_only(self) -> Self:
        if not self.trusted_network and not _is_loopback(self.host):
            raise ValueError(
                f"SKIPLAB_HOST is {self.host!r}, which is not loopback, and the lab has no sign-in yet: anyone who"
                " reaches it could start runs. Use 127.0.0.1, or set SKIPLAB_TRUSTED_NETWORK=1 where something else"
                " keeps the door."
            )
        return self


def load_settings(**overrides: Any) -> Settings:
    """Settings from the environment; `overrides` that are not None go first. Raises BadSetting."""
    return Settings.load(**overrides)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
