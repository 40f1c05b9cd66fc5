"""Tokens: how they are made, and what is kept of them."""

import hmac
import secrets
from hashlib import sha256

PREFIX = "skiplab_"
"""So that a token that has leaked somewhere can be found, and told from others."""

LONGEST = 200


def new_token() -> str:
    return PREFIX + secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """What is stored. A plain hash is enough: made tokens have 256 random bits, which no dictionary holds."""
    return sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def new_cookie() -> str:
    """Names a browser's session; it says nothing of the token."""
    return secrets.token_urlsafe(32)


def seal(cookie: str, token: str) -> str:
    """Ties a session to a token that is stored nowhere. Without the cookie it tells nothing of the token, not even to
    somebody who can try out many."""
    return hmac.new(cookie.encode(), token.encode(), sha256).hexdigest()
