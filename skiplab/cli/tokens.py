"""`skiplab token`: create, list and revoke access tokens."""

from typing import Annotated

import typer

from skiplab.cli.exits import fail
from skiplab.cli.home import database_of
from skiplab.cli.options import Home
from skiplab.contract.access import Scope

commands = typer.Typer(help="Access tokens.")


@commands.command("add")
def add_token(
    name: Annotated[str, typer.Argument(help="Name of the token, such as the person or program that uses it.")],
    scope: Annotated[Scope, typer.Option(help="`read`: read-only; `write`: full access.")] = "read",
    home: Home = None,
) -> None:
    """Create a token and print it; it cannot be shown again."""
    from pydantic import ValidationError

    from backend.auth import service
    from backend.auth.schemas import NewToken
    from backend.errors import field_error

    try:
        new = NewToken(name=name, scope=scope)
    except ValidationError as error:
        wrong = field_error(error.errors()[0])
        fail(f"{wrong.field}: {wrong.message}", status=2)
    with database_of(home) as (database, _):
        print(service.make(database, new).token)


@commands.command("list")
def list_tokens(home: Home = None) -> None:
    """List the tokens, without their secrets."""
    from backend.auth import service
    from skiplab.contract.printable import printable

    with database_of(home) as (database, _):
        for token in service.all_of(database).items:
            print(f"{token.id:>4}  {token.scope:<5}  {token.created_at:%Y-%m-%d}  {printable(token.name)}")


@commands.command("revoke")
def revoke_token(
    token_id: Annotated[int, typer.Argument(help="Its id in the list.", min=1)], home: Home = None
) -> None:
    """Revoke a token."""
    from backend.auth import service

    with database_of(home) as (database, _):
        service.revoke(database, token_id)
