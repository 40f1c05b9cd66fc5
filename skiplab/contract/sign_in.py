"""Who a caller is, and the tokens by which it is known."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from skiplab.contract.access import Scope
from skiplab.contract.printable import UNPRINTABLE


def _readable(name: str) -> str:
    """Reject characters with which a name could imitate another one or be invisible. Raises ValueError."""
    if UNPRINTABLE.search(name):
        raise ValueError("must be one line without control or bidirectional formatting characters")
    return name


class SignedIn(BaseModel):
    """Who the caller is."""

    name: str | None = Field(description="Name of the token; null if none is needed, and after signing out.")
    scope: Scope | None = Field(description="What the caller may do; null after signing out.")


class NewToken(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_readable)] = Field(
        min_length=1, max_length=100, description="Who or what it is for."
    )
    scope: Scope = Field("read", description="`read`: read-only; `write`: full access.")


class Token(BaseModel):
    id: int
    name: str
    scope: Scope
    created_at: datetime


class MadeToken(Token):
    token: str = Field(description="Shown only once; only its hash is stored.")


class TokenList(BaseModel):
    items: list[Token]
