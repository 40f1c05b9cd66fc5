"""Request and response models of sign-in and tokens."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from backend.auth.tokens import LONGEST
from skiplab.contract.access import SCOPES, Limits, Scope
from skiplab.contract.disagreement import disagreement
from skiplab.contract.printable import UNPRINTABLE


def _readable(name: str) -> str:
    """Reject characters with which a name could imitate another one or be invisible. Raises ValueError."""
    if UNPRINTABLE.search(name):
        raise ValueError("must be one line without control or bidirectional formatting characters")
    return name


class SignIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    token: str | None = Field(max_length=LONGEST, description="The token to sign in with; null signs out.")


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
