"""Access tokens."""

from skiplab.client.steps import Request, Steps, delete, exchange, get
from skiplab.contract.access import Limits, Scope
from skiplab.contract.sign_in import MadeToken, Token, TokenList


def tokens() -> Steps[list[Token]]:
    """Return the tokens by name, without their secrets."""
    return (yield from get("/tokens", TokenList)).items


def make_token(name: str, scope: Scope = "read", *, budget: Limits | None = None) -> Steps[MadeToken]:
    """Create a token, of scope `agent` with a budget. Its secret is in this answer alone, which is not repeated."""
    body = {"name": name, "scope": scope, **({} if budget is None else {"budget": budget.model_dump()})}
    request = Request("POST", "/tokens", json=body, repeatable=False)
    return MadeToken.model_validate_json((yield from exchange(request)).body)


def revoke_token(token_id: int) -> Steps[None]:
    """Revoke a token. Raises NotFound."""
    yield from delete(f"/tokens/{token_id}")
