"""Student's t distribution. SciPy is imported on first use, so that the server starts without it."""


def cdf(df: float, t: float) -> float:
    """Return P(T <= t) with `df` degrees of freedom, possibly fractional."""
    from scipy.special import stdtr

    return float(stdtr(df, t))


def quantile(df: float, p: float) -> float:
    """Return the t with P(T <= t) = p."""
    from scipy.special import stdtrit

    return float(stdtrit(df, p))
