"""Tell whether series rise or fall: Mann and Kendall's test of every row at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


def mann_kendall(series: Floats) -> tuple[Floats, Floats, Floats]:
    """
    Test each row for a monotonic trend.

    Parameters
    ----------
    series : array, shape (n, periods)
        In the order of time. A missing value is left out, as if the period were not there.

    Returns
    -------
    s, z, p : array, shape (n,)
        S, the number of rises less that of falls among all pairs of periods; its z-score with correction for
        continuity and ties; two-sided p of the normal approximation. z is 0 and p is 1 where a row does not vary.

    References
    ----------
    Mann, H. B. (1945). Econometrica 13, 245-259. Kendall, M. G. (1975). Rank Correlation Methods, 4th ed.

    Examples
    --------
    >>> import numpy as np
    >>> from hotspot.numerics.mann_kendall import mann_kendall
    >>> s, z, p = mann_kendall(np.array([[1.0, 2.0, 3.0, 4.0, 5.0], [2.0, 1.0, np.nan, 2.0, 1.0]]))
    >>> s.tolist(), z.round(3).tolist(), p.round(3).tolist()
    ([10.0, -2.0], [2.205, -0.387], [0.027, 0.699])
    """
    from scipy.special import ndtr

    values = np.asarray(series, dtype=np.float64)
    s = np.zeros(len(values))
    ties = np.zeros(len(values))
    for later in range(1, values.shape[1]):
        steps = np.sign(values[:, later : later + 1] - values[:, :later])
        s += np.nansum(steps, axis=1)
    # Σ t(t-1)(2t+5) over tied groups, each value adding its group's share (t-1)(2t+5)
    for period in range(values.shape[1]):
        alike = (values == values[:, period : period + 1]).sum(axis=1)
        ties += np.where(np.isnan(values[:, period]), 0.0, (alike - 1) * (2.0 * alike + 5.0))
    n = (~np.isnan(values)).sum(axis=1)
    variance = (n * (n - 1.0) * (2.0 * n + 5.0) - ties) / 18.0
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(variance > 0, (s - np.sign(s)) / np.sqrt(variance), 0.0)
    return s, z, np.minimum(1.0, 2.0 * ndtr(-np.abs(z)))


__all__ = ["mann_kendall"]
