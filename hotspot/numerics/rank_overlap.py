"""Compare two rankings from the top: how many of the first d are the same, and rank-biased overlap."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]


def overlap_by_depth(a: Floats, b: Floats) -> Floats:
    """
    Count the items that two rankings share among their first d, averaged over every way to break ties.

    Parameters
    ----------
    a, b
        Values of the same n items, shape (n,), finite; the largest is ranked first.

    Returns
    -------
    array, shape (n,)
        Mean overlap at depths 1 … n. Without ties whole numbers; the last is n.

    Notes
    -----
    At depth d each ranking holds some groups of equal values whole, and at most one in part. A part holds each of its
    group's items equally often, independently in the two rankings, so the mean is exact and owes nothing to an order
    of the items.

    References
    ----------
    Corsi, M. and Urbano, J. (2024). The treatment of ties in rank-biased overlap. SIGIR '24 (there RBO^a).

    Examples
    --------
    >>> import numpy as np
    >>> from hotspot.numerics.rank_overlap import overlap_by_depth
    >>> overlap_by_depth(np.array([3.0, 2, 1]), np.array([2.0, 3, 1])).tolist()
    [0.0, 2.0, 3.0]
    >>> overlap_by_depth(np.array([3.0, 2, 1]), np.array([1.0, 1, 0])).tolist()
    [0.5, 2.0, 3.0]
    """
    n = len(a)
    depth = np.arange(1, n + 1)
    first, part_a, share_a, end_a = _groups(a)
    second, part_b, share_b, end_b = _groups(b)
    # both whole: the deeper of an item's two groups has ended
    whole = np.bincount(np.maximum(end_a[first], end_b[second]), minlength=n + 1)[1:].cumsum()
    in_a = _members_ended(first, end_b[second], part_a, depth, n)
    in_b = _members_ended(second, end_a[first], part_b, depth, n)
    width = int(second.max()) + 1
    pairs = np.sort(first * width + second)
    wanted = part_a * width + part_b
    both = np.searchsorted(pairs, wanted, side="right") - np.searchsorted(pairs, wanted, side="left")
    return np.asarray(whole + share_a * in_a + share_b * in_b + share_a * share_b * both, dtype=np.float64)


def _groups(values: Floats) -> tuple[Ints, Ints, Floats, Ints]:
    """Give the group of each item, the group reached at each depth, the part of it inside if not whole, and ends."""
    _, group, size = np.unique(-values, return_inverse=True, return_counts=True)
    end = size.cumsum()
    reached = np.repeat(np.arange(len(size)), size)
    inside = np.arange(1, len(values) + 1) - (end - size)[reached]
    # a group that ends here is whole, and counted as such
    share = np.where(inside == size[reached], 0.0, inside / size[reached])
    return group.astype(np.int64), reached, share, end


def _members_ended(group: Ints, other_end: Ints, reached: Ints, depth: Ints, n: int) -> Ints:
    """Count, at each depth, the items of the group reached there whose group in the other ranking has ended."""
    keys = np.sort(group * (n + 1) + other_end)
    upto = np.searchsorted(keys, reached * (n + 1) + depth, side="right")
    return np.asarray(upto - np.searchsorted(keys, reached * (n + 1), side="left"), dtype=np.int64)


def rank_biased_overlap(overlap: Floats, persistence: float) -> float:
    """
    Weigh the overlap at every depth, the first most: extrapolated rank-biased overlap.

    Parameters
    ----------
    overlap
        Of `overlap_by_depth`, shape (n,).
    persistence
        p, at least 0, below 1: the chance that a reader who has seen d items looks at the next.

    Returns
    -------
    float
        X_n / n · pⁿ + (1 - p) / p · sum_d X_d / d · p^d, from 0 to 1; for p = 0 the agreement of the first items.

    References
    ----------
    Webber, W., Moffat, A. and Zobel, J. (2010). A similarity measure for indefinite rankings. ACM Transactions on
    Information Systems 28(4), 20, equation 32.

    Examples
    --------
    >>> import numpy as np
    >>> from hotspot.numerics.rank_overlap import rank_biased_overlap
    >>> round(rank_biased_overlap(np.array([0.0, 2, 3]), 0.9), 6)
    0.9
    """
    depth = np.arange(1, len(overlap) + 1)
    weights = (1 - persistence) * persistence ** (depth - 1.0)
    agreement = overlap / depth
    return float((weights * agreement).sum() + agreement[-1] * persistence ** len(overlap))
