"""Score a ranking of places on what happened there later."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.checks import require_unique_index
from hotspot.errors import InputError
from hotspot.record import note

if TYPE_CHECKING:
    from numpy.typing import NDArray


def pai(observed: pd.Series, score: pd.Series, area: pd.Series) -> pd.DataFrame:
    r"""
    Score a ranking of places by what a later period put into the best of them.

    Parameters
    ----------
    observed
        Events of the later period in each place, 0 or more.
    score
        What the ranking expects there, in events of a like period, 0 or more. (For a density or rate, give it times
        the area.)
    area
        Size of each place: km², or length of street, above 0.

    Returns
    -------
    DataFrame
        One row per place, best first, indexed like the input. Each row scores the list down to that place:
        ``area_share`` of all area, ``hits``, ``hit_rate`` (share of all events), ``pai``, ``pei`` and ``rri``.

    Raises
    ------
    InputError
        The three do not share one index; a value is negative or infinite, or an area is not above 0.

    Notes
    -----
    With n of N events in a of A area: hit rate n / N; predictive accuracy index PAI = (n / N) / (a / A); predictive
    efficiency index PEI = n / n*, where n* is the most that area a could have held (the densest places first, the last
    one in part), so that PEI never exceeds 1; recapture rate index RRI = expected / observed, summed down the list
    (missing while nothing has been observed).
    PAI rises as the area shrinks: compare methods at one share of area. A place with a missing value is left out and
    counted.

    Places are ordered by score per area. Ties are ordered so that the place with fewer events per area comes first:
    a ranking that cannot tell places apart gets the least that its list could have scored. What still ties keeps the
    input's order.

    A high index says that the past told where; it is not an effect of anything done there.

    References
    ----------
    Chainey, Tompson and Uhlig (2008) Security Journal 21, 4-28. Hunt (2016) on PEI. Wheeler and Steenbeek (2021)
    Journal of Quantitative Criminology 37, 445-480.

    Examples
    --------
    >>> import pandas as pd
    >>> from hotspot.evaluation import pai
    >>> table = pai(pd.Series([6, 3, 0]), pd.Series([3, 2, 1]), pd.Series([1, 1, 1]))
    >>> [round(value, 4) for value in table["pai"]]
    [2.0, 1.5, 1.0]
    """
    given = _aligned(observed, score, area)
    kept = given.dropna()
    n, rating, size = (kept[name].to_numpy(dtype=float) for name in ("observed", "score", "area"))
    order = np.lexsort((n / size, -(rating / size)))
    hits, covered, expected = (np.cumsum(values[order]) for values in (n, size, rating))
    total, whole = n.sum(), size.sum()
    area_share = covered / whole
    with np.errstate(divide="ignore", invalid="ignore"):  # 0 of 0 events is missing, not an error
        hit_rate = hits / total
        table = pd.DataFrame(
            {
                "area_share": area_share,
                "hits": hits,
                "hit_rate": hit_rate,
                "pai": hit_rate / area_share,
                "pei": np.minimum(hits / _most(n, size, covered), 1.0),
                "rri": np.where(hits > 0, expected / hits, np.nan),
            },
            index=kept.index[order],
        )
    note("pai", places=len(kept), left_out_missing=len(given) - len(kept), events=float(total), area=float(whole))
    return table


def _aligned(observed: pd.Series, score: pd.Series, area: pd.Series) -> pd.DataFrame:
    """Put the three side by side after checking that they belong together."""
    series = {name: pd.Series(values) for name, values in (("observed", observed), ("score", score), ("area", area))}
    for name, values in series.items():
        require_unique_index(values, name)
        if len(values.index.symmetric_difference(series["observed"].index)):
            raise InputError(f"{name}: its index is not that of observed. Give all three with one index of places.")
        try:
            numbers = values.astype("Float64").to_numpy(dtype=float, na_value=np.nan)
        except (TypeError, ValueError, OverflowError):
            raise InputError(f"{name}: its values are no numbers.") from None
        wrong = np.isinf(numbers) | (numbers < 0) | ((numbers == 0) & (name == "area"))
        if wrong.any():
            least = "above 0" if name == "area" else "0 or more"
            raise InputError(
                f"{name}: {wrong.sum()} value(s) are not finite and {least}, the first in row "
                f"{np.flatnonzero(wrong)[0]}."
            )
    if series["observed"].empty:
        raise InputError("observed: there is no place to rank.")
    index = series["observed"].index
    return pd.DataFrame({name: values.astype("Float64").reindex(index) for name, values in series.items()})


def _most(n: NDArray[np.float64], size: NDArray[np.float64], covered: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the most events that each covered area could have held: the densest places first, the last in part."""
    best = np.argsort(-(n / size), kind="stable")
    areas = np.concatenate([[0.0], np.cumsum(size[best])])
    events = np.concatenate([[0.0], np.cumsum(n[best])])
    return np.asarray(np.interp(covered, areas, events), dtype=np.float64)
