"""Database URLs: read as SQLAlchemy reads them, without importing it."""

from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from backend.db.urls import file_of


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////srv/skiplab/skiplab.db",
        "sqlite:////srv/a%20lab/skiplab.db",
        "sqlite:////srv/user:name@host/skiplab.db",
        "sqlite:////srv/skiplab.db?timeout=5",
    ],
)
def test_the_file_is_the_one_that_sqlalchemy_opens(url: str) -> None:
    assert file_of(url) == Path(make_url(url).database or "")


@pytest.mark.parametrize("url", ["postgresql+psycopg://user:password@host/skiplab", "sqlite://"])
def test_a_server_has_no_file(url: str) -> None:
    assert file_of(url) is None
