"""Say how many matches stand against chance, over a grid of tolerances, for each record and for the whole area."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import product
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pandas as pd

from hotspot.checks import require_choice, require_columns, require_positive
from hotspot.errors import ComparabilityError, ConfigError
from hotspot.fusion.linkage_chance import LEVEL, VERDICTS, correct, match_copies, require_window, within
from hotspot.fusion.linkage_records import (
    Linkable,
    account,
    check_incidents,
    event_times,
    lay_out,
    read_categories,
    read_gap,
    refuse_hopeless,
    who_asks,
    why_not,
)
from hotspot.record import note

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import geopandas as gpd

_HOUR = pd.Timedelta("1h")
_Value = TypeVar("_Value", float, pd.Timedelta)


def tolerance_curve(
    incidents: gpd.GeoDataFrame,
    *,
    of: str = "ed",
    against: str = "police",
    distances: Sequence[float] = (50, 100, 200, 500),
    gaps: Sequence[str | pd.Timedelta] = ("1h", "2h", "6h", "24h"),
    categories: Collection[str] | None = None,
    use_arrival: bool = False,
) -> pd.DataFrame:
    """
    Count the matches of two sources, and those that chance gives, over a grid of tolerances.

    Parameters
    ----------
    incidents
        Incidents of both sources (``combine``), in a projected metric CRS; records of other sources are left out.
    of, against
        The two sources.
    distances
        Largest distances, in metres.
    gaps
        Largest gaps between the times of two records, such as ``"6h"``.
    categories, use_arrival
        As for ``link_events``.

    Returns
    -------
    DataFrame
        Indexed by ``distance_m`` and ``gap_hours``. ``n_of`` and ``n_against``: records that can be linked at this gap,
        inside the window. ``matched``: pairs found, M. ``chance`` and ``chance_sd``: mean and standard deviation of
        the pairs found in copies of one source moved by whole weeks. ``m``: matches corrected for chance, with its
        95 % interval ``m_lower`` to ``m_upper``. ``verdict``: ``estimated``; ``chance dominates`` (chance is more
        than half of M: m is missing); ``no match``; ``time too coarse`` (no record of a source can be linked).

    Raises
    ------
    ComparabilityError
        No record of a source can be linked, or both cover fewer than 26 whole weeks.
    ConfigError
        A source is not there, or a tolerance not above 0.
    CRSError, InputError
        As for ``link_events``.

    Notes
    -----
    The window is the days that both sources cover, cut to whole weeks at its end; a source is taken to reach five
    times the mean time between its records beyond its first and last. One source is moved round it: what leaves at
    its end comes in again at its start, so place, weekday and hour stay, and none falls off (a plain shift loses
    records, finds too few chance matches and puts m too high). There is a copy for every number of weeks, at most
    25, spread evenly; a shift of one week is among them, for what happens again at a place within days is another
    event. Where every record has the same chance of a false match, ``m = (M - chance) / (1 - chance / n)``, n the
    records of the smaller source. In a city it differs from place to place: m is the sum of that correction with
    each record's own chance. The interval is for the number of true matches *within these tolerances*; it knows
    nothing of true partners that lie further apart. Months that a source does not cover make chance look too rare:
    cut the period to what both cover.

    Read the curve for a plateau. Where m grows little from one tolerance to the next, what can be found is found.
    **Unmatched is not unreported.**

    References
    ----------
    Ariel, Weinborn and Boyle (2015) Emergency Medicine Journal 32(5). Sutherland, Strang, Stöckl and others (2021)
    Cambridge Journal of Evidence-Based Policing 5, whose unmatched share moves from 66 to over 90 % with tolerances.

    Examples
    --------
    >>> import geopandas as gpd, numpy as np, pandas as pd
    >>> from hotspot.fusion import tolerance_curve
    >>> hours = pd.date_range("2024-01-01", periods=400, freq="23h")
    >>> east = 530_000 + 97.0 * np.arange(400)
    >>> police = {"source": "police", "occurred_from": hours, "category": "violence_with_injury"}
    >>> ed = {"source": "ed", "occurred_from": hours[::4] + pd.Timedelta("20min"), "category": "assault"}
    >>> incidents = gpd.GeoDataFrame(
    ...     pd.concat([pd.DataFrame(police), pd.DataFrame(ed)], ignore_index=True),
    ...     geometry=gpd.points_from_xy(np.append(east, east[::4] + 30), np.full(500, 180_000.0)),
    ...     crs=27700,
    ... )
    >>> curve = tolerance_curve(incidents, distances=(50, 200), gaps=("1h",))
    >>> curve[["n_of", "matched", "chance", "m", "verdict"]].values.tolist()  # one lies beyond the last whole week
    [[99, 99, 0.0, 99.0, 'estimated'], [99, 99, 0.0, 99.0, 'estimated']]
    """
    _require_lists(distances, gaps)
    metres = _distinct([float(require_positive(each, "distances", "metres")) for each in distances], "distances")
    lengths = _distinct([read_gap(each, "gaps") for each in gaps], "gaps")
    widest = max(lengths)
    linkable, _, left_out = _prepare(incidents, of, against, widest, max(metres), categories, use_arrival=use_arrival)
    one, other = linkable.sources.index(of), linkable.sources.index(against)
    window = require_window(linkable, one, other)
    grid = list(product(metres, lengths))
    found, _ = match_copies(within(linkable, one, other, window, max(metres)), one, other, window, grid)
    rows = []
    for copies in found:
        n_of, n_against = copies.matched.size, copies.others
        if who_asks(linkable, one, other)[0] == other:
            n_of, n_against = n_against, n_of
        counted = {"n_of": n_of, "n_against": n_against, "matched": int(copies.matched.sum())}
        rows.append(counted | correct(copies))
    index = pd.MultiIndex.from_tuples(
        [(distance, gap / _HOUR) for distance, gap in grid], names=["distance_m", "gap_hours"]
    )
    columns = ["n_of", "n_against", "matched", "chance", "chance_sd", "m", "m_lower", "m_upper", "verdict"]
    curve = pd.DataFrame(rows, index=index)[columns].astype({"verdict": "str"})
    note(
        "tolerance_curve",
        of=of,
        against=against,
        weeks=window.weeks,
        days_cut=window.days - 7 * window.weeks,
        copies=found[0].by_copy.size,
        level=LEVEL,
        cannot_be_linked=left_out,
        verdicts={name: int((curve["verdict"] == name).sum()) for name in VERDICTS},
    )
    return curve


def match_chance(
    incidents: gpd.GeoDataFrame,
    *,
    of: str,
    against: str,
    max_distance: float = 250,
    max_gap: str | pd.Timedelta = "6h",
    categories: Collection[str] | None = None,
    use_arrival: bool = False,
) -> pd.Series:
    """
    Estimate for each record how likely it is to find a partner by chance alone.

    Parameters
    ----------
    incidents
        Incidents of both sources (``combine``), in a projected metric CRS.
    of, against
        The source whose records are asked about, and the one in which partners are looked for.
    max_distance, max_gap, categories, use_arrival
        As for ``link_events``.

    Returns
    -------
    Series
        ``match_chance``, 0 to 1, indexed like the rows of source ``of``: the share of the copies, moved by whole weeks,
        in which the record finds a partner. Missing for a record that cannot be linked, or lies outside the whole
        weeks that both sources cover.

    Raises
    ------
    ComparabilityError, ConfigError, CRSError, InputError
        As for ``tolerance_curve``.

    Notes
    -----
    Summed over the records of an area it is that area's own chance mean: higher in the city centre on a Friday night,
    next to nothing in a village. Leave the records for which it is missing out of the matches that it is set beside.
    It is no probability that a match which was found is false.

    Examples
    --------
    >>> import geopandas as gpd, numpy as np, pandas as pd
    >>> from hotspot.fusion import match_chance
    >>> days = pd.date_range("2024-01-01 22:00", periods=364, freq="D")
    >>> police = {"source": "police", "occurred_from": days, "category": "assault"}
    >>> ed = {"source": "ed", "occurred_from": days[[0, 91, 182, 265]], "category": "assault"}
    >>> incidents = gpd.GeoDataFrame(
    ...     pd.concat([pd.DataFrame(police), pd.DataFrame(ed)], ignore_index=True),
    ...     geometry=gpd.points_from_xy(np.where(np.arange(368) < 366, 530_000, 540_000), np.full(368, 180_000)),
    ...     crs=27700,
    ... )
    >>> match_chance(incidents, of="ed", against="police").to_list()  # two where police go nightly, two where never
    [1.0, 1.0, 0.0, 0.0]
    """
    distance, gap = float(require_positive(max_distance, "max_distance", "metres")), read_gap(max_gap)
    linkable, rows, left_out = _prepare(incidents, of, against, gap, distance, categories, use_arrival=use_arrival)
    one, other = linkable.sources.index(of), linkable.sources.index(against)
    window = require_window(linkable, one, other)
    inside = within(linkable, one, other, window, distance)
    (copies,), by_record = match_copies(inside, one, other, window, [(distance, gap)])
    share = np.full(len(rows), math.nan)
    share[inside.row] = by_record / copies.by_copy.size
    own = (incidents["source"] == of).to_numpy()
    result = pd.Series(share[own[rows]], index=incidents.index[own], name="match_chance")
    note(
        "match_chance",
        of=of,
        against=against,
        max_distance_m=distance,
        max_gap_hours=gap / _HOUR,
        weeks=window.weeks,
        copies=copies.by_copy.size,
        records=len(result),
        missing=int(result.isna().sum()),
        cannot_be_linked=left_out,
        chance=float(result.sum()),
    )
    return result


def union_total(curve: pd.DataFrame) -> pd.DataFrame:
    """
    Count the distinct events that two sources know of together, over the grid of tolerances.

    Parameters
    ----------
    curve
        What ``tolerance_curve`` gives.

    Returns
    -------
    DataFrame
        Indexed like the curve: ``n_of``, ``n_against``, ``total`` = n_of + n_against - m, its 95 % interval
        ``total_lower`` to ``total_upper``, and ``added`` = n_of - m, what the first source adds to the second.
        ``total`` and ``added`` are missing where chance dominates; the interval is not.

    Raises
    ------
    InputError
        The frame lacks a column of the curve.

    Notes
    -----
    For the whole study area only, and for records that can be linked: those without a place or a time are in neither
    count. Quote the range over the tolerances that are defensible, not one row. It is not the total of all violence,
    of which both sources may know nothing.

    Examples
    --------
    >>> import pandas as pd
    >>> from hotspot.fusion import union_total
    >>> row = {"n_of": 200, "n_against": 900, "m": 115.0, "m_lower": 100.0, "m_upper": 130.0}
    >>> curve = pd.DataFrame([row], index=pd.MultiIndex.from_tuples([(200.0, 6.0)], names=["distance_m", "gap_hours"]))
    >>> union_total(curve).iloc[0].to_dict()
    {'n_of': 200.0, 'n_against': 900.0, 'total': 985.0, 'total_lower': 970.0, 'total_upper': 1000.0, 'added': 85.0}
    """
    require_columns(curve, ["n_of", "n_against", "m", "m_lower", "m_upper"], "curve")
    both = curve["n_of"] + curve["n_against"]
    return pd.DataFrame(
        {
            "n_of": curve["n_of"],
            "n_against": curve["n_against"],
            "total": both - curve["m"],
            "total_lower": both - curve["m_upper"],
            "total_upper": both - curve["m_lower"],
            "added": curve["n_of"] - curve["m"],
        }
    )


def _require_lists(distances: object, gaps: object) -> None:
    """Refuse one tolerance that is no list; a text would be read letter by letter."""
    for given, argument in ((distances, "distances"), (gaps, "gaps")):
        if isinstance(given, str) or not isinstance(given, Iterable):
            raise ConfigError(f"{argument}: give a list, such as [{given!r}].")


def _distinct(values: list[_Value], argument: str) -> list[_Value]:
    if not values:
        raise ConfigError(f"{argument}: the list is empty. Give at least one.")
    return sorted(set(values))


def _prepare(
    incidents: gpd.GeoDataFrame,
    of: str,
    against: str,
    gap: pd.Timedelta,
    distance: float,
    categories: Collection[str] | None,
    *,
    use_arrival: bool,
) -> tuple[Linkable, np.ndarray, dict[str, dict[str, int]]]:
    """Lay out the records of two sources; give also their rows in the frame, and why others cannot be linked."""
    sources = check_incidents(incidents)
    for name, argument in ((of, "of"), (against, "against")):
        require_choice(name, sources, argument)
    if of == against:
        raise ConfigError(f"of, against: both are {of!r}. Name two sources.")
    rows = np.flatnonzero(incidents["source"].isin([of, against]).to_numpy())
    chosen = incidents.iloc[rows]
    times = event_times(chosen, use_arrival=use_arrival)
    reason = why_not(chosen, times, gap, read_categories(categories))
    refuse_hopeless(chosen["source"], reason, [of, against])
    for name in (of, against):
        if not ((chosen["source"] == name) & (reason == "")).any():
            raise ComparabilityError(
                f"incidents: no record of source {name!r} is of a category that may be linked. "
                "Name those it has in categories=."
            )
    left_out = account(chosen["source"], reason)
    names = sorted({of, against})
    return lay_out(chosen, times, (reason == "").to_numpy(), names, distance), rows, left_out


__all__ = ["match_chance", "tolerance_curve", "union_total"]
