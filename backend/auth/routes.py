"""/session and /tokens"""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Request, Response

from backend.api_paths import SESSION, TOKENS
from backend.auth import service
from backend.auth.authenticator import Authenticator, Caller
from backend.auth.middleware import cookie_name, cookie_of
from backend.auth.schemas import SignIn
from backend.db.sign_ins import KEPT_FOR
from backend.deps import DatabaseDep, RowId, SettingsDep
from backend.errors import PROBLEM_RESPONSE
from skiplab.contract.sign_in import MadeToken, NewToken, SignedIn, TokenList

router = APIRouter(tags=["sign-in"], responses=PROBLEM_RESPONSE)


def _authenticator(request: Request) -> Authenticator:
    return cast(Authenticator, request.app.state.authenticator)


@router.post(SESSION)
def sign_in(
    given: SignIn,
    request: Request,
    response: Response,
    database: DatabaseDep,
    settings: SettingsDep,
    authenticator: Annotated[Authenticator, Depends(_authenticator)],
) -> SignedIn:
    """Sign in: exchange a token for a session cookie. A null token signs out. An earlier session of this browser ends
    in either case."""
    caller, cookie = None, ""
    if given.token is not None:
        caller = authenticator.authenticate(database, given.token, request.client.host if request.client else "")
        cookie = authenticator.sign_in(database, caller)
    if before := cookie_of(request.headers, settings):
        authenticator.sign_out(database, before)
    response.set_cookie(
        cookie_name(request.headers, settings),
        cookie,
        max_age=int(KEPT_FOR.total_seconds()) if caller else 0,
        path=settings.root_path or "/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    return SignedIn(name=caller.name if caller else None, scope=caller.scope if caller else None)


@router.get(SESSION)
def read_session(request: Request) -> SignedIn:
    """Return who the caller is and what it may do."""
    caller = cast(Caller, request.state.caller)
    return SignedIn(name=caller.name, scope=caller.scope)


@router.get(TOKENS)
def list_tokens(database: DatabaseDep) -> TokenList:
    """List the tokens by name; the tokens themselves are not stored."""
    return service.all_of(database)


@router.post(TOKENS, status_code=201)
def make_token(new: NewToken, database: DatabaseDep) -> MadeToken:
    """Create a token. It is shown this once."""
    return service.make(database, new)


@router.delete(TOKENS + "/{token_id}", status_code=204)
def revoke_token(token_id: RowId, database: DatabaseDep) -> None:
    """Revoke a token and the sessions that it began. Open streams end within half a minute."""
    service.revoke(database, token_id)
