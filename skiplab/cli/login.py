"""`skiplab login` and `skiplab logout`: the lab that commands and `Lab()` talk to."""

import os
import sys
from typing import Annotated

import typer

from skiplab.cli.client import the_lab
from skiplab.cli.options import AsJson
from skiplab.cli.output import print_json


def login(
    url: Annotated[str, typer.Argument(help="The lab's address, such as https://lab.example.")],
    token: Annotated[
        str | None, typer.Option(help="Its token; asked for if needed. `-`: the first line of standard input.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Keep a lab's address and token, readable by you alone, for commands and `skiplab.Lab()`.

    SKIPLAB_URL and SKIPLAB_TOKEN override it. Examples: `skiplab login https://lab.example`,
    `skiplab login https://lab.example --token - < token.txt`
    """
    from skiplab.client import NoAccess
    from skiplab.client.connection import Login, checked, store_login

    if token == "-":
        token = sys.stdin.readline().strip() or None
    with the_lab(url, token) as lab:
        try:
            caller = lab.whoami()
        except NoAccess:
            if token is not None or not sys.stdin.isatty():
                raise
            token = typer.prompt("Token", hide_input=True)
        else:
            token = token or lab.connection.token
        address = checked(url)
    if token is not None:
        with the_lab(address, token) as lab:
            caller = lab.whoami()
    file = store_login(Login(address, token))
    if as_json:
        print_json(caller)
        return
    who = "without a token" if caller.name is None else f"as {caller.name} ({caller.scope})"
    print(f"Logged in to {address} {who}; kept in {file}.")
    if any(os.environ.get(name) for name in ("SKIPLAB_URL", "SKIPLAB_TOKEN")):
        print("SKIPLAB_URL or SKIPLAB_TOKEN is set, and overrides it.", file=sys.stderr)


def logout() -> None:
    """Delete what `skiplab login` keeps."""
    from skiplab.client.connection import forget_login

    print("Logged out." if forget_login() else "There was no login.")
