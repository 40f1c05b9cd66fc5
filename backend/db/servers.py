"""Facts about a PostgreSQL server."""

from backend.db import dumps
from backend.db.database import Database

FACTS = """
SELECT current_setting('server_version'), pg_size_pretty(pg_database_size(current_database())),
    (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()), current_setting('max_connections')
"""


def describe(database: Database) -> str:
    """Describe the server and database in one line. Raises DatabaseUnreachable, DatabaseUnusable."""
    with database.read() as session:
        version, size, connections, most = session.connection().exec_driver_sql(FACTS).one()
        held = dumps.contents(session)
    return (
        f"{database.name}: {held.runs:,} runs, revision {held.revision}, {size}; PostgreSQL {version},"
        f" {connections} connections of at most {most}"
    )
