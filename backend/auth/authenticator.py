"""Authentication: map a token or a browser session to its caller."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from hmac import compare_digest
from http import HTTPStatus
from math import ceil
from threading import Lock

from pydantic import SecretStr

from backend.auth.rate_limit import TokenRateLimit
from backend.auth.tokens import LONGEST, digest, new_cookie, seal
from backend.db import sign_ins, tokens
from backend.db.database import Database, DatabaseBusy, DatabaseUnusable
from backend.db.tables import SignInTable, TokenTable, utc_now
from backend.errors import Problem
from skiplab.contract.access import Scope

BEARER = {"WWW-Authenticate": 'Bearer realm="skiplab"'}

ENVIRONMENT_NAME = "SKIPLAB_TOKEN"

USE_STORED_EVERY = timedelta(hours=1)
"""Resolution of a session's last use, to avoid a database write per request."""


class NoToken(Problem):
    status = HTTPStatus.UNAUTHORIZED

    def __init__(self) -> None:
        super().__init__("A token is required: send it as `Authorization: Bearer …`, or sign in on the page.")
        self.headers |= BEARER


class WrongToken(Problem):
    status = HTTPStatus.UNAUTHORIZED

    def __init__(self) -> None:
        super().__init__("The token is invalid: it was mistyped or revoked.")
        self.headers |= BEARER


class NoSession(Problem):
    status = HTTPStatus.UNAUTHORIZED

    def __init__(self) -> None:
        super().__init__("You are signed out: sign in again with a token.")
        self.headers |= BEARER


class TooManyWrongTokens(Problem):
    status = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"Too many wrong tokens from your address: try again in {ceil(seconds)} s.", retry_after=ceil(seconds)
        )


class ReadOnlyToken(Problem):
    status = HTTPStatus.FORBIDDEN

    def __init__(self, name: str) -> None:
        super().__init__(f"The token {name!r} is read-only: this request needs one with scope `write`.")


class AgentMayNot(Problem):
    status = HTTPStatus.FORBIDDEN

    def __init__(self, name: str, method: str, path: str) -> None:
        super().__init__(
            f"The token {name!r} is an agent's: it may read, estimate, queue runs and note on them, but not"
            f" {method} {path[:200]}."
        )


@dataclass(frozen=True)
class Caller:
    """Who sends a request, and with which scope."""

    name: str | None
    """Name of the token; None where no sign-in is needed."""
    scope: Scope
    token_id: int | None = None
    """Id of a token that was created here and can be revoked."""
    sign_in_id: int | None = None
    """Id of a browser's session."""

    @property
    def agent(self) -> int | None:
        """Id of the token whose budget its runs count against; None: unlimited."""
        return self.token_id if self.scope == "agent" else None


ANYONE = Caller(None, "write")
"""The caller if no token is required (loopback only)."""


class Authenticator:
    def __init__(self, given: SecretStr | None) -> None:
        """`given`: the token from the environment."""
        self._given = given.get_secret_value() if given else None
        self._given_digest = digest(self._given) if self._given else None
        self._rate_limit = TokenRateLimit()
        self._storing_use = Lock()

    def authenticate(self, database: Database, token: str, client: str) -> Caller:
        """Return the caller that a token belongs to. Raises WrongToken, TooManyWrongTokens.

        A valid token is accepted whatever else comes from its address: behind a proxy all clients may share one.
        Tokens are protected by their length, at least 20 characters; the rate limit only keeps the log short.
        """
        hashed = digest(token)
        caller = self._caller(database, hashed) if len(token) <= LONGEST else None
        if caller is not None:
            return caller
        if wait := self._rate_limit.wait_seconds(client, hashed):
            raise TooManyWrongTokens(wait)
        self._rate_limit.count_wrong(client, hashed)
        raise WrongToken

    def agent_of(self, database: Database, token: str) -> Caller | None:
        """Return the agent that a token belongs to; None for any other token."""
        caller = self._caller(database, digest(token)) if len(token) <= LONGEST else None
        return caller if caller is not None and caller.scope == "agent" else None

    def sign_in(self, database: Database, caller: Caller) -> str:
        """Begin a browser's session and return its cookie. Raises WrongToken if the token has just been revoked."""
        cookie = new_cookie()
        sealed = seal(cookie, self._given) if self._given and caller.token_id is None else None
        with database.write() as session:
            if caller.token_id is not None and tokens.get(session, caller.token_id) is None:
                raise WrongToken
            sign_ins.add(session, digest=digest(cookie), token_id=caller.token_id, seal=sealed)
        return cookie

    def sign_out(self, database: Database, cookie: str) -> None:
        with database.write() as session:
            sign_ins.remove(session, digest(cookie))

    def authenticate_session(self, database: Database, cookie: str) -> Caller:
        """Return the caller that a session belongs to. Raises NoSession. Wrong cookies are not rate-limited: they have
        256 random bits."""
        with database.read() as session:
            found = sign_ins.by_digest(session, digest(cookie)) if len(cookie) <= LONGEST else None
            caller = self._of_session(cookie, *found) if found else None
            used_at = found[0].used_at if found else utc_now()
        if caller is None or caller.sign_in_id is None:
            raise NoSession
        if utc_now() - used_at > USE_STORED_EVERY:
            self._store_use(database, caller.sign_in_id)
        return caller

    def is_valid(self, database: Database, caller: Caller) -> bool:
        """Return whether the caller's token has not been revoked and its session has not ended."""
        with database.read() as session:
            if caller.sign_in_id is not None:
                return sign_ins.lives(session, caller.sign_in_id)
            return caller.token_id is None or tokens.get(session, caller.token_id) is not None

    def _store_use(self, database: Database, sign_in_id: int) -> None:
        """Store the time of use; one thread alone waits for the write lock, and failures are ignored."""
        if not self._storing_use.acquire(blocking=False):
            return
        try:
            with suppress(DatabaseBusy, DatabaseUnusable), database.write() as session:
                sign_ins.used(session, sign_in_id, utc_now())
        finally:
            self._storing_use.release()

    def _caller(self, database: Database, hashed: str) -> Caller | None:
        if self._given_digest is not None and compare_digest(hashed, self._given_digest):
            return Caller(ENVIRONMENT_NAME, "write")
        with database.read() as session:
            row = tokens.by_digest(session, hashed)
        if row is None or not compare_digest(hashed, row.digest):
            return None
        return Caller(row.name, _scope(row), row.id)

    def _of_session(self, cookie: str, row: SignInTable, token: TokenTable | None) -> Caller | None:
        if token is not None:
            return Caller(token.name, _scope(token), token.id, row.id)
        # A session of the token in the settings ends when that token changes.
        if self._given is None or row.seal is None or not compare_digest(row.seal, seal(cookie, self._given)):
            return None
        return Caller(ENVIRONMENT_NAME, "write", None, row.id)


def _scope(row: TokenTable) -> Scope:
    """Read a token of a scope that this version does not know as read-only."""
    known: tuple[Scope, ...] = ("write", "agent")
    return next((scope for scope in known if scope == row.scope), "read")
