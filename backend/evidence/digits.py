"""A measured number as people read it."""


def digits(value: float, many: int = 3) -> str:
    """So many significant ones; what comes to thousands is whole, with its thousands set apart."""
    rounded = float(f"{value:.{many}g}")
    return f"{value:,.0f}" if abs(rounded) >= 1000 else f"{value:.{many}g}"
