"""Database URLs, read without SQLAlchemy, which `skiplab up` need not import."""

from pathlib import Path
from urllib.parse import unquote

SQLITE = "sqlite://"


def file_of(url: str) -> Path | None:
    """Return the file of an SQLite database, which may not exist yet; None for PostgreSQL."""
    # As SQLAlchemy reads such a URL: an empty host, the path, and perhaps parameters after a question mark.
    place = unquote(url.removeprefix(f"{SQLITE}/").partition("?")[0])
    return Path(place) if url.startswith(f"{SQLITE}/") and place else None
