"""Do events come in pairs, close in space and soon after one another? The Knox test."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from hotspot.checks import require_choice, require_whole
from hotspot.errors import ConfigError
from hotspot.numerics.close_pairs import lay_out
from hotspot.numerics.knox_counts import count_knox
from hotspot.numerics.knox_tails import upper_tails
from hotspot.numerics.random_numbers import MAX_SEED
from hotspot.record import note
from hotspot.temporal.near_repeat_bands import label_bands, read_edges
from hotspot.temporal.near_repeat_events import choose_events, require_reason

if TYPE_CHECKING:
    import numpy.typing as npt

    from hotspot.numerics.knox_counts import KnoxCounts
    from hotspot.temporal.near_repeat_events import Events, Points, Times

    Floats = npt.NDArray[np.float64]

METRICS = ("euclidean", "manhattan")
KNOX_LABELS = ("Above chance", "Perhaps", "Not significant", "Undefined")
_LEAST_RATIO = 1.2
_ALPHA = 0.05


def knox(
    points: Points,
    times: Times,
    *,
    distance: float | list[float],
    time: float | list[float],
    permutations: int = 999,
    seed: int = 0,
    metric: Literal["euclidean", "manhattan"] = "euclidean",
    same_place: bool = False,
    same_day: bool = False,
    comparable: bool = True,
    reason: str | None = None,
) -> pd.DataFrame:
    """
    Count the pairs of events that are close in space and in time, beside the number that chance gives.

    Parameters
    ----------
    points
        GeoSeries or GeoDataFrame of points in a projected metric CRS, or planar coordinates of shape (n, 2). Of
        incidents, ``source``, ``event_id``, ``time_precision``, ``time_flag``, ``uncertainty_m`` and
        ``location_method`` are honoured.
    times
        When each happened: numbers in any unit, or times of the local clock. A Series has the labels of ``points``.
    distance
        Band edges in metres (in the unit of the coordinates): ``[100, 200]``, like ``[0, 100, 200]``, is 0 to 100 and
        over 100 to 200. A band is right-closed and the first holds 0; a number is one band. The last edge may be
        infinite.
    time
        Band edges in days, in lengths of time (``"7D"``, timedelta), or in the unit of the numbers given.
    permutations
        Shuffles of the times, 1 or more.
    seed
        From 0 to 2**64 - 1. Same seed, same result, for any order of rows and any number of threads.
    metric
        ``euclidean``, or ``manhattan`` for distance along the axes.
    same_place
        Whether pairs at the very same place are a band of their own, before the others.
    same_day
        Whether pairs of one calendar day are a band of their own, before the others; all times are then taken to the
        day. Of numbers: pairs of exactly one time.
    comparable, reason
        ``comparable=False`` takes the places as they are though they look snapped, rounded, moved or uncertain; then
        ``reason`` says why that is right.

    Returns
    -------
    DataFrame
        Indexed by the bands of ``distance`` and ``time``: ``observed`` pairs; ``expected`` pairs, exact; ``ratio``
        of the two, missing where none is expected; ``p``, upper tail: (M + 1) / (R + 1), M the shuffles with at
        least as many pairs; ``q``, p corrected for all bands of the table; ``knox_label``, one of KNOX_LABELS;
        ``distance_to`` and ``time_to``, the bands' upper ends.

    Raises
    ------
    CRSError
        The points have no projected metric reference system.
    ComparabilityError
        Records of several sources that nobody linked.
    ConfigError
        A band or an option is none; ``comparable=False`` without a reason; bands below a day for events known to the
        day.
    InputError
        Fewer than two events can be compared; only months are known, as in data.police.uk; the places are not where
        the events happened: moved, stacked on few places, or rounded to more than half of the first band.

    Warns
    -----
    HotspotWarning
        Fewer than half of the events can be compared, or most are intervals longer than the first band of time.

    Notes
    -----
    The null hypothesis: places and times stay, and which belongs to which is chance. ``expected`` is pairs in the
    band of distance by pairs in the band of time, over all pairs; the mean over all orders of the times is just that,
    so no simulation is in it or in the ratio. Knox's Poisson test treats pairs as independent, which they are not, and
    is not given.

    ``p`` is of one band and only for *more* pairs than chance. Of 20 bands, one is below 0.05 by chance. ``q`` holds
    the chance of any false alarm in the whole table (minP, from the same shuffles). *Above chance*: ratio at least 1.2
    and q below 0.05. *Perhaps*: the ratio, and only p below 0.05, the usual rule.

    Left out and counted in the record of the run: no point, no time, times with a ``time_flag`` other than ok or
    known to the month, places less certain than the first band, records of homes, domestic and sexual violence, other
    records of the same event. Where an event is known to the day only, all are taken to the day. An event known as an
    interval stands where ``times`` puts it; their number is in the record.

    What it does not mean. Not that one event causes the next, nor that the same people do both: a season that moves
    around the town, an estate that is built, a holiday season in one quarter make pairs too. Not a forecast. Pairs
    across the edge of the map are not seen, in the observed and the expected alike. "Not significant" is not
    "no near repeats".

    References
    ----------
    Knox, E. G. (1964). The detection of space-time interactions. Applied Statistics 13, 25-29.
    Johnson, S. D. et al. (2007). Space-time patterns of risk: a cross national assessment of residential burglary
    victimization. Journal of Quantitative Criminology 23, 201-219.
    Westfall, P. H. and Young, S. S. (1993). Resampling-Based Multiple Testing. Wiley.

    Examples
    --------
    >>> import hotspot as hs
    >>> places = [(0, 0), (60, 0), (5_000, 0), (5_000, 70), (9_000, 0), (9_000, 50)]
    >>> table = hs.knox(places, [1, 3, 40, 45, 90, 91], distance=[100, 200], time=7)
    >>> table[["observed", "expected", "ratio"]].round(2).reset_index().to_dict("records")[0]
    {'distance': '0 to 100', 'time': '0 to 7', 'observed': 3, 'expected': 0.6, 'ratio': 5.0}
    """
    require_choice(metric, METRICS, "metric")
    require_whole(permutations, "permutations", 1, such_as=999)
    require_whole(seed, "seed", 0, MAX_SEED)
    require_reason(reason, comparable=comparable)
    ends = read_edges(distance, "distance")
    finite = ends[np.isfinite(ends)]
    if len(finite) == 0:
        raise ConfigError("distance: an infinite band alone holds every pair. Give a finite edge, such as 100.")
    events = choose_events(points, times, near=float(finite[0]), time=time, comparable=comparable, same_day=same_day)
    edges = np.concatenate([[0.0], finite] if same_place else [finite]) + events.slack
    places = lay_out(events.x, events.y, events.time, float(edges[-1]))
    found = count_knox(
        places, events.time[places.order], edges, events.edges,
        permutations=permutations, seed=seed, manhattan=metric == "manhattan",
    )  # fmt: skip
    same = ("same place" if same_place else "", "same day" if same_day else "")
    table = _table(found, len(events.x), (ends, events.asked), same)
    note(
        "knox", **events.facts, metric=metric, distance=[_plain(end) for end in ends], same_place=same_place,
        same_day=same_day, time=[_plain(end) for end in events.asked], permutations=permutations, seed=seed,
        pairs=len(events.x) * (len(events.x) - 1) // 2, pairs_close_in_space=int(found.in_space.sum()),
        at_a_place_and_time_of_another=_twins(events), comparable=comparable, reason=reason,
    )  # fmt: skip
    return table


def _table(found: KnoxCounts, n: int, ends: tuple[Floats, Floats], same: tuple[str, str]) -> pd.DataFrame:
    """Lay the counts out by band, beside what chance gives; ``same`` names the bands at no distance, if there are."""
    counts, in_space, in_time = found.counts, found.in_space, found.in_time
    every = n * (n - 1) // 2
    if math.isinf(ends[0][-1]):  # what is in no nearer band: no pair needs to be looked at
        counts = np.concatenate([counts, in_time - counts.sum(axis=1, keepdims=True)], axis=1)
        in_space = np.append(in_space, every - in_space.sum())
    counts = np.diff(counts, axis=2, prepend=0)
    in_time = np.diff(in_time, prepend=0)
    expected = np.array([[int(a) * int(b) / every for b in in_time] for a in in_space]).ravel()
    observed = counts[0].ravel()
    p, q = upper_tails(counts.reshape(len(counts), -1)[:, expected > 0])
    bands = [label_bands(edges, name) for edges, name in zip(ends, same, strict=True)]
    far, late = (np.append(0.0, edges) if name else edges for edges, name in zip(ends, same, strict=True))
    index = pd.MultiIndex.from_product(bands, names=["distance", "time"])
    table = pd.DataFrame({"observed": observed, "expected": expected}, index=index)
    table["ratio"] = np.divide(observed, expected, out=np.full(len(table), np.nan), where=expected > 0)
    table[["p", "q"]] = np.nan
    table.loc[expected > 0, ["p", "q"]] = np.column_stack([p, q])
    table["knox_label"] = pd.array(_labels(table), dtype="str")
    table["distance_to"] = np.repeat(far, len(late))
    table["time_to"] = np.tile(late, len(far))
    return table


def _labels(table: pd.DataFrame) -> npt.NDArray[np.object_]:
    """Say which bands hold more pairs than chance gives."""
    above, perhaps, plain, undefined = KNOX_LABELS
    many = table["ratio"] >= _LEAST_RATIO
    chosen = np.select(
        [table["ratio"].isna(), many & (table["q"] < _ALPHA), many & (table["p"] < _ALPHA)],
        [undefined, above, perhaps],
        default=plain,
    )
    return chosen.astype(object)


def _twins(events: Events) -> int:
    """Count events that share place and time with another: repeats of a minute, or one event told twice."""
    rows = np.column_stack([events.x, events.y, events.time])
    _, size = np.unique(rows, axis=0, return_counts=True)
    return int(size[size > 1].sum())


def _plain(end: float) -> float | str:
    """Write an edge so that JSON can hold it."""
    return "infinite" if math.isinf(end) else float(end)


__all__ = ["KNOX_LABELS", "METRICS", "knox"]
