"""Which lab a client talks to: its URL and token, from arguments, the environment, the login file, or the local lab.

A token is sent only to the lab that it belongs to: the one from the login file to the URL beside it, the one from
SKIPLAB_TOKEN to SKIPLAB_URL, or without that to the URL given in code or to the local lab.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from skiplab.client.errors import BadConnection
from skiplab.contract.addresses import DEFAULT_HOST, DEFAULT_PORT, address

Source = Literal["arguments", "environment", "login", "local"]


@dataclass(frozen=True)
class Connection:
    """A lab's address, without a trailing slash, and the token for it; None: none is known."""

    url: str
    token: str | None
    source: Source

    @property
    def is_local(self) -> bool:
        """Whether no lab was named, so that it is the one on this machine."""
        return self.source == "local"


def find(url: str | None = None, token: str | None = None) -> Connection:
    """Return the lab to talk to. Raises BadConnection."""
    login = read_login()
    env_url, env_token = os.environ.get("SKIPLAB_URL") or None, _token_of_environment()
    source: Source
    if url is not None:
        source = "arguments"
    elif env_url is not None:
        url, source = env_url, "environment"
    elif env_token is None and login is not None:
        url, source = login.url, "login"
    else:
        url, source = _local_url(), "local"
    url = checked(url)
    if token is None and env_token is not None and (env_url is None or checked(env_url) == url):
        token = env_token
    if token is None and login is not None and login.url == url:
        token = login.token
    return Connection(url, token, source)


def checked(url: str) -> str:
    """Return the URL without a trailing slash. Raises BadConnection for anything but an http(s) address."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise BadConnection(f"{url!r} is not a lab's address: give one such as http://127.0.0.1:8000.")
    return url.rstrip("/")


@dataclass(frozen=True)
class Login:
    """What `skiplab login` keeps."""

    url: str
    token: str | None


def login_file() -> Path:
    """Return the path of the login file, in the user's configuration folder."""
    base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(base) / "skiplab" / "login.json"


def read_login() -> Login | None:
    """Return the stored login; None without one. Raises BadConnection for an unreadable file."""
    file = login_file()
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        return Login(checked(kept["url"]), kept["token"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadConnection(f"{file} cannot be read ({error}): run `skiplab login` again, or delete it.") from error


def store_login(login: Login) -> Path:
    """Store a login, readable by its user alone, and return the file."""
    file = login_file()
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = file.with_suffix(f".{os.getpid()}")
    # Created with its mode: a chmod afterwards would leave a moment in which others can read it.
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as opened:  # noqa: PTH123
        json.dump({"url": login.url, "token": login.token}, opened)
    new.replace(file)
    return file


def forget_login() -> bool:
    """Delete the stored login; return whether there was one."""
    try:
        login_file().unlink()
    except FileNotFoundError:
        return False
    return True


def _token_of_environment() -> str | None:
    """Return SKIPLAB_TOKEN, or what the file named by SKIPLAB_TOKEN_FILE holds. Raises BadConnection."""
    if token := os.environ.get("SKIPLAB_TOKEN"):
        return token
    if not (file := os.environ.get("SKIPLAB_TOKEN_FILE")):
        return None
    try:
        return Path(file).read_text(encoding="utf-8").strip() or None
    except (OSError, ValueError) as error:
        raise BadConnection(f"SKIPLAB_TOKEN_FILE is {file!r}, which cannot be read: {error}.") from error


def _local_url() -> str:
    """Return the URL of the lab that `skiplab up` starts with this environment."""
    port = os.environ.get("SKIPLAB_PORT") or str(DEFAULT_PORT)
    if not port.isdecimal():
        raise BadConnection(f"SKIPLAB_PORT is {port!r}: must be a whole number.")
    local = address(os.environ.get("SKIPLAB_HOST") or DEFAULT_HOST, int(port))
    return local + os.environ.get("SKIPLAB_ROOT_PATH", "").rstrip("/")
