"""Rank an observed table among shuffled ones: a p-value for each cell, and one that knows how many there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]


def upper_tails(counts: Ints) -> tuple[Floats, Floats]:
    """
    Give the upper-tail p-value of each cell, as it is and corrected for all cells.

    Parameters
    ----------
    counts
        Shape (1 + permutations, cells); the first row is observed.

    Returns
    -------
    p, q : arrays, shape (cells,)
        ``p``: (M + 1) / (R + 1), M the shuffles with at least the observed count. ``q``: the share of all tables, the
        observed one among them, whose smallest p is at most that of the cell; never below ``p``.

    Notes
    -----
    q is the single-step minP correction: it holds the probability of one false alarm or more in the whole table. Cells
    that move together cost less than as many that do not.

    References
    ----------
    Westfall, P. H. and Young, S. S. (1993). Resampling-Based Multiple Testing. Wiley, section 2.3.

    Examples
    --------
    >>> import numpy as np
    >>> from hotspot.numerics.knox_tails import upper_tails
    >>> p, q = upper_tails(np.array([[5, 1], [1, 2], [2, 3], [3, 1]]))
    >>> p.tolist(), q.tolist()
    ([0.25, 1.0], [0.5, 1.0])
    """
    tables, cells = counts.shape
    at_least = np.empty(counts.shape, np.int64)
    for cell in range(cells):
        ascending = np.sort(counts[:, cell])
        at_least[:, cell] = tables - np.searchsorted(ascending, counts[:, cell], side="left")
    smallest = np.sort(at_least.min(axis=1)) if cells else np.empty(0, np.int64)
    return at_least[0] / tables, np.searchsorted(smallest, at_least[0], side="right") / tables


__all__ = ["upper_tails"]
