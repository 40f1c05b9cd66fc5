"""Numbers as text, the same wherever they are shown."""

import pytest

from backend.evidence.numbers import counts, difference, interval, mean_and_sd, percent, plain, plural, quantity
from skiplab.contract.words import named


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
    assert plain(value) == shown


def test_fractions_are_percent_and_their_differences_percentage_points() -> None:
    assert quantity(0.8123, "%") == "81.23%"
    assert difference(0.0512, "%") == "+5.12 pp"
    assert difference(-0.0004, "%") == "-0.040 pp"
    assert difference(-10_190_208, "") == "-10,190,208"
    assert difference(1.5, "epochs") == "+1.5 epochs"
    assert difference(1.5, "epochs", signed=False) == "1.5 epochs"
    assert percent(0.6) == "60%"


def test_an_interval_says_what_it_covers() -> None:
    assert interval(0.01, 0.034, 0.975, "%") == "1.00 to 3.40 (97.5% CI)"
    assert interval(-9000.1, -8997.9, 0.95, "s") == "-9,000 to -8,998 (95% CI)"


def test_a_mean_stands_with_its_spread_where_there_is_one() -> None:
    assert mean_and_sd(0.8, 0.0123, "%") == "80.00 ± 1.23"
    assert mean_and_sd(4.5, 0.0, "epochs") == mean_and_sd(4.5, None, "epochs") == "4.5"


def test_counts_that_are_equal_are_named_once() -> None:
    assert (counts([3, 3]), counts([3, 5])) == ("3", "3 / 5")
    assert (plural(1, "pair"), plural(2, "pair")) == ("1 pair", "2 pairs")
    assert (named("run", [3]), named("run", [3, 4])) == ("run 3", "runs 3, 4")
