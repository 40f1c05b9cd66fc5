"""The web process's settings."""

import ipaddress
import re
from typing import Any

from pydantic import Field, SecretStr, field_validator

from backend.middleware.host_names import host_name
from skiplab.contract.settings import BadSetting, LabSettings

__all__ = ["LOOPBACK_NAMES", "BadSetting", "Settings", "load_settings"]

LOOPBACK_NAMES = ("127.0.0.1", "localhost", "::1")

TOKEN_FORM = re.compile(r"[!-~]{20,200}")
"""What fits into a header and a URL, and is not guessed at once."""


class Settings(LabSettings):
    """Where the service listens and who may come in, beside what it shares with the worker."""

    host: str = Field("127.0.0.1", description="Where the service listens.")
    port: int = Field(8000, ge=1, le=65535, description="The port it listens on.")
    published: str = Field(
        "", description="The address at which a container's port is published, which counts in place of `host`."
    )
    domain: str = Field("", description="The name under which a proxy of the lab's own serves it with TLS.")
    token: SecretStr | None = Field(None, description="Asks everybody for this token, of scope write.")
    allowed_hosts: str = Field("", description="Names under which the lab is called, separated by commas.")
    trusted_proxies: str = Field(
        "127.0.0.1,::1",
        description="Addresses or networks of proxies, separated by commas, whose X-Forwarded-For and -Proto are"
        " believed; empty: none.",
    )
    root_path: str = Field("", description="The path that a proxy puts the lab at, such as /skiplab.")
    allow_uploads: bool | None = Field(
        None, description="Whether images can be uploaded; default: only while the lab listens on loopback."
    )
    max_upload_mib: int = Field(4096, ge=1, le=1 << 20, description="MiB that one upload may have.")
    keep_events_days: float = Field(7, ge=0, le=36500, description="How long the stream can be resumed; 0: for ever.")
    keep_step_points: int = Field(2000, ge=0, description="Losses inside epochs, of each run; 0: all.")
    keep_checkpoints_days: float = Field(
        0,
        ge=0,
        le=36500,
        description="Of finished runs, which nothing goes on from; the best weights stay. 0: for ever.",
    )
    keep_log_lines: int = Field(10_000, ge=0, description="Of each run's log, the newest; 0: all.")

    @field_validator("allow_uploads", mode="before")
    @classmethod
    def _not_given(cls, given: object) -> object:
        """Compose passes a setting on that is not set as an empty one."""
        return None if given == "" else given

    @field_validator("allowed_hosts")
    @classmethod
    def _names(cls, names: str) -> str:
        for name in filter(None, map(str.strip, names.split(","))):
            if host_name(name) is None:
                raise ValueError(f"{name!r} is no name of a host: give names separated by commas, such as lab.example")
        return names

    @field_validator("trusted_proxies")
    @classmethod
    def _addresses(cls, proxies: str) -> str:
        for each in filter(None, map(str.strip, proxies.split(","))):
            try:
                ipaddress.ip_network(each)
            except ValueError:
                raise ValueError(
                    f"{each!r} is no address: give addresses or networks, separated by commas, such as 172.18.0.0/16"
                ) from None
        return proxies

    @field_validator("keep_step_points")
    @classmethod
    def _enough_for_a_curve(cls, count: int) -> int:
        if 0 < count < 10:
            raise ValueError("give 10 or more, or 0 to keep all")
        return count

    @field_validator("token")
    @classmethod
    def _usable_token(cls, token: SecretStr | None) -> SecretStr | None:
        if token is None or not token.get_secret_value():
            return None
        if not TOKEN_FORM.fullmatch(token.get_secret_value()):
            raise ValueError(
                "give 20 to 200 letters, digits or signs without spaces, such as `openssl rand -hex 32` makes"
            )
        return token

    @field_validator("root_path")
    @classmethod
    def _whole_path(cls, path: str) -> str:
        path = path.rstrip("/")
        if path and not re.fullmatch(r"(/[\w.~-]+)+", path, re.ASCII):
            raise ValueError("give a path such as /skiplab")
        return path

    @property
    def needs_token(self) -> bool:
        """Only loopback is open without one, and only where none is set."""
        return self.token is not None or not self.is_on_loopback

    @property
    def takes_uploads(self) -> bool:
        """An upload fills the disk and is read by the worker: beyond loopback, somebody has to want that."""
        return self.is_on_loopback if self.allow_uploads is None else self.allow_uploads

    @property
    def is_on_loopback(self) -> bool:
        """Whether nobody beyond this machine reaches it. A proxy publishes its ports whatever its name is."""
        return not self.domain and _is_loopback(self.published or self.host)

    @property
    def largest_upload(self) -> int:
        """Bytes."""
        return self.max_upload_mib << 20

    def is_proxy(self, address: str) -> bool:
        """Whether this is the address of a trusted proxy."""
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(found in ipaddress.ip_network(each) for each in self.proxies)

    @property
    def proxies(self) -> list[str]:
        """The addresses and networks of `trusted_proxies`."""
        return [each.strip() for each in self.trusted_proxies.split(",") if each.strip()]

    @property
    def other_names(self) -> list[str]:
        """The names of `allowed_hosts`."""
        return [name.strip() for name in self.allowed_hosts.split(",") if name.strip()]


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
