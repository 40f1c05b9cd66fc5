import pytest

from skiplab.contract.sizes import human_bytes


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 bytes"),
        (1023, "1023 bytes"),
        (1024, "1 KiB"),
        (1536, "1.5 KiB"),
        (155_000_000, "148 MiB"),
        (4 * 2**30, "4 GiB"),
        (2**30 - 1, "1 GiB"),
        (5000 * 2**40, "5000 TiB"),
    ],
)
def test_byte_counts_are_rounded_to_a_readable_unit(count: int, text: str) -> None:
    assert human_bytes(count) == text
