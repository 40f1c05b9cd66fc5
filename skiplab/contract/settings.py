"""Settings shared by backend and worker, read from the environment; an invalid value prevents the start."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote, urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from skiplab.contract.home import default_home
from skiplab.contract.validation import message_of

SUPERVISED = "SKIPLAB_SUPERVISED"
"""Set for the processes that `skiplab up` starts, which log to it instead of the terminal."""

SECRETS = frozenset({"token", "database_url", "broker_url", "broker_password"})
"""Fields that can be read from a file: SKIPLAB_TOKEN_FILE names the file with the token, and so on."""


class BadSetting(Exception):
    """Raised for an invalid setting; the message has its name, value and what is allowed."""


class LabSettings(BaseSettings):
    """Read from `SKIPLAB_*` in the environment; the field `home` is SKIPLAB_HOME, and so on."""

    model_config = SettingsConfigDict(env_prefix="SKIPLAB_", frozen=True)

    home: Path = Field(default_factory=default_home, description="Everything the lab writes is under this folder.")
    database_url: str = Field("", description="Default: SQLite in the home folder.")
    group_may_read: bool = Field(
        False, description="Whether the home folder's group may read what the lab writes; else its user alone."
    )
    broker_url: str = Field("", description="Default: the embedded broker that `skiplab up` starts.")
    broker_password: SecretStr | None = Field(None, description="The broker's, where it does not stand in its URL.")

    @field_validator("home")
    @classmethod
    def _absolute(cls, home: Path) -> Path:
        return home.expanduser().resolve()

    @field_validator("broker_password", mode="before")
    @classmethod
    def _none_when_empty(cls, password: object) -> object:
        """Treat an empty password as unset: compose passes unset variables as empty strings."""
        return password or None

    @field_validator("group_may_read", mode="before")
    @classmethod
    def _not_given_is_no(cls, given: object) -> object:
        return False if given == "" else given

    @field_validator("database_url")
    @classmethod
    def _file_or_server(cls, url: str) -> str:
        kind, _, place = url.partition("://")
        file = kind == "sqlite" and place.startswith("/") and place not in ("/", "/:memory:")
        server = kind == "postgresql+psycopg" and urlsplit(url).path.strip("/") != ""
        if url and not file and not server:
            # The address may hold a password; the message repeats nothing of it.
            raise ValueError(
                "expected an SQLite file, such as sqlite:////srv/skiplab/skiplab.db, or a PostgreSQL database,"
                " such as postgresql+psycopg://user:password@host/skiplab"
            )
        return url

    @property
    def broker(self) -> str:
        """The broker's URL with its password; empty for the embedded broker."""
        if self.broker_password is None or not self.broker_url:
            return self.broker_url
        kind, _, place = self.broker_url.partition("://")
        account, _, server = place.rpartition("@")
        user, _, _ = account.partition(":")
        return f"{kind}://{user}:{quote(self.broker_password.get_secret_value(), safe='')}@{server}"

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.home / 'skiplab.db'}"

    @classmethod
    def load(cls, **overrides: Any) -> Self:
        """Read settings from `overrides` that are not None, the environment, and files of secrets that it names.

        Raises BadSetting, with one line for each invalid value.
        """
        given = cls._from_files() | {name: value for name, value in overrides.items() if value is not None}
        try:
            return cls(**given)
        except ValidationError as error:
            raise BadSetting("\n".join(_line(problem) for problem in error.errors())) from None

    @classmethod
    def _from_files(cls) -> dict[str, str]:
        """Read secrets from files. Raises BadSetting for an unreadable file, and for a secret that is also set."""
        found: dict[str, str] = {}
        for field in sorted(SECRETS & cls.model_fields.keys()):
            name = variable(field)
            if not (file := os.environ.get(f"{name}_FILE")):
                continue
            if os.environ.get(name):
                raise BadSetting(f"{name} and {name}_FILE are both set: set one of them.")
            try:
                found[field] = Path(file).read_text(encoding="utf-8").strip()
            except (OSError, ValueError) as error:
                reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
                raise BadSetting(f"{name}_FILE is {file!r}, which cannot be read: {reason}.") from None
        return found


def variable(field: str) -> str:
    """Return the environment variable of a field."""
    return f"SKIPLAB_{field.upper()}"


def _line(problem: Mapping[str, Any]) -> str:
    if not problem["loc"]:
        return message_of(problem)
    field = "_".join(str(part) for part in problem["loc"])
    # Secrets must not be logged, not even invalid ones.
    given = "invalid" if field in SECRETS else repr(problem["input"])
    return f"{variable(field)} is {given}: {message_of(problem)}."
