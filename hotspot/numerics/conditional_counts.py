"""Compare two counts exactly, given their sum: p-values, and limits of the ratio of their rates."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


class Comparison(NamedTuple):
    """Two counts compared; arrays of one shape."""

    ratio: Floats
    """Rate of the second by that of the first; NaN where the first is 0."""
    lower: Floats
    """0 where the second is 0; NaN where both are."""
    upper: Floats
    """NaN where the first is 0: there is no upper limit."""
    p: Floats
    smallest_p: Floats
    """The smallest p that any outcome with this sum could have had."""


def compare_counts(first: Floats, second: Floats, share: Floats, confidence: float = 0.95) -> Comparison:
    """
    Compare pairs of Poisson counts by the exact conditional test.

    Parameters
    ----------
    first, second
        Whole numbers, 0 or more; NaN stays NaN.
    share
        Exposure of the second in that of both, between 0 and 1, of the same shape.
    confidence
        Of the limits, between 0 and 1.

    Returns
    -------
    Comparison
        With 0 and 0 events p is 1 and there is no ratio.

    Notes
    -----
    Given the sum n of two Poisson counts, the second is binomial with n trials and, where the rates are equal, the
    probability ``share``. p is twice the smaller tail, 1 at most (the *central* p), not the sum of all outcomes that
    are no more probable: only so does p <= 1 - confidence say the same as limits without 1, and exchanging the two
    counts changes nothing. With equal exposures the two definitions are one.

    The limits are those of Clopper and Pearson for the probability, turned into limits of the ratio:
    probability / (1 - probability) · (1 - share) / share. They hold the ratio at least as often as stated.

    References
    ----------
    Przyborowski, J. and Wilenski, H. (1940). Biometrika 31, 313-323. Clopper, C. J. and Pearson, E. S. (1934).
    Biometrika 26, 404-413. Fay, M. P. (2010). Biostatistics 11, 373-374 (why central).

    Examples
    --------
    >>> import numpy as np
    >>> from hotspot.numerics.conditional_counts import compare_counts
    >>> found = compare_counts(np.array([30.0]), np.array([45.0]), np.array([0.5]))
    >>> [round(float(values[0]), 3) for values in found[:4]]
    [1.5, 0.924, 2.466, 0.105]
    """
    from scipy.special import betainc, betaincc, betainccinv, betaincinv

    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    n = a + b
    tail = (1.0 - confidence) / 2.0
    odds = (1.0 - share) / share
    some_a, some_b = np.maximum(a, 1.0), np.maximum(b, 1.0)  # the functions want arguments above 0
    at_least = np.where(b == 0, 1.0, betainc(some_b, a + 1.0, share))
    at_most = np.where(a == 0, 1.0, betaincc(b + 1.0, some_a, share))
    p = np.minimum(1.0, 2.0 * np.minimum(at_least, at_most))
    # each limit from both ends of its probability, so that neither is lost in 1 - a number near 1
    low = betaincinv(some_b, a + 1.0, tail) / betainccinv(a + 1.0, some_b, tail)
    high = betainccinv(b + 1.0, some_a, tail) / betaincinv(some_a, b + 1.0, tail)
    with np.errstate(divide="ignore", invalid="ignore"):  # 0 of 0 and b of 0 have no ratio
        ratio = np.where(a == 0, np.nan, b / a * odds)
    return Comparison(
        np.where(np.isnan(b), np.nan, ratio),
        np.where(n == 0, np.nan, np.where(b == 0, 0.0, low * odds)) + 0.0 * n,
        np.where(a == 0, np.nan, high * odds) + 0.0 * n,
        np.where(np.isnan(n), np.nan, p),
        np.minimum(1.0, 2.0 * np.minimum(share, 1.0 - share) ** n),
    )


__all__ = ["Comparison", "compare_counts"]
