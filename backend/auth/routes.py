"""/session and /tokens"""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Request, Response

from backend.auth import service
from backend.auth.doorkeeper import Doorkeeper, Visitor
from backend.auth.gate import cookie_name, cookie_of
from backend.auth.schemas import MadeToken, NewToken, SignedIn, SignIn, TokenList
from backend.db.sign_ins import KEPT_FOR
from backend.deps import DatabaseDep, RowId, SettingsDep
from backend.errors import PROBLEM_RESPONSE

router = APIRouter(tags=["sign-in"], responses=PROBLEM_RESPONSE)


def _doorkeeper(request: Request) -> Doorkeeper:
    return cast(Doorkeeper, request.app.state.doorkeeper)


@router.post("/session")
def sign_in(
    given: SignIn,
    request: Request,
    response: Response,
    database: DatabaseDep,
    settings: SettingsDep,
    doorkeeper: Annotated[Doorkeeper, Depends(_doorkeeper)],
) -> SignedIn:
    """Change a token for a session, whose cookie only the browser sees; a null token ends it. One that was begun here
    before ends in either case."""
    visitor, cookie = None, ""
    if given.token is not None:
        visitor = doorkeeper.admit(database, given.token, request.client.host if request.client else "")
        cookie = doorkeeper.sign_in(database, visitor)
    if before := cookie_of(request.headers, settings):
        doorkeeper.sign_out(database, before)
    response.set_cookie(
        cookie_name(request.headers, settings),
        cookie,
        max_age=int(KEPT_FOR.total_seconds()) if visitor else 0,
        path=settings.root_path or "/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    return SignedIn(name=visitor.name if visitor else None, scope=visitor.scope if visitor else None)


@router.get("/session")
def read_session(request: Request) -> SignedIn:
    """Who the caller is here, and what it may do."""
    visitor = cast(Visitor, request.state.visitor)
    return SignedIn(name=visitor.name, scope=visitor.scope)


@router.get("/tokens")
def list_tokens(database: DatabaseDep) -> TokenList:
    """The tokens that were made here. What they are is not known, only who they are for."""
    return service.all_of(database)


@router.post("/tokens", status_code=201)
def make_token(new: NewToken, database: DatabaseDep) -> MadeToken:
    """Make a token. It is shown this once."""
    return service.make(database, new)


@router.delete("/tokens/{token_id}", status_code=204)
def revoke_token(token_id: RowId, database: DatabaseDep) -> None:
    """Let nobody in with this token any more, nor with the sessions that it began. Open streams end within half a
    minute."""
    service.revoke(database, token_id)
