"""`skiplab token`: tokens, for a lab that asks for one."""

from typing import Annotated

import typer

from skiplab.cli.exits import fail
from skiplab.cli.home import database_of
from skiplab.cli.options import Home
from skiplab.contract.access import Scope

commands = typer.Typer(help="Tokens, for a lab that asks for one.")


@commands.command("add")
def add_token(
    name: Annotated[str, typer.Argument(help="Who or what it is for.")],
    scope: Annotated[Scope, typer.Option(help="`read` looks only; `write` may do everything.")] = "read",
    home: Home = None,
) -> None:
    """Make a token and print it, this once."""
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
    """The tokens that were made here, not what they are."""
    from backend.auth import service
    from skiplab.contract.printable import printable

    with database_of(home) as (database, _):
        for token in service.all_of(database).items:
            print(f"{token.id:>4}  {token.scope:<5}  {token.created_at:%Y-%m-%d}  {printable(token.name)}")


@commands.command("revoke")
def revoke_token(
    token_id: Annotated[int, typer.Argument(help="Its number in the list.", min=1)], home: Home = None
) -> None:
    """Let nobody in with this token any more."""
    from backend.auth import service

    with database_of(home) as (database, _):
        service.revoke(database, token_id)
