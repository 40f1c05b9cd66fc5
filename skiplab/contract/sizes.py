"""Byte counts in messages, rounded to a readable unit."""

UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")


def human_bytes(count: float) -> str:
    """Return a byte count in the largest fitting binary unit, such as `512 bytes`, `1.5 GiB` or `300 MiB`.

    One decimal below 10, none for a whole number or from 10 on.
    """
    unit = 0
    while abs(count) >= 1024 and unit < len(UNITS) - 1:
        count, unit = count / 1024, unit + 1
    if round(abs(count)) == 1024 and unit < len(UNITS) - 1:  # 1023.9 MiB is not 1024 MiB
        count, unit = count / 1024, unit + 1
    digits = f"{count:.1f}".removesuffix(".0") if abs(count) < 10 else f"{count:.0f}"
    return f"{digits} {UNITS[unit]}"
