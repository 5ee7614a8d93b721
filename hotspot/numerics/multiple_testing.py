"""Adjust p-values for the number of tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

CORRECTIONS = ("none", "fdr", "fdr_by", "bonferroni")


def _harmonic(tests: int) -> float:
    """Sum 1 + 1/2 + … + 1/tests."""
    return float(np.sum(1.0 / np.arange(1, tests + 1)))


def adjust(p: npt.NDArray[np.float64], correction: str) -> npt.NDArray[np.float64]:
    """
    Give each p-value the smallest level at which its test is rejected under the correction.

    Parameters
    ----------
    p
        P-values; NaN marks what was not tested and stays NaN.
    correction
        One of `CORRECTIONS`: ``none``, ``fdr`` (Benjamini and Hochberg), ``fdr_by`` (Benjamini and
        Yekutieli, any dependence) or ``bonferroni``.

    Returns
    -------
    array, shape of ``p``

    References
    ----------
    Benjamini, Y. and Hochberg, Y. (1995). Controlling the false discovery rate. JRSS B 57, 289-300.
    Benjamini, Y. and Yekutieli, D. (2001). The control of the false discovery rate in multiple testing
    under dependency. Annals of Statistics 29, 1165-1188.

    Examples
    --------
    >>> import numpy as np
    >>> from hotspot.numerics.multiple_testing import adjust
    >>> adjust(np.array([0.01, 0.04, 0.03, np.nan]), "fdr")
    array([0.03, 0.04, 0.04,  nan])
    """
    q = np.full(len(p), np.nan)
    tested = np.flatnonzero(np.isfinite(p))
    tests = len(tested)
    if tests == 0:
        return q
    if correction == "none":
        q[tested] = p[tested]
    elif correction == "bonferroni":
        q[tested] = np.minimum(1.0, p[tested] * tests)
    else:
        order = tested[np.argsort(p[tested], kind="stable")]
        scaled = p[order] * (tests / np.arange(1, tests + 1))
        if correction == "fdr_by":
            scaled *= _harmonic(tests)
        q[order] = np.minimum(1.0, np.minimum.accumulate(scaled[::-1])[::-1])
    return q


def least_needed(tests: int, at_floor: int, alpha: float, correction: str) -> float:
    """
    Tell how small the p-values of ``at_floor`` tests (at least one) must be able to get to be rejected.

    A permutation p-value cannot fall below c / (R + 1); where that floor is above the level given here,
    nothing can be rejected however extreme it is.
    """
    if correction == "none":
        return alpha
    level = alpha / max(tests, 1)
    if correction == "bonferroni":
        return level
    level *= max(1, at_floor)
    return level / _harmonic(max(tests, 1)) if correction == "fdr_by" else level
