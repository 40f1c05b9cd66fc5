"""The settings that both processes share, and how settings are read: a bad value refuses to start and names itself."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

SUPERVISED = "SKIPLAB_SUPERVISED"
"""Set for the processes of `skiplab up`: it speaks to people, they write into its log."""

SECRETS = frozenset({"SKIPLAB_TOKEN", "SKIPLAB_DATABASE_URL"})


class BadSetting(Exception):
    """A setting cannot be used; the message names it, its value and what is allowed."""


class LabSettings(BaseSettings):
    """Read from `SKIPLAB_*` in the environment; the field `home` is SKIPLAB_HOME, and so on."""

    model_config = SettingsConfigDict(env_prefix="SKIPLAB_", frozen=True)

    home: Path = Field(Path("data"), description="Everything the lab writes is under this folder.")
    database_url: str = Field("", description="Default: SQLite in the home folder.")
    group_may_read: bool = Field(
        False, description="Whether the home folder's group may read what the lab writes; else its user alone."
    )
    broker_url: str = Field("", description="Default: the embedded broker that `skiplab up` starts.")

    @field_validator("home")
    @classmethod
    def _absolute(cls, home: Path) -> Path:
        return home.expanduser().resolve()

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
                "give a file of SQLite, such as sqlite:////srv/skiplab/skiplab.db, or a database of PostgreSQL,"
                " such as postgresql+psycopg://user:password@host/skiplab"
            )
        return url

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.home / 'skiplab.db'}"

    @classmethod
    def load(cls, **overrides: Any) -> Self:
        """Settings from the environment; `overrides` that are not None go first.

        Raises BadSetting: one line per wrong value.
        """
        try:
            return cls(**{name: value for name, value in overrides.items() if value is not None})
        except ValidationError as error:
            raise BadSetting("\n".join(_line(problem) for problem in error.errors())) from None


def _line(problem: Mapping[str, Any]) -> str:
    if not problem["loc"]:
        return str(problem["msg"]).removeprefix("Value error, ")
    name = "SKIPLAB_" + "_".join(str(part) for part in problem["loc"]).upper()
    # A secret must not land in a log, not even a wrong one.
    given = "not usable" if name in SECRETS else repr(problem["input"])
    return f"{name} is {given}: {str(problem['msg']).removeprefix('Value error, ')}."
