"""The web process's settings."""

import ipaddress
import re
from typing import Any

from pydantic import Field, SecretStr, field_validator

from backend.middleware.host_names import host_name
from skiplab.contract.addresses import DEFAULT_HOST, DEFAULT_PORT
from skiplab.contract.settings import BadSetting, LabSettings

__all__ = ["LOOPBACK_NAMES", "BadSetting", "Settings", "load_settings"]

LOOPBACK_NAMES = ("127.0.0.1", "localhost", "::1")

TOKEN_FORM = re.compile(r"[!-~]{20,200}")
"""Printable ASCII, safe in headers and URLs, and long enough not to be guessed."""


class Settings(LabSettings):
    """Settings of the web process, in addition to those shared with the worker."""

    host: str = Field(DEFAULT_HOST, description="Address that the server listens on.")
    port: int = Field(DEFAULT_PORT, ge=1, le=65535, description="Port that the server listens on.")
    published: str = Field(
        "", description="Address at which a container's port is published; replaces `host` for access rules."
    )
    domain: str = Field("", description="Public name under which the bundled proxy serves with TLS.")
    token: SecretStr | None = Field(None, description="Token (scope write) that every client must send.")
    allowed_hosts: str = Field("", description="Accepted Host names, separated by commas.")
    trusted_proxies: str = Field(
        "127.0.0.1,::1",
        description="Addresses or networks of proxies, separated by commas, whose X-Forwarded-For and -Proto are"
        " trusted; empty: none.",
    )
    root_path: str = Field("", description="Path prefix of a reverse proxy, such as /skiplab.")
    allow_uploads: bool | None = Field(
        None, description="Whether images can be uploaded; default: only if listening on loopback."
    )
    max_upload_mib: int = Field(4096, ge=1, le=1 << 20, description="Largest upload, in MiB.")
    max_open_runs: int = Field(
        1000, ge=0, description="Most runs that clients of one token may log at the same time; 0: none may log any."
    )
    max_run_files_mib: int = Field(
        4096, ge=0, description="Most that the files saved by one run's client may have together, in MiB; 0: none."
    )
    keep_events_days: float = Field(7, ge=0, le=36500, description="Days that a stream can be resumed; 0: for ever.")
    keep_step_points: int = Field(2000, ge=0, description="Step losses kept per run; 0: all.")
    keep_checkpoints_days: float = Field(
        0,
        ge=0,
        le=36500,
        description="Days that checkpoints of finished runs are kept; the best weights stay. 0: for ever.",
    )
    keep_log_lines: int = Field(10_000, ge=0, description="Newest log lines kept per run; 0: all.")

    @field_validator("allow_uploads", mode="before")
    @classmethod
    def _not_given(cls, given: object) -> object:
        """Compose passes an unset variable on as an empty one."""
        return None if given == "" else given

    @field_validator("allowed_hosts")
    @classmethod
    def _names(cls, names: str) -> str:
        for name in filter(None, map(str.strip, names.split(","))):
            if host_name(name) is None:
                raise ValueError(f"{name!r} is not a host name: give names separated by commas, such as lab.example")
        return names

    @field_validator("trusted_proxies")
    @classmethod
    def _addresses(cls, proxies: str) -> str:
        for each in filter(None, map(str.strip, proxies.split(","))):
            try:
                ipaddress.ip_network(each)
            except ValueError:
                raise ValueError(
                    f"{each!r} is not an address: give addresses or networks separated by commas, such as 172.18.0.0/16"
                ) from None
        return proxies

    @field_validator("keep_step_points")
    @classmethod
    def _enough_for_a_curve(cls, count: int) -> int:
        if 0 < count < 10:
            raise ValueError("must be at least 10, or 0 to keep all")
        return count

    @field_validator("token")
    @classmethod
    def _usable_token(cls, token: SecretStr | None) -> SecretStr | None:
        if token is None or not token.get_secret_value():
            return None
        if not TOKEN_FORM.fullmatch(token.get_secret_value()):
            raise ValueError(
                "must be 20 to 200 printable ASCII characters without spaces, such as from `openssl rand -hex 32`"
            )
        return token

    @field_validator("root_path")
    @classmethod
    def _whole_path(cls, path: str) -> str:
        path = path.rstrip("/")
        if path and not re.fullmatch(r"(/[\w.~-]+)+", path, re.ASCII):
            raise ValueError("must be a path such as /skiplab")
        return path

    @property
    def needs_token(self) -> bool:
        """Whether a token is required: always, unless listening on loopback without one set."""
        return self.token is not None or not self.is_on_loopback

    @property
    def takes_uploads(self) -> bool:
        """Whether uploads are allowed: beyond loopback only if set, since uploads fill the disk and are parsed."""
        return self.is_on_loopback if self.allow_uploads is None else self.allow_uploads

    @property
    def is_on_loopback(self) -> bool:
        """Whether only this machine can reach the server; with a `domain` a proxy publishes it."""
        return not self.domain and _is_loopback(self.published or self.host)

    @property
    def largest_upload(self) -> int:
        """Largest upload in bytes."""
        return self.max_upload_mib << 20

    @property
    def most_run_file_bytes(self) -> int:
        """Most bytes of the files of one run, in total."""
        return self.max_run_files_mib << 20

    def is_proxy(self, address: str) -> bool:
        """Return whether this is the address of a trusted proxy."""
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
    """Load settings from the environment; `overrides` that are not None take precedence. Raises BadSetting."""
    return Settings.load(**overrides)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
