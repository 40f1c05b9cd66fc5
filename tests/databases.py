"""The databases that a lab may stand on."""

import pytest

BOTH = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
"""For a test, or a whole file by `pytestmark`, that is to hold on either."""
