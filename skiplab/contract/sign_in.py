"""Who a caller is, and the tokens by which it is known."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from skiplab.contract.access import SCOPES, Limits, Scope
from skiplab.contract.disagreement import disagreement
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
    scope: Scope = Field("read", description=SCOPES)
    budget: Limits | None = Field(None, description="Of a token of scope `agent`, which must have one.")

    @model_validator(mode="after")
    def _budget_of_agents(self) -> Self:
        if (self.budget is None) == (self.scope == "agent"):
            message = "is required for the scope `agent`, and not allowed for others"
            raise disagreement("budget", self.budget and self.budget.model_dump(), message)
        return self


class Token(BaseModel):
    id: int
    name: str
    scope: Scope
    created_at: datetime


class MadeToken(Token):
    token: str = Field(description="Shown only once; only its hash is stored.")


class TokenList(BaseModel):
    items: list[Token]
