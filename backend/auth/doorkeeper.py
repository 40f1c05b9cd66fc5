"""Knows the tokens: turns one into a visitor, or refuses it."""

from dataclasses import dataclass
from hmac import compare_digest
from http import HTTPStatus
from math import ceil

from pydantic import SecretStr

from backend.auth.guesses import Guesses
from backend.auth.tokens import LONGEST, Scope, digest
from backend.db import tokens
from backend.db.database import Database
from backend.errors import Problem

BEARER = {"WWW-Authenticate": 'Bearer realm="skiplab"'}

ENVIRONMENT_NAME = "SKIPLAB_TOKEN"


class NoToken(Problem):
    status = HTTPStatus.UNAUTHORIZED

    def __init__(self) -> None:
        super().__init__("This lab asks for a token: send it as `Authorization: Bearer …`, or sign in on its page.")
        self.headers |= BEARER


class WrongToken(Problem):
    status = HTTPStatus.UNAUTHORIZED

    def __init__(self) -> None:
        super().__init__("This token is not known here: it was mistyped, or it has been revoked.")
        self.headers |= BEARER


class TooManyGuesses(Problem):
    status = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"Too many wrong tokens came from your address: try again in {ceil(seconds)} s.", retry_after=ceil(seconds)
        )


class OnlyReading(Problem):
    status = HTTPStatus.FORBIDDEN

    def __init__(self, name: str) -> None:
        super().__init__(f"The token {name!r} may only read: this call needs one of scope `write`.")


@dataclass(frozen=True)
class Visitor:
    """Who makes a call."""

    name: str | None
    """Of the token; None where no sign-in is needed."""
    scope: Scope
    token_id: int | None = None
    """Of a token that was made here, and can be revoked."""


ANYONE = Visitor(None, "write")
"""Everybody, on loopback without sign-in."""


class Doorkeeper:
    def __init__(self, given: SecretStr | None) -> None:
        """`given`: the token from the environment."""
        self._given = digest(given.get_secret_value()) if given else None
        self._guesses = Guesses()
        self._admitted: set[str] = set()
        """Digests of tokens that were right the last time. Behind a proxy all clients have one address: whoever is in
        stays in while another one guesses from there."""

    def admit(self, database: Database, token: str, client: str) -> Visitor:
        """Whose token it is. Raises WrongToken, TooManyGuesses."""
        hashed = digest(token)
        if hashed not in self._admitted and (wait := self._guesses.wait_seconds(client, hashed)):
            raise TooManyGuesses(wait)
        visitor = self._visitor(database, hashed) if len(token) <= LONGEST else None
        if visitor is None:
            self._admitted.discard(hashed)
            self._guesses.was_wrong(client, hashed)
            raise WrongToken
        self._admitted.add(hashed)
        return visitor

    def still_knows(self, database: Database, token_id: int) -> bool:
        with database.read() as session:
            return tokens.get(session, token_id) is not None

    def _visitor(self, database: Database, hashed: str) -> Visitor | None:
        if self._given is not None and compare_digest(hashed, self._given):
            return Visitor(ENVIRONMENT_NAME, "write")
        with database.read() as session:
            row = tokens.by_digest(session, hashed)
        if row is None or not compare_digest(hashed, row.digest):
            return None
        return Visitor(row.name, "write" if row.scope == "write" else "read", row.id)
