"""Generation and hashing of tokens and session cookies."""

import hmac
import secrets
from hashlib import sha256

PREFIX = "skiplab_"
"""Lets secret scanners recognise a leaked token."""

LONGEST = 200


def new_token() -> str:
    return PREFIX + secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """Return the SHA-256 that is stored. A plain hash is enough: generated tokens have 256 random bits."""
    return sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def new_cookie() -> str:
    """Return a random session id, unrelated to the token."""
    return secrets.token_urlsafe(32)


def seal(cookie: str, token: str) -> str:
    """Return an HMAC that ties a session to a token that is not stored. Without the cookie it cannot be used to test
    guesses of the token."""
    return hmac.new(cookie.encode(), token.encode(), sha256).hexdigest()
