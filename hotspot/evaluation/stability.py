"""Say which places stay on the list, and whether lists change more than chance makes them."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.checks import require_unique_index, require_whole
from hotspot.errors import ConfigError, HotspotWarning, InputError
from hotspot.evaluation.list_scores import numbers_of
from hotspot.record import note

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Booleans = NDArray[np.bool_]

_MOST_EVENTS = 2**53
PLACE_CLASSES = ("persistent", "emerging", "intermittent", "former", "never", "No data")


def place_classes(
    values: pd.DataFrame, *, k: int, persistent: float = 0.8, recent: float = 0.25, least_known: int = 2
) -> pd.DataFrame:
    """
    Say how often each place was among the first k, and what kind of place that makes it.

    Parameters
    ----------
    values
        Counts or scores, places by periods, the latest period last; missing where nothing is known.
    k
        Places on the list of each period. Equal values are listed in the order of their codes; a place whose count is 0
        is never listed.
    persistent
        Share of its known periods in which a persistent place is listed.
    recent
        Share of all periods, the last ones, that are recent (one at least).
    least_known
        Fewest known periods of a place that is classed.

    Returns
    -------
    DataFrame
        Indexed like ``values``: ``periods_known``, ``periods_listed``, ``persistence`` (the one by the other) and
        ``place_class``, one of `PLACE_CLASSES`:

        * persistent: listed in at least ``persistent`` of its periods;
        * emerging: not that; listed in a recent period, and in none before;
        * intermittent: not that; listed in a recent period and before;
        * former: listed before, in no recent period;
        * never: in no period; No data: too few known periods.

    Raises
    ------
    InputError
        Values are infinite, or no place has any.
    ConfigError
        An option does not fit.

    Notes
    -----
    An emerging place may be chance: of many places some are high for the first time in any period. See how many chance
    alone would list anew (`list_stability`), and test the change (`change_by_area`).

    Examples
    --------
    >>> import pandas as pd
    >>> import hotspot as hs
    >>> values = pd.DataFrame({"2021": [9, 5, 8, 0], "2022": [9, 4, 7, 0], "2023": [8, 2, 6, 1], "2024": [9, 3, 1, 7]},
    ...     index=list("ABCD"))
    >>> hs.place_classes(values, k=2)["place_class"].to_dict()
    {'A': 'persistent', 'B': 'never', 'C': 'former', 'D': 'emerging'}
    """
    numbers = read_periods(values)
    require_whole(k, "k", 1, len(values))
    require_whole(least_known, "least_known", 1)
    for name, share in (("persistent", persistent), ("recent", recent)):
        if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 < share <= 1:
            raise ConfigError(f"{name}: {share!r} must be above 0 and at most 1.")
    periods = numbers.shape[1]
    last = max(1, math.ceil(recent * periods - 1e-9))
    if last >= periods:
        raise ConfigError(
            f"recent: {recent!r} of {periods} period(s) leaves none that were before. Give less, or more."
        )
    listed, known = first_k(numbers, values.index, k), ~np.isnan(numbers)
    times, among = listed.sum(axis=1), known.sum(axis=1)
    lately, before = listed[:, -last:].any(axis=1), listed[:, :-last].any(axis=1)
    kind = np.select(
        [among < least_known, times >= persistent * among - 1e-9, lately & ~before, lately, before],
        ["No data", "persistent", "emerging", "intermittent", "former"],
        "never",
    )
    kind[(times == 0) & (among >= least_known)] = "never"
    note(
        "place_classes", places=len(values), periods=periods, recent_periods=last, k=k, persistent=float(persistent),
        **{name.lower().replace(" ", "_"): int((kind == name).sum()) for name in PLACE_CLASSES if name != "persistent"},
        class_persistent=int((kind == "persistent").sum()),
    )  # fmt: skip
    with np.errstate(invalid="ignore", divide="ignore"):
        persistence = np.where(among > 0, times / among, np.nan)
    return pd.DataFrame(
        {
            "periods_known": pd.array(among, dtype="Int64"), "periods_listed": pd.array(times, dtype="Int64"),
            "persistence": persistence, "place_class": pd.array(kind, dtype="str"),
        },
        index=values.index,
    )  # fmt: skip


def list_stability(counts: pd.DataFrame, *, k: int, draws: int = 199, seed: int = 0) -> pd.DataFrame:
    """
    Compare the list of each period with that of the period before, beside chance and beside pure counting noise.

    Parameters
    ----------
    counts
        Events, places by periods, whole numbers, the latest period last; missing where nothing is known.
    k
        Places on each list.
    draws
        Redrawings for the noise.
    seed
        Same seed, same noise.

    Returns
    -------
    DataFrame
        Indexed by ``period``, the later of each two: ``in_common`` places of the k, ``jaccard`` (in common by all
        places on either list) and ``jaccard_chance``, the mean of two lists drawn blindly; rank correlation of all
        places, ``spearman`` and ``kendall``. For ``jaccard``, ``spearman`` and ``kendall`` also ``_noise`` with
        ``_noise_lower`` and ``_noise_upper`` (95 %): what two periods would give if no place had changed.

    Raises
    ------
    InputError
        Values are no whole counts, or a pair of periods has fewer than k places in common.

    Warns
    -----
    HotspotWarning
        A pair of lists is less alike than noise alone would make it in 97.5 of 100 draws: places changed.

    Notes
    -----
    Half the places of a list may leave it within a year although nothing changed anywhere, if counts are small. So each
    figure stands beside its noise. Where no place changed, each event of a place fell into the one or the other period
    by chance, in proportion to the periods' totals: given the sums, the counts of a period are binomial, whatever the
    places' rates are. Events are shared out anew like this, and the figures computed again. Within the noise, lists are
    as stable as counts of this size can be; longer periods make steadier lists. Records that come in bunches (one
    brawl, several records) make the noise larger than this.

    References
    ----------
    Jaccard (1912) New Phytologist 11, 37-50. Przyborowski and Wilenski (1940) Biometrika 31, 313-323, on the
    conditional distribution.

    Examples
    --------
    >>> import pandas as pd
    >>> import hotspot as hs
    >>> counts = pd.DataFrame({"2023": [60, 40, 8, 6, 5, 5, 4, 3], "2024": [55, 44, 9, 4, 6, 5, 3, 2]})
    >>> hs.list_stability(counts, k=2, draws=49)[["in_common", "jaccard", "spearman"]].round(2).values.tolist()
    [[2.0, 1.0, 0.92]]
    """
    numbers = read_periods(counts)
    require_whole(k, "k", 1, len(counts))
    require_whole(draws, "draws", 1, 10**6, such_as=199)
    require_whole(seed, "seed", 0, 2**64 - 1)
    parts = ~np.isnan(numbers) & ((numbers % 1 > 0) | (numbers < 0) | (numbers > _MOST_EVENTS))
    if parts.any():
        raise InputError(
            f"counts: {int(parts.sum())} value(s) are no whole numbers of 0 or more, the first in row "
            f"{int(parts.any(axis=1).argmax())}. Noise is that of counts; for scores use place_classes."
        )
    rows, changed = [], []
    for later in range(1, numbers.shape[1]):
        pair = numbers[:, later - 1 : later + 1]
        both = ~np.isnan(pair).any(axis=1)
        if both.sum() < k or (pair[both].sum(axis=0) == 0).any():
            raise InputError(
                f"counts: {int(both.sum())} place(s) are known in both '{counts.columns[later - 1]}' and "
                f"'{counts.columns[later]}', or one of the two has no events; {k} places are to be listed."
            )
        codes = counts.index[np.flatnonzero(both)]
        found = _alike(pair[both], codes, k)
        noise = np.array([_alike(drawn, codes, k)[1:] for drawn in _unchanged(pair[both], draws, [seed, later])])
        lower, upper = np.quantile(noise, (0.025, 0.975), axis=0)
        row: dict[str, object] = {
            "in_common": int(found[0]),
            "jaccard": found[1],
            "jaccard_chance": _blind(k, len(codes)),
        }
        row |= {"spearman": found[2], "kendall": found[3]}
        for i, name in enumerate(("jaccard", "spearman", "kendall")):
            row |= {
                f"{name}_noise": noise[:, i].mean(),
                f"{name}_noise_lower": lower[i],
                f"{name}_noise_upper": upper[i],
            }
        if found[1] < lower[0]:
            changed.append(str(counts.columns[later]))
        rows.append(row)
    table = pd.DataFrame(rows, index=pd.Index([str(c) for c in counts.columns[1:]], name="period"))
    note("list_stability", places=len(counts), periods=numbers.shape[1], k=k, draws=draws, changed=len(changed))
    if changed:
        warnings.warn(
            f"the first {k} places changed more than counting noise explains in {len(changed)} of {len(table)} "
            f"period(s), the first {changed[0]}.",
            HotspotWarning, stacklevel=2,
        )  # fmt: skip
    return table


def read_periods(values: pd.DataFrame) -> Floats:
    """Read places by periods as numbers, missing as NaN."""
    require_unique_index(values, "values")
    if not isinstance(values, pd.DataFrame) or values.shape[1] < 2:  # noqa: PLR2004
        raise InputError("values: give a frame of places by two or more periods, the latest last.")
    if not values.columns.is_unique:
        raise InputError("values: a period stands twice among the columns.")
    columns = [
        numbers_of(values.iloc[:, i], f"values, column {i}", values.index, least=None) for i in range(values.shape[1])
    ]
    numbers = np.column_stack(columns)
    if np.isnan(numbers).all():
        raise InputError("values: no place has a value in any period.")
    return numbers


def first_k(numbers: Floats, codes: pd.Index, k: int) -> Booleans:
    """Mark the first k places of each period; of counts (none negative) those of 0 are never listed."""
    listed = np.zeros(numbers.shape, dtype=bool)
    order_of_codes = np.argsort(np.argsort(codes.astype(str), kind="stable"), kind="stable")
    counts = not (numbers[~np.isnan(numbers)] < 0).any()
    for period in range(numbers.shape[1]):
        column = numbers[:, period]
        able = ~np.isnan(column) & ((column > 0) | (not counts))
        order = np.lexsort((order_of_codes, -np.where(able, column, -np.inf)))
        listed[order[: min(k, int(able.sum()))], period] = True
    return listed


def _alike(pair: Floats, codes: pd.Index, k: int) -> tuple[float, float, float, float]:
    """Give places in common, Jaccard's index, and Spearman's and Kendall's correlations of two columns."""
    from scipy.stats import kendalltau, rankdata

    listed = first_k(pair, codes, k)
    common, either = int(listed.all(axis=1).sum()), int(listed.any(axis=1).sum())
    ranks = rankdata(pair, axis=0)
    spread = ranks.std(axis=0)
    spearman = np.nan
    if (spread > 0).all():
        centred = ranks - ranks.mean(axis=0)
        spearman = float((centred[:, 0] * centred[:, 1]).mean() / spread.prod())
    kendall = float(kendalltau(pair[:, 0], pair[:, 1]).statistic) if (spread > 0).all() else np.nan
    return common, common / either if either else np.nan, spearman, kendall


def _unchanged(pair: Floats, draws: int, seed: list[int]) -> Iterator[Floats]:
    """Share each place's events out between the two periods as chance would, draw by draw."""
    rng = np.random.default_rng(seed)
    events, totals = pair.sum(axis=1).astype(np.int64), pair.sum(axis=0)
    for _ in range(draws):
        first = rng.binomial(events, totals[0] / totals.sum())
        yield np.column_stack([first, events - first]).astype(np.float64)


def _blind(k: int, n: int) -> float:
    """Give the mean of Jaccard's index of two lists of k drawn blindly from n places."""
    from scipy.stats import hypergeom

    common = np.arange(max(0, 2 * k - n), k + 1)
    return float((hypergeom.pmf(common, n, k, k) * common / (2 * k - common)).sum())


__all__ = ["PLACE_CLASSES", "list_stability", "place_classes", "read_periods"]
