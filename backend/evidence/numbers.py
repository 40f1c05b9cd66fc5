"""Numbers as text, the same on the page, in the report and in verdicts: percent for fractions, pp for differences."""

from collections.abc import Sequence


def plain(value: float) -> str:
    """Format with three significant digits; from 1,000 on as a whole number with separators."""
    rounded = float(f"{value:.3g}")
    return f"{value:,.0f}" if abs(rounded) >= 1000 else f"{value:.3g}"


def percent(fraction: float) -> str:
    return f"{100 * fraction:.4g}%"


def quantity(value: float, unit: str) -> str:
    """Format with its unit; "%" and "pp" take a fraction."""
    return f"{_hundredths(value)}%" if unit == "%" else _number_and_unit(value, unit)


def difference(value: float, unit: str, *, signed: bool = True) -> str:
    """Format the difference of two quantities; of fractions in percentage points (pp)."""
    sign = "+" if signed and value > 0 else ""
    return sign + _number_and_unit(value, "pp" if unit == "%" else unit)


def interval(low: float, high: float, covers: float, unit: str) -> str:
    """Format as `1.00 to 3.40 (95% CI)`, in the unit of the effect."""
    ends = [_number(end, unit) for end in (low, high)]
    return f"{' to '.join(ends)} ({percent(covers)} CI)"


def mean_and_sd(mean: float, sd: float | None, unit: str) -> str:
    """Format as `80.00 ± 1.23`, without the unit (it is in the column header) and without a zero SD."""
    return _number(mean, unit) + ("" if sd is None or sd <= 1e-9 * abs(mean) else f" ± {_number(sd, unit)}")


def counts(each: Sequence[int]) -> str:
    """Format as `3 / 5`, one number per configuration; a single one if all are equal."""
    return " / ".join(map(str, each if len(set(each)) > 1 else each[:1]))


def plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' * (count != 1)}"


def _number_and_unit(value: float, unit: str) -> str:
    return f"{_number(value, unit)} {unit}".strip()


def _number(value: float, unit: str) -> str:
    return _hundredths(value) if unit in ("%", "pp") else plain(value)


def _hundredths(fraction: float) -> str:
    """In percent: two decimals, or two significant digits if those would be zeros."""
    value = 100 * fraction
    return f"{value:.2f}" if abs(value) >= 0.995 or value == 0 else f"{value:#.2g}"
