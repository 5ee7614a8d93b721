"""Give exact confidence limits for the mean of a Poisson count."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt


def poisson_limits(
    counts: npt.NDArray[np.float64], confidence: float = 0.95
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """
    Give exact (Garwood) limits: at least the stated confidence, whatever the mean.

    Parameters
    ----------
    counts
        Counts, 0 or more; NaN stays NaN.
    confidence
        Between 0 and 1.

    Returns
    -------
    lower, upper : arrays, shape of ``counts``

    Notes
    -----
    With tail (1 - confidence) / 2, lower and upper are the quantiles of the gamma distributions of shape
    x and x + 1; the lower limit of 0 is 0.

    References
    ----------
    Garwood, F. (1936). Fiducial limits for the Poisson distribution. Biometrika 28, 437-442.

    Examples
    --------
    >>> import numpy as np
    >>> from hotspot.numerics.poisson_limits import poisson_limits
    >>> lower, upper = poisson_limits(np.array([0.0, 10.0]))
    >>> lower.round(4), upper.round(4)
    (array([0.    , 4.7954]), array([ 3.6889, 18.3904]))
    """
    from scipy.special import gammainccinv, gammaincinv

    x = np.asarray(counts, dtype=np.float64)
    tail = (1.0 - confidence) / 2.0
    lower = np.where(x == 0, 0.0, gammaincinv(np.where(x == 0, 1.0, x), tail))
    return lower, np.asarray(gammainccinv(x + 1.0, tail), dtype=np.float64)
