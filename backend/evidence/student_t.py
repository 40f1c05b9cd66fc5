"""Student's t distribution, by SciPy, which is imported when the first interval is made: the server starts without."""


def cdf(df: float, t: float) -> float:
    """P(T <= t) with `df` degrees of freedom, whole or not."""
    from scipy.special import stdtr

    return float(stdtr(df, t))


def quantile(df: float, p: float) -> float:
    """The t with P(T <= t) = p."""
    from scipy.special import stdtrit

    return float(stdtrit(df, p))
