"""Access tokens."""

from skiplab.client.steps import Request, Steps, delete, exchange, get
from skiplab.contract.access import Scope
from skiplab.contract.sign_in import MadeToken, Token, TokenList


def tokens() -> Steps[list[Token]]:
    """Return the tokens by name, without their secrets."""
    return (yield from get("/tokens", TokenList)).items


def make_token(name: str, scope: Scope = "read") -> Steps[MadeToken]:
    """Create a token, whose secret is in this answer alone: it is sent once, and is not repeated."""
    request = Request("POST", "/tokens", json={"name": name, "scope": scope}, repeatable=False)
    return MadeToken.model_validate_json((yield from exchange(request)).body)


def revoke_token(token_id: int) -> Steps[None]:
    """Revoke a token. Raises NotFound."""
    yield from delete(f"/tokens/{token_id}")
