"""The databases that a lab may stand on. A mark is for a test, or by `pytestmark` for a whole file."""

import pytest

BOTH = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)

BOTH_IN_TIME = pytest.mark.parametrize(
    "database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.long)], indirect=True
)
"""For what decides more than it asks of the database: on PostgreSQL, `make test-long` sees that it holds."""
