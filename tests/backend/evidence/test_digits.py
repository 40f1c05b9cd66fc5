"""Numbers as people read them."""

import pytest

from backend.evidence.digits import digits


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0"),
        (0.123456, "0.123"),
        (12.345, "12.3"),
        (999.4, "999"),
        (999.6, "1,000"),
        (-999.6, "-1,000"),
        (1234.5, "1,234"),
        (11_173_962.0, "11,173,962"),
    ],
)
def test_thousands_are_whole_and_no_power_of_ten(value: float, shown: str) -> None:
    assert digits(value) == shown
