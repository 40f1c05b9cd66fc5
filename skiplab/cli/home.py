"""The lab that a command works on: its settings and database, used without the server."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from skiplab.cli.exits import fail

if TYPE_CHECKING:
    from backend.db.database import Database
    from backend.settings import Settings


def settings_of(**given: Any) -> "Settings":
    """Return the settings: `given` values override the environment. Exits with status 2 for a bad one."""
    from backend.settings import BadSetting, load_settings

    try:
        return load_settings(**given)
    except BadSetting as error:
        fail(str(error), status=2)


@contextmanager
def database_of(home: Path | None) -> "Iterator[tuple[Database, Settings]]":
    """Open the database; the lab need not be running. Exits with status 1 and a sentence on expected errors."""
    from backend.db.database import Database, DatabaseBusy, DatabaseUnusable
    from backend.db.migration import is_current
    from backend.errors import Problem

    settings = settings_of(home=home)
    database = Database(settings.database)
    try:
        if not is_current(database):
            fail(f"There is no lab of this version at {database.name}. Start it once with `skiplab up`.", status=1)
        yield database, settings
    except (Problem, DatabaseBusy, DatabaseUnusable) as error:
        fail(str(error), status=1)
    finally:
        database.close()
