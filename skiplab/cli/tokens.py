"""`skiplab token`: create, list and revoke access tokens, over HTTP if a lab is named, else on this machine."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from skiplab.cli.client import is_remote, the_lab
from skiplab.cli.exits import ExitCode, fail
from skiplab.cli.home import database_of
from skiplab.cli.options import AsJson, Home
from skiplab.contract.access import SCOPES, Limits, Scope

if TYPE_CHECKING:
    from skiplab.contract.sign_in import MadeToken, TokenList

commands = typer.Typer(help="Access tokens.", add_completion=False)


@commands.command("add")
def add_token(
    name: Annotated[str, typer.Argument(help="Name of the token, such as the person or program that uses it.")],
    scope: Annotated[Scope, typer.Option(help=SCOPES)] = "read",
    runs: Annotated[int | None, typer.Option(min=0, help="Runs that an agent may queue.")] = None,
    device_hours: Annotated[float | None, typer.Option(min=0, help="Device hours that they may take.")] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Create a token and print it; it cannot be shown again."""
    made = _make(name, scope, _limits(runs, device_hours), home)
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


def _limits(runs: int | None, device_hours: float | None) -> Limits | None:
    """Exits with code 2 for half a budget."""
    if (runs is None) != (device_hours is None):
        fail("A budget has both --runs and --device-hours.", status=ExitCode.USAGE)
    return None if runs is None or device_hours is None else Limits(runs=runs, device_hours=device_hours)


def _make(name: str, scope: Scope, budget: Limits | None, home: Path | None) -> "MadeToken":
    if is_remote(home):
        with the_lab() as lab:
            return lab.make_token(name, scope, budget=budget)
    from pydantic import ValidationError

    from backend.auth import service
    from backend.errors import field_error
    from skiplab.contract.sign_in import NewToken

    try:
        new = NewToken(name=name, scope=scope, budget=budget)
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
