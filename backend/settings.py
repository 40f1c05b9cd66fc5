"""Every setting of the lab in one frozen object. A bad value refuses to start and says which one it was."""

import ipaddress
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class BadSetting(Exception):
    """A setting cannot be used; the message names it, its value and what is allowed."""


class Settings(BaseSettings):
    """Read from `SKIPLAB_*` in the environment; the field `home` is SKIPLAB_HOME, and so on."""

    model_config = SettingsConfigDict(env_prefix="SKIPLAB_", frozen=True)

    home: Path = Field(Path("data"), description="Everything the lab writes is under this folder.")
    database_url: str = Field("", description="Default: SQLite in the home folder.")
    broker_url: str = Field("", description="Default: the embedded broker that `skiplab up` starts.")
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=1, le=65535)
    trusted_network: bool = Field(
        False, description="Allow a host that is not loopback although there is no sign-in; for containers."
    )
    slots: int | None = Field(None, ge=1, le=64, description="Runs trained at once; default: one per GPU, or one.")
    worker_name: str = Field("", max_length=100, description="Default: the host's name.")

    @field_validator("home")
    @classmethod
    def _absolute(cls, home: Path) -> Path:
        return home.expanduser().resolve()

    @model_validator(mode="after")
    def _loopback_only(self) -> Self:
        if not self.trusted_network and not _is_loopback(self.host):
            raise ValueError(
                f"host {self.host!r} is not loopback, and the lab has no sign-in yet: anyone who reaches it could"
                " start runs. Use 127.0.0.1, or set SKIPLAB_TRUSTED_NETWORK=1 where something else keeps the door"
            )
        return self

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.home / 'skiplab.db'}"


def load_settings(**overrides: Any) -> Settings:
    """Settings from the environment, `overrides` first.

    Raises BadSetting: one line per wrong value.
    """
    if "SKIPLAB_TOKEN" in os.environ:
        # Silently taking a token that nothing checks would be a lie about safety.
        raise BadSetting("SKIPLAB_TOKEN is set, but sign-in is not built yet: unset it, and keep the lab on loopback.")
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})
    except ValidationError as error:
        raise BadSetting("\n".join(_line(problem) for problem in error.errors())) from None


def _line(problem: Mapping[str, Any]) -> str:
    if not problem["loc"]:
        return str(problem["msg"]).removeprefix("Value error, ")
    name = "SKIPLAB_" + "_".join(str(part) for part in problem["loc"]).upper()
    return f"{name} is {problem['input']!r}: {problem['msg']}."


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
