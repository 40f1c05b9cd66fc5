"""Who a caller is."""

from pydantic import BaseModel, Field

from skiplab.contract.access import Scope


class SignedIn(BaseModel):
    """Who the caller is."""

    name: str | None = Field(description="Name of the token; null if none is needed, and after signing out.")
    scope: Scope | None = Field(description="What the caller may do; null after signing out.")
