"""`skiplab token`: create, list and revoke access tokens."""

from typing import Annotated

import typer

from skiplab.cli.exits import fail
from skiplab.cli.home import database_of
from skiplab.cli.options import Home
from skiplab.contract.access import SCOPES, Limits, Scope

commands = typer.Typer(help="Access tokens.")


@commands.command("add")
def add_token(
    name: Annotated[str, typer.Argument(help="Name of the token, such as the person or program that uses it.")],
    scope: Annotated[Scope, typer.Option(help=SCOPES)] = "read",
    runs: Annotated[int | None, typer.Option(min=0, help="Runs that an agent may queue.")] = None,
    device_hours: Annotated[float | None, typer.Option(min=0, help="Device hours that they may take.")] = None,
    home: Home = None,
) -> None:
    """Create a token and print it; it cannot be shown again."""
    from pydantic import ValidationError

    from backend.auth import service
    from backend.auth.schemas import NewToken
    from backend.errors import field_error

    try:
        new = NewToken(name=name, scope=scope, budget=_limits(runs, device_hours))
    except ValidationError as error:
        wrong = field_error(error.errors()[0])
        fail(f"{wrong.field}: {wrong.message}", status=2)
    with database_of(home) as (database, _):
        print(service.make(database, new).token)


def _limits(runs: int | None, device_hours: float | None) -> Limits | None:
    """Exits with code 2 for half a budget."""
    if (runs is None) != (device_hours is None):
        fail("A budget has both --runs and --device-hours.", status=2)
    return None if runs is None or device_hours is None else Limits(runs=runs, device_hours=device_hours)


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
