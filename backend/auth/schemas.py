"""Request model of sign-in."""

from pydantic import BaseModel, ConfigDict, Field

from backend.auth.tokens import LONGEST


class SignIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    token: str | None = Field(max_length=LONGEST, description="The token to sign in with; null signs out.")
