"""Tell where places that have something adjoin others that have it: local join counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.checks import require_choice
from hotspot.clusters.inference import ALTERNATIVES, Plan
from hotspot.clusters.sites import numbers_of, read_sites
from hotspot.errors import InputError
from hotspot.numerics.multiple_testing import adjust
from hotspot.record import note

if TYPE_CHECKING:
    import numpy.typing as npt
    from libpysal.graph import Graph
    from libpysal.weights import W

    from hotspot.clusters.sites import Sites


def local_join_counts(
    y: pd.Series,
    graph: Graph | W,
    *,
    alternative: str = "greater",
    alpha: float = 0.05,
    correction: str = "fdr",
) -> pd.DataFrame:
    """
    Count, for each area that has something, the neighbours that have it too, with exact p-values.

    Parameters
    ----------
    y
        1 or True where the area has it, 0 or False where not, indexed by area code. Missing values are left out as if
        the area were not there.
    graph
        Neighbours, keyed by the same area codes. Weights of each row must be equal: links are counted.
    alternative
        ``greater`` for more neighbours that have it than chance gives; ``less`` for fewer; ``two-sided``.
    alpha, correction
        As for `local_moran`.

    Returns
    -------
    DataFrame
        Indexed like ``y``: ``join_count`` (missing where the area does not have it), ``join_p``, ``join_q`` and
        ``join_label``: ``Clustered``, ``Isolated``, ``Not significant``, ``Absent`` (does not have it: not tested),
        ``No neighbours``, ``No data``, or ``Undefined`` where all areas are alike.

    Raises
    ------
    InputError
        As for `local_moran`; also a value other than 0 and 1, or weights that differ within a row.
    ConfigError
        An option is out of range.

    Notes
    -----
    For an area with k neighbours in n areas of which m have it, chance draws the k from the n - 1 others, m - 1 of
    which have it: the count is hypergeometric, and its tails are computed, not simulated. A tie is in both tails.

    References
    ----------
    Anselin, L. and Li, X. (2019). Operational local join count statistics for cluster detection. Journal of
    Geographical Systems 21, 189-210.

    Examples
    --------
    >>> import pandas as pd
    >>> from libpysal.graph import Graph
    >>> import hotspot as hs
    >>> line = Graph.from_dicts({"a": ["b"], "b": ["a", "c"], "c": ["b", "d"], "d": ["c", "e"], "e": ["d"]})
    >>> found = hs.local_join_counts(pd.Series([1, 1, 1, 0, 0], list("abcde")), line)
    >>> found["join_count"].tolist(), found["join_p"].round(3).tolist()
    ([1.0, 2.0, 1.0, nan, nan], [0.5, 0.167, 0.833, nan, nan])
    """
    require_choice(alternative, ALTERNATIVES, "alternative")
    plan = Plan(1, 1, alternative, alpha, correction, 0)
    values = numbers_of(y.astype("Int8") if isinstance(y, pd.Series) and y.dtype == bool else y, "y")
    other = np.flatnonzero(~np.isnan(values) & (values != 0) & (values != 1))
    if len(other):
        raise InputError(
            f"y: {len(other)} of {len(values)} values are neither 0 nor 1 (first in row {other[0]}). "
            "Say which areas have it, e.g. with y = counts > 0."
        )
    sites = read_sites(y, values, graph, "y", own=False)
    if not sites.equal_weights:
        raise InputError("graph: weights differ within a row. Join counts count links: use a contiguity graph.")
    has = sites.y == 1
    alone = sites.alone
    varies = bool(has.any() and not has.all())
    joins = np.asarray(sites.row_sums(has[sites.neighbours].astype(np.int64)), np.int64)
    tested = has & ~alone & varies
    greater, less = _tails(sites, joins, tested)
    p = {"greater": greater, "less": less, "two-sided": np.minimum(1.0, 2 * np.minimum(greater, less))}[alternative]
    q = adjust(p, plan.correction)
    significant = np.nan_to_num(q, nan=1.0) <= plan.alpha
    labels = np.where(has, "Not significant", "Absent").astype(object)
    labels[significant & (greater < less if alternative == "two-sided" else alternative == "greater")] = "Clustered"
    labels[significant & (less < greater if alternative == "two-sided" else alternative == "less")] = "Isolated"
    labels[alone] = "No neighbours"
    if not varies:
        labels[:] = "Undefined"
    note(
        "local_join_counts",
        n=len(has),
        present=int(has.sum()),
        tested=int(tested.sum()),
        missing=sites.missing,
        islands=int(alone.sum()),
        alternative=alternative,
        alpha=float(alpha),
        correction=correction,
        cutoff=float(p[significant].max()) if significant.any() else None,
        significant=int(significant.sum()),
        inference="exact hypergeometric",
    )
    return pd.DataFrame(
        {
            "join_count": sites.column(np.where(tested, joins, np.nan), np.nan),
            "join_p": sites.column(p, np.nan),
            "join_q": sites.column(q, np.nan),
            "join_label": pd.array(sites.column(labels, "No data"), dtype="str"),
        },
        index=sites.index,
    )


def _tails(
    sites: Sites, joins: npt.NDArray[np.int64], tested: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Give the chances of at least, and at most, the joins seen; NaN where not tested."""
    from scipy.stats import hypergeom

    others, having = len(sites.rows) - 1, int(sites.y.sum()) - 1
    greater, less = np.full(len(joins), np.nan), np.full(len(joins), np.nan)
    k, j = sites.degree[tested], joins[tested]
    greater[tested] = np.clip(hypergeom.sf(j - 1, others, having, k), 0.0, 1.0)
    less[tested] = np.clip(hypergeom.cdf(j, others, having, k), 0.0, 1.0)
    return greater, less
