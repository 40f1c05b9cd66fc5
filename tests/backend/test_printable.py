"""User input and program output on terminals, in logs and in files for spreadsheets."""

import logging

import pytest

from skiplab.contract.csv_cells import cell
from skiplab.contract.logs import FORM, OneRecord
from skiplab.contract.printable import printable, printable_lines


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("\x1b]0;title\x07\x1b[2J", "\\x1b]0;title\\x07\\x1b[2J"),
        ("a\r\nb", "a\\r\\nb"),
        ("\x9b31m", "\\x9b31m"),
        ("invoice\u202efdp.exe", "invoice\\u202efdp.exe"),
        ("half \udc80", "half \\udc80"),
        ("Größe\t😀", "Größe\t😀"),
    ],
)
def test_nothing_that_is_printed_moves_the_cursor(given: str, shown: str) -> None:
    assert printable(given) == shown


def test_lines_stay_lines_where_there_may_be_several() -> None:
    assert printable_lines("a\nb\x1b") == "a\nb\\x1b"


def test_no_message_looks_like_another_record() -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, "%s", ("a\n2026-01-01 00:00:00 ERROR y: b\x1b[2J",), None)

    first, second = OneRecord(FORM).format(record).splitlines()

    assert first.endswith(" INFO x: a")
    assert second == "    2026-01-01 00:00:00 ERROR y: b\\x1b[2J"


@pytest.mark.parametrize("sign", "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
def test_no_cell_is_a_formula(sign: str) -> None:
    assert cell(f"{sign}1+1") == f"'{sign}1+1"
    assert cell([f"{sign}1", "a"]) == f"'{sign}1 a"
    assert (cell(-1), cell("a=b"), cell(None)) == (-1, "a=b", None)
