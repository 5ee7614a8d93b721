"""Tell new, growing, lasting and fading hot spots apart: Gi* of every period, and the trend of it."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.checks import require_choice, require_level, require_whole
from hotspot.clusters import getis_ord
from hotspot.errors import ConfigError, HotspotWarning, InputError
from hotspot.evaluation.stability import read_periods
from hotspot.numerics.mann_kendall import mann_kendall
from hotspot.numerics.multiple_testing import CORRECTIONS, adjust
from hotspot.record import note

if TYPE_CHECKING:
    from libpysal.graph import Graph

EMERGING_LABELS = (
    "New",
    "Intensifying",
    "Persistent",
    "Diminishing",
    "Sporadic",
    "Historical",
    "No pattern",
    "No data",
)
_FEWEST = 5
"""With four periods no trend reaches p < .05."""
_FEW = 8


def emerging_hot_spots(
    values: pd.DataFrame,
    graph: Graph,
    *,
    persistent: float = 0.8,
    recent: float = 0.2,
    least: float = 0.1,
    alpha: float = 0.05,
    correction: str = "fdr",
    permutations: int = 9_999,
    seed: int = 0,
) -> pd.DataFrame:
    """
    Class each area by when it was a hot spot and whether its Gi* rises or falls.

    Parameters
    ----------
    values
        Rates, or counts of areas of equal size, areas by five or more periods, the latest last.
    graph
        Neighbours, keyed by the same codes.
    persistent
        Share of its periods in which a lasting hot spot is hot.
    recent
        Share of all periods, the last ones, that are recent (one at least).
    least
        Share of its periods below which a spot that is not new shows no pattern.
    alpha, correction, permutations, seed
        Of `getis_ord` in each period, and of the trend.

    Returns
    -------
    DataFrame
        Indexed like ``values``: ``hot_periods``, ``known_periods``, ``hot_share``; ``mk_z``, ``mk_p`` and ``mk_q`` of
        the trend of Gi* (Mann and Kendall); ``emerging_label``:

        * hot in at least ``persistent`` of its periods: *Intensifying* where Gi* rises (``mk_q`` at or below alpha),
          *Diminishing* where it falls, else *Persistent*;
        * else hot in a recent period: *New* where in none before, else *Sporadic*, if hot in ``least`` of its periods;
        * else *Historical*, if hot in ``least`` of its periods;
        * else *No pattern*. *No data*: fewer than five known periods.

    Raises
    ------
    InputError
        Fewer than five periods, or what `getis_ord` refuses.
    ConfigError
        An option does not fit.

    Warns
    -----
    HotspotWarning
        Fewer than eight periods: only the steadiest trends can be told.

    Notes
    -----
    Gi* compares an area and its neighbours with the whole of the same period, so that a rise of everything is no
    trend; a diminishing spot may have more events than before. Gi* of neighbouring areas share their values: areas of
    one label in a patch are one finding. A few extreme areas make all others look alike: with skewed values give their
    square roots, or smoothed rates. Periods of police recording must be alike, as for `compare_periods`.

    References
    ----------
    Ord and Getis (1995) Geographical Analysis 27, 286-306. Mann (1945) Econometrica 13, 245-259. Kendall (1975). The
    classes follow the idea of Esri's emerging hot spot analysis and of sfhotspot (M. Ashby), with rules of our own.

    Examples
    --------
    >>> import pandas as pd
    >>> from libpysal.graph import Graph
    >>> import hotspot as hs
    >>> codes = [f"A{i:02d}" for i in range(30)]
    >>> near = Graph.from_dicts({c: [codes[j] for j in (i - 1, i + 1) if 0 <= j < 30] for i, c in enumerate(codes)})
    >>> level = [i % 3 + (40 if 10 <= i < 13 else 0) for i in range(30)]
    >>> values = pd.DataFrame({str(year): level for year in range(2015, 2024)}, index=codes)
    >>> hs.emerging_hot_spots(values, near)["emerging_label"].value_counts().to_dict()
    {'No pattern': 29, 'Persistent': 1}
    """
    require_choice(correction, CORRECTIONS, "correction")
    require_level(alpha)
    require_whole(seed, "seed", 0, 2**64 - 1)
    for name, share in (("persistent", persistent), ("recent", recent), ("least", least)):
        if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 < share <= 1:
            raise ConfigError(f"{name}: {share!r} must be above 0 and at most 1.")
    numbers = read_periods(values)
    periods = numbers.shape[1]
    if periods < _FEWEST:
        raise InputError(f"values: {periods} period(s) are too few to tell a trend; give at least {_FEWEST}.")
    if periods < _FEW:
        warnings.warn(
            f"values: with {periods} periods only the steadiest trends of Gi* can be told.",
            HotspotWarning,
            stacklevel=2,
        )
    z, hot, known = np.full(numbers.shape, np.nan), np.zeros(numbers.shape, bool), np.zeros(numbers.shape, bool)
    for period in range(periods):
        gi = getis_ord(
            pd.Series(numbers[:, period], index=values.index), graph, permutations=permutations, alpha=alpha,
            correction=correction, seed=seed,
        )  # fmt: skip
        z[:, period] = gi["gi_z"].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
        hot[:, period] = (gi["gi_label"] == "Hot").to_numpy(dtype=bool)
        known[:, period] = ~gi["gi_label"].isin(["No data", "No neighbours", "Undefined"]).to_numpy(dtype=bool)
    z[~known] = np.nan
    _, mk_z, mk_p = mann_kendall(z)
    among = known.sum(axis=1)
    mk_z[among < _FEWEST] = mk_p[among < _FEWEST] = np.nan
    mk_q = adjust(mk_p, correction)
    labels = _labels(hot, among, mk_z, mk_q <= alpha, (persistent, recent, least))
    counted = {name.lower().replace(" ", "_"): int((labels == name).sum()) for name in EMERGING_LABELS}
    note("emerging_hot_spots", areas=len(values), periods=periods, alpha=alpha, correction=correction, labels=counted)
    with np.errstate(invalid="ignore", divide="ignore"):
        share_hot = np.where(among > 0, hot.sum(axis=1) / among, np.nan)
    return pd.DataFrame(
        {
            "hot_periods": pd.array(hot.sum(axis=1), dtype="Int64"), "known_periods": pd.array(among, dtype="Int64"),
            "hot_share": share_hot, "mk_z": mk_z, "mk_p": mk_p, "mk_q": mk_q,
            "emerging_label": pd.array(labels, dtype="str"),
        },
        index=values.index,
    )  # fmt: skip


def _labels(
    hot: np.ndarray, among: np.ndarray, z: np.ndarray, trend: np.ndarray, rules: tuple[float, float, float]
) -> np.ndarray:
    """Apply the rules; every area gets exactly one label."""
    persistent, recent, least = rules
    last = max(1, math.ceil(recent * hot.shape[1] - 1e-9))
    times = hot.sum(axis=1)
    lately, before = hot[:, -last:].any(axis=1), hot[:, :-last].any(axis=1)
    lasting, enough = times >= persistent * among - 1e-9, times >= least * among - 1e-9
    labels = np.select(
        [
            among < _FEWEST, times == 0, lasting & trend & (z > 0), lasting & trend & (z < 0), lasting,
            lately & ~before, lately & enough, ~lately & enough,
        ],
        ["No data", "No pattern", "Intensifying", "Diminishing", "Persistent", "New", "Sporadic", "Historical"],
        "No pattern",
    )  # fmt: skip
    return np.asarray(labels, dtype=object)


__all__ = ["EMERGING_LABELS", "emerging_hot_spots"]
