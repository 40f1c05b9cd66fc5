"""Claims on offer, as clients read them; the backend's own models know how a claim is judged."""

from pydantic import BaseModel


class OfferedClaim(BaseModel):
    id: str
    sentence: str
    note: str = ""


class OfferedClaims(BaseModel):
    """A set of claims that are adjusted together."""

    key: str
    title: str
    claims: list[OfferedClaim]


class OfferedClaimList(BaseModel):
    items: list[OfferedClaims]
