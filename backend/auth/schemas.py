"""Bodies and answers of sign-in and of the tokens' routes."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from backend.auth.tokens import LONGEST
from skiplab.contract.access import Scope
from skiplab.contract.printable import UNPRINTABLE


def _readable(name: str) -> str:
    """Raises ValueError for what would look like another name, or like none, in a list."""
    if UNPRINTABLE.search(name):
        raise ValueError("a name has one line and no control or bidirectional formatting characters")
    return name


class SignIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    token: str | None = Field(max_length=LONGEST, description="Null signs out.")


class SignedIn(BaseModel):
    """Who the caller is."""

    name: str | None = Field(description="Name of the token; null where none is needed, and after signing out.")
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
    token: str = Field(description="Shown this once; only its hash is kept.")


class TokenList(BaseModel):
    items: list[Token]
