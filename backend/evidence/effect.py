"""Effect size: Hedges' g."""

from math import exp, lgamma, sqrt

from backend.evidence.intervals import Summary


def hedges_g(first: Summary, second: Summary) -> float | None:
    """Return (first - second) / pooled SD, corrected for small-sample bias (Hedges 1981); None without spread."""
    df = first.n + second.n - 2
    if first.sd is None or second.sd is None:
        return None
    pooled = sqrt(((first.n - 1) * first.sd**2 + (second.n - 1) * second.sd**2) / df)
    return None if pooled == 0 else _correction(df) * (first.mean - second.mean) / pooled


def _correction(df: int) -> float:
    """Gamma(df/2) / (sqrt(df/2) Gamma((df-1)/2)); below 1, and for one degree of freedom 0."""
    if df < 2:
        return 0.0
    return exp(lgamma(df / 2) - lgamma((df - 1) / 2)) / sqrt(df / 2)
