"""The first token: created and printed once if a token is required and none exists."""

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from secrets import token_hex

from backend.auth import service
from backend.db.database import Database
from backend.errors import NotFound
from backend.settings import Settings
from skiplab.contract.addresses import address
from skiplab.contract.sign_in import NewToken


def sign_in_line(settings: Settings) -> str | None:
    """Return a line on how to sign in, to be printed once the database is migrated; None if no token is needed."""
    if not settings.needs_token:
        return None
    if settings.token is not None:
        return "Sign in with the token in SKIPLAB_TOKEN."
    with _database(settings) as database:
        made = service.make_first(database)
    if made is None:
        return "Sign in with a token; `skiplab token add NAME --scope write` creates one."
    # In the fragment, which browsers do not send: the token stays out of the logs of servers and proxies.
    served = f"https://{settings.domain}" if settings.domain else _address(settings)
    url = f"{served}{settings.root_path}/#token={made.token}"
    return f"Sign in with a token. This is the first, shown only once: {url}"


def _address(settings: Settings) -> str:
    return address(settings.published or settings.host, settings.port)


@contextmanager
def temporary_token(settings: Settings) -> Iterator[str | None]:
    """Yield a token that is revoked at the end of the block; None if no token is needed."""
    if settings.token is not None or not settings.needs_token:
        yield settings.token.get_secret_value() if settings.token else None
        return
    with _database(settings) as database:
        made = service.make(database, NewToken(name=f"demo {token_hex(4)}", scope="write"))
        try:
            yield made.token
        finally:
            with suppress(NotFound):
                service.revoke(database, made.id)


@contextmanager
def _database(settings: Settings) -> Iterator[Database]:
    with closing(Database(settings.database)) as database:
        yield database
