"""Knows the tokens and the browsers' sessions: turns one into a visitor, or refuses it."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from hmac import compare_digest
from http import HTTPStatus
from math import ceil
from threading import Lock

from pydantic import SecretStr

from backend.auth.guesses import Guesses
from backend.auth.tokens import LONGEST, digest, new_cookie, seal
from backend.db import sign_ins, tokens
from backend.db.database import Database, DatabaseBusy, DatabaseUnusable
from backend.db.tables import SignInTable, TokenTable, utc_now
from backend.errors import Problem
from skiplab.contract.access import Scope

BEARER = {"WWW-Authenticate": 'Bearer realm="skiplab"'}

ENVIRONMENT_NAME = "SKIPLAB_TOKEN"

USE_NOTED_EVERY = timedelta(hours=1)
"""When a session was last used is kept so exactly: a write for every request would cost more than it tells."""


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


class NoSession(Problem):
    status = HTTPStatus.UNAUTHORIZED

    def __init__(self) -> None:
        super().__init__("You are signed out here: sign in again, with a token.")
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
    sign_in_id: int | None = None
    """Of a browser's session, which can be ended."""


ANYONE = Visitor(None, "write")
"""Everybody, on loopback without sign-in."""


class Doorkeeper:
    def __init__(self, given: SecretStr | None) -> None:
        """`given`: the token from the environment."""
        self._given = given.get_secret_value() if given else None
        self._given_digest = digest(self._given) if self._given else None
        self._guesses = Guesses()
        self._noting = Lock()

    def admit(self, database: Database, token: str, client: str) -> Visitor:
        """Whose token it is. Raises WrongToken, TooManyGuesses.

        A right token is let in whatever else comes from its address: behind a proxy all clients may have one. What
        keeps guesses out is that a token has at least 20 characters; counting them only keeps the log and the
        guesser short.
        """
        hashed = digest(token)
        visitor = self._visitor(database, hashed) if len(token) <= LONGEST else None
        if visitor is not None:
            return visitor
        if wait := self._guesses.wait_seconds(client, hashed):
            raise TooManyGuesses(wait)
        self._guesses.was_wrong(client, hashed)
        raise WrongToken

    def sign_in(self, database: Database, visitor: Visitor) -> str:
        """Begin a session for a browser; gives its cookie. Raises WrongToken where the token has just been revoked."""
        cookie = new_cookie()
        sealed = seal(cookie, self._given) if self._given and visitor.token_id is None else None
        with database.write() as session:
            if visitor.token_id is not None and tokens.get(session, visitor.token_id) is None:
                raise WrongToken
            sign_ins.add(session, digest=digest(cookie), token_id=visitor.token_id, seal=sealed)
        return cookie

    def sign_out(self, database: Database, cookie: str) -> None:
        with database.write() as session:
            sign_ins.remove(session, digest(cookie))

    def recognise(self, database: Database, cookie: str) -> Visitor:
        """Whose session it is. Raises NoSession. Wrong cookies are not counted: none is short enough to guess."""
        with database.read() as session:
            found = sign_ins.by_digest(session, digest(cookie)) if len(cookie) <= LONGEST else None
            visitor = self._of_session(cookie, *found) if found else None
            used_at = found[0].used_at if found else utc_now()
        if visitor is None or visitor.sign_in_id is None:
            raise NoSession
        if utc_now() - used_at > USE_NOTED_EVERY:
            self._note_use(database, visitor.sign_in_id)
        return visitor

    def still_knows(self, database: Database, visitor: Visitor) -> bool:
        """Whether what the visitor came in with has been neither revoked nor ended since."""
        with database.read() as session:
            if visitor.sign_in_id is not None:
                return sign_ins.lives(session, visitor.sign_in_id)
            return visitor.token_id is None or tokens.get(session, visitor.token_id) is not None

    def _note_use(self, database: Database, sign_in_id: int) -> None:
        """Nobody is kept out because it could not be noted when they came, and one alone waits for the write lock."""
        if not self._noting.acquire(blocking=False):
            return
        try:
            with suppress(DatabaseBusy, DatabaseUnusable), database.write() as session:
                sign_ins.used(session, sign_in_id, utc_now())
        finally:
            self._noting.release()

    def _visitor(self, database: Database, hashed: str) -> Visitor | None:
        if self._given_digest is not None and compare_digest(hashed, self._given_digest):
            return Visitor(ENVIRONMENT_NAME, "write")
        with database.read() as session:
            row = tokens.by_digest(session, hashed)
        if row is None or not compare_digest(hashed, row.digest):
            return None
        return Visitor(row.name, _scope(row), row.id)

    def _of_session(self, cookie: str, row: SignInTable, token: TokenTable | None) -> Visitor | None:
        if token is not None:
            return Visitor(token.name, _scope(token), token.id, row.id)
        # Of the setting's token: the session ends with it.
        if self._given is None or row.seal is None or not compare_digest(row.seal, seal(cookie, self._given)):
            return None
        return Visitor(ENVIRONMENT_NAME, "write", None, row.id)


def _scope(row: TokenTable) -> Scope:
    return "write" if row.scope == "write" else "read"
