"""`skiplab token`: create, list and revoke access tokens, over HTTP if a lab is named, else on this machine."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from skiplab.cli.client import is_remote, the_lab
from skiplab.cli.exits import ExitCode, fail
from skiplab.cli.home import database_of
from skiplab.cli.options import AsJson, Home
from skiplab.contract.access import Scope

if TYPE_CHECKING:
    from skiplab.contract.sign_in import MadeToken, TokenList

commands = typer.Typer(help="Access tokens.", add_completion=False)


@commands.command("add")
def add_token(
    name: Annotated[str, typer.Argument(help="Name of the token, such as the person or program that uses it.")],
    scope: Annotated[Scope, typer.Option(help="`read`: read-only; `write`: full access.")] = "read",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Create a token and print it; it cannot be shown again."""
    made = _make(name, scope, home)
    print(made.model_dump_json() if as_json else made.token)


@commands.command("list")
def list_tokens(home: Home = None, as_json: AsJson = False) -> None:
    """List the tokens, without their secrets."""
    from skiplab.contract.printable import printable

    found = _all(home)
    if as_json:
        print(found.model_dump_json())
        return
    for token in found.items:
        print(f"{token.id:>4}  {token.scope:<5}  {token.created_at:%Y-%m-%d}  {printable(token.name)}")


@commands.command("revoke")
def revoke_token(
    token_id: Annotated[int, typer.Argument(help="Its id in the list.", min=1)], home: Home = None
) -> None:
    """Revoke a token."""
    if is_remote(home):
        with the_lab() as lab:
            lab.revoke_token(token_id)
        return
    from backend.auth import service

    with database_of(home) as (database, _):
        service.revoke(database, token_id)


def _make(name: str, scope: Scope, home: Path | None) -> "MadeToken":
    if is_remote(home):
        with the_lab() as lab:
            return lab.make_token(name, scope)
    from pydantic import ValidationError

    from backend.auth import service
    from backend.errors import field_error
    from skiplab.contract.sign_in import NewToken

    try:
        new = NewToken(name=name, scope=scope)
    except ValidationError as error:
        wrong = field_error(error.errors()[0])
        fail(f"{wrong.field}: {wrong.message}", status=ExitCode.USAGE)
    with database_of(home) as (database, _):
        return service.make(database, new)


def _all(home: Path | None) -> "TokenList":
    if is_remote(home):
        from skiplab.contract.sign_in import TokenList

        with the_lab() as lab:
            return TokenList(items=lab.tokens())
    from backend.auth import service

    with database_of(home) as (database, _):
        return service.all_of(database)
