"""Count and weigh what happened at named venues: for those inside the sharing protocol, never to be shared."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.checks import listed, require_columns, require_positive
from hotspot.errors import ComparabilityError, ConfigError, HotspotError, HotspotWarning, InputError
from hotspot.places.venue_attribution import AMBIGUOUS, FATES, PLACED, TIED, attribute, read_venues
from hotspot.places.venue_sums import denominate, mitigate, sum_by_venue, weigh
from hotspot.places.venue_times import decay, moments_of, read_half_life, read_moment
from hotspot.record import note
from hotspot.schema import is_source_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray


LIGHTS = ("green", "amber", "red")


def venue_table(
    incidents: gpd.GeoDataFrame,
    venues: gpd.GeoDataFrame,
    *,
    until: str | pd.Timestamp,
    half_life: str | pd.Timedelta | None = None,
    weights: str | Mapping[str, float] | None = None,
    within: float = 30.0,
    max_uncertainty: float = 50.0,
    capacity: str | None = None,
    mitigation: str | None = None,
    thresholds: tuple[float, float] | None = None,
) -> pd.DataFrame:
    r"""
    Count the records at each venue by source, and weigh them by severity and age: for restricted use only.

    Parameters
    ----------
    incidents
        Incidents with ``source``, points in a projected metric CRS, ``uncertainty_m`` (metres) or ``location_level``,
        and ``occurred_from`` (else ``arrived_at`` or ``received_at``). After `link_events`, an event that several
        sources know of counts once in the totals.
    venues
        Named places in the same CRS, points or polygons, each with its own label in the index: ``name``, and columns
        for ``capacity`` and ``mitigation``. A gazetteer of `read_gazetteer` will do: rows whose ``kind`` is a street, a
        postcode or the like are left out. Give every place that records may be at, not the licensed ones alone.
    until
        End of the period: a moment of the local clock, such as the day after its last day.
    half_life
        Age at which a record weighs half, such as ``"180D"``. None: an old record weighs as much as a new one.
    weights
        Points for one record: a column of the incidents (``"weight"``), or a mapping from category to points. None: 1.
    within
        Furthest that a record may lie from its venue's point or outline, metres.
    max_uncertainty
        Records less exact than this radius, metres, are never tied to a venue; nor are those known by street, postcode
        or anything else coarser than a point.
    capacity
        Column of the venues: how many people it may hold.
    mitigation
        Column of the venues: points that the panel takes off, 0 where none.
    thresholds
        Points from which a venue is amber, and from which it is red. None: no lights. There is no default, because
        cut-offs are the panel's to set, and to keep from meeting to meeting.

    Returns
    -------
    DataFrame
        Indexed like the venues, the index named ``venue_id``; no geometry. ``name``; ``light`` (green, amber, red);
        ``n_<source>`` (records) and ``points_<source>``; for a single source or linked events ``n`` (events) and
        ``points``; ``ambiguous`` (records that may be of this venue or of one beside it, in no other column);
        ``capacity`` and ``points_per_1000`` (places); ``mitigation`` and ``points_net`` (at least 0). The columns of a
        source none of whose records is exact enough are missing, never 0.

    Raises
    ------
    InputError
        No record of any source can be tied to a venue, whatever the venues (anonymised points, homes); a record begins
        at ``until`` or later; a column is missing or holds what it should not; a venue has no name or place.
    CRSError
        The two are not in one projected metric CRS.
    ComparabilityError
        Lights or mitigation of several sources that nobody has linked.
    ConfigError
        An option does not fit.

    Warns
    -----
    HotspotWarning
        A source has no record exact enough; a source has more ambiguous records than tied ones.

    Notes
    -----
    A record belongs to the nearest venue, if that lies within ``within`` metres and no other venue lies within the
    record's own uncertainty. If one does, the record is *ambiguous*: it counts for nobody and is never split. A record
    found by a venue's name (``location_level`` venue) that lies on that venue is its own, whatever stands next door.
    Records of homes, domestic and sexual violence, and of events that another source knows as such, are never tied.

    A record gives its weight times :math:`2^{-age/half\_life}`, age being the time from the middle of the interval in
    which it happened (month precision: mid-month) to ``until``. An event of several records counts once, at the venue
    of its best placed record, with the most points that one of its records gives there.

    A count at a venue is not the venue's fault. It depends on how many people go there, on opening hours, on cameras
    and staff who call the police, and on what is written down. The release gate lets the table through in a restricted
    release only.

    References
    ----------
    Traffic-light schemes for licensed premises, as in Cambridge and Cardiff: points by severity less mitigation.

    Examples
    --------
    >>> import geopandas as gpd
    >>> import pandas as pd
    >>> import hotspot as hs
    >>> venues = gpd.GeoDataFrame(
    ...     {"name": ["The Anchor", "Club Blue"]}, index=["v1", "v2"],
    ...     geometry=gpd.points_from_xy([1000, 1400], [1000, 1000]), crs=27700,
    ... )
    >>> incidents = gpd.GeoDataFrame(
    ...     {
    ...         "source": "ed", "category": "assault", "uncertainty_m": 25.0,
    ...         "occurred_from": pd.to_datetime(["2025-12-31", "2025-07-05", "2025-07-05"]),
    ...     },
    ...     geometry=gpd.points_from_xy([1000, 1004, 1405], [1000, 1003, 1000]), crs=27700,
    ... )
    >>> table = hs.venue_table(incidents, venues, until="2026-01-01", half_life="180D", thresholds=(1, 3))
    >>> table[["name", "light", "n_ed", "points_ed"]].round(2).values.tolist()
    [['The Anchor', 'amber', 2, 1.5], ['Club Blue', 'green', 1, 0.5]]
    """
    end, length = read_moment(until), read_half_life(half_life)
    require_positive(within, "within", "metres")
    require_positive(max_uncertainty, "max_uncertainty", "metres")
    cuts = _thresholds(thresholds)
    places, other_kinds = read_venues(venues, incidents)
    sources = _sources(incidents)
    together = len(sources) == 1 or "event_id" in incidents
    if not together and (cuts is not None or mitigation is not None):
        raise ComparabilityError(
            f"incidents: records of {len(sources)} sources ({listed(sources)}) are not events, so they have no common "
            "points to set a light by. Call link_events first, or give one source."
        )
    moments, times = moments_of(incidents, end)
    found = attribute(
        incidents, places, moments.notna().to_numpy(dtype=bool), within=within, max_uncertainty=max_uncertainty
    )
    account = _account(incidents["source"], found.fate, sources)
    _refuse_hopeless(account)
    points = weigh(incidents, found, weights) * decay(moments.iloc[found.row], end, length)
    sums, at_two = sum_by_venue(incidents, found, points, len(places), _known(account), together=together)
    table = pd.DataFrame(
        {"name": places["name"].astype("str")} | sums | {"ambiguous": pd.array(found.ambiguous, dtype="Int64")},
        index=places.index,
    ).rename_axis("venue_id")
    denominate(table, places, capacity)
    mitigate(table, places, mitigation)
    if cuts is not None:
        score = table["points" if mitigation is None else "points_net"].to_numpy()
        table.insert(1, "light", np.array(LIGHTS, dtype=object)[np.digitize(score, cuts)])
        table["light"] = table["light"].astype("str")
    note(
        "venue_table", until=end.isoformat(), half_life_days=None if length is None else length / pd.Timedelta("1D"),
        within_m=float(within), max_uncertainty_m=float(max_uncertainty), records=len(incidents), account=account,
        events_at_two_venues=at_two, **times, venues=len(places), rows_of_other_kinds=other_kinds,
        weights="1 each" if weights is None else f"column {weights}" if isinstance(weights, str) else dict(weights),
        thresholds=None if cuts is None else list(cuts),
    )  # fmt: skip
    _say(account)
    return table


def _thresholds(thresholds: tuple[float, float] | None) -> tuple[float, float] | None:
    """Check the cut-offs: two numbers above 0, amber below red."""
    if thresholds is None:
        return None
    if isinstance(thresholds, str) or not isinstance(thresholds, Sequence) or len(thresholds) != len(LIGHTS) - 1:
        raise ConfigError(f"thresholds: {thresholds!r} must be two numbers, the points for amber and for red.")
    amber, red = (require_positive(value, "thresholds", "points") for value in thresholds)
    if amber >= red:
        raise ConfigError(f"thresholds: amber ({amber:g}) must lie below red ({red:g}).")
    return float(amber), float(red)


def _sources(incidents: gpd.GeoDataFrame) -> list[str]:
    """List the sources of the records, sorted."""
    require_columns(incidents, ["source"], "incidents")
    if incidents.empty:
        raise InputError("incidents: there are none. A table of zeros would say that nothing happened.")
    names = sorted(str(name) for name in incidents["source"].dropna().unique())
    if incidents["source"].isna().any() or not all(is_source_name(name) for name in names):
        raise InputError("incidents: every record needs a source of lower-case letters, digits and underscores.")
    return names


def _account(source: pd.Series, fate: NDArray[np.object_], sources: list[str]) -> dict[str, dict[str, int]]:
    """Count each source's records by what became of them; every record is in one cell."""
    own = {name: (source == name).to_numpy(dtype=bool) for name in sources}
    account = {name: {why: int((own[name] & (fate == why)).sum()) for why in FATES} for name in sources}
    total = sum(sum(numbers.values()) for numbers in account.values())
    if total != len(source):
        raise HotspotError(f"venue_table: the account does not balance: {total} of {len(source)} records.")
    return account


def _refuse_hopeless(account: dict[str, dict[str, int]]) -> None:
    """Refuse records none of which could be tied to any venue."""
    if any(numbers[fate] for numbers in account.values() for fate in PLACED):
        return
    why = {fate: sum(numbers[fate] for numbers in account.values()) for fate in FATES}
    raise InputError(
        f"incidents: none of {sum(why.values()):,} records can be tied to a venue "
        f"({listed(f'{fate}: {number:,}' for fate, number in why.items() if number)}). Points of data.police.uk are "
        "anonymised and stand for a street; ask the agency for the exact place, or for the premises' name."
    )


def _known(account: dict[str, dict[str, int]]) -> dict[str, bool]:
    """Tell for each source whether any of its records is exact enough to be of a venue."""
    return {name: any(numbers[fate] for fate in PLACED) for name, numbers in account.items()}


def _say(account: dict[str, dict[str, int]]) -> None:
    """Warn once of what makes the table less than it seems."""
    said = []
    silent = [name for name, known in _known(account).items() if not known]
    if silent:
        said.append(
            f"no record of {listed(silent)} is exact enough to be of a venue: the columns are missing, not 0, and "
            "totals are without it"
        )
    unclear = [name for name, numbers in account.items() if numbers[AMBIGUOUS] > numbers[TIED]]
    if unclear:
        said.append(
            f"more records of {listed(unclear)} lie between venues than at one (see the column ambiguous): ask for the "
            "premises' name, or give outlines instead of points"
        )
    if said:
        warnings.warn(f"venue_table: {'. '.join(said)}.", HotspotWarning, stacklevel=3)


__all__ = ["LIGHTS", "venue_table"]
