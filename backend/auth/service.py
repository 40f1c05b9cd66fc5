"""Create, list and revoke tokens."""

from backend.auth.authenticator import ENVIRONMENT_NAME
from backend.auth.tokens import digest, new_token
from backend.db import sign_ins, tokens
from backend.db.database import Database
from backend.db.tables import TokenTable
from backend.errors import Conflict, NotFound
from skiplab.contract.sign_in import MadeToken, NewToken, Token, TokenList

FIRST_NAME = "first start"


def make(database: Database, new: NewToken) -> MadeToken:
    """Create a token. Raises Conflict if the name is taken."""
    token = new_token()
    with database.write() as session:
        if new.name == ENVIRONMENT_NAME or tokens.by_name(session, new.name) is not None:
            raise Conflict(f"A token named {new.name!r} already exists: choose another name, or revoke that one first.")
        row = tokens.add(session, name=new.name, scope=new.scope, digest=digest(token), limits=new.budget)
        return MadeToken(**_view(row).model_dump(), token=token)


def make_first(database: Database) -> MadeToken | None:
    """Create a token of scope `write` if there is none; return None otherwise."""
    token = new_token()
    with database.write() as session:
        rows = tokens.all(session)
        if any(row.scope == "write" for row in rows):
            return None
        name = FIRST_NAME if all(row.name != FIRST_NAME for row in rows) else f"{FIRST_NAME} {token[-4:]}"
        row = tokens.add(session, name=name, scope="write", digest=digest(token))
        return MadeToken(**_view(row).model_dump(), token=token)


def all_of(database: Database) -> TokenList:
    with database.read() as session:
        return TokenList(items=[_view(row) for row in tokens.all(session)])


def revoke(database: Database, token_id: int) -> None:
    """Revoke a token and the sessions that it began. Raises NotFound."""
    with database.write() as session:
        row = tokens.get(session, token_id)
        if row is None:
            raise NotFound(f"There is no token {token_id}.")
        sign_ins.remove_of_token(session, token_id)
        tokens.remove(session, row)


def _view(row: TokenTable) -> Token:
    return Token.model_validate(row, from_attributes=True)
