"""Keep of several sources what can be compared: one filter for all of them, and an account of what it left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.checks import nearest, require_choice
from hotspot.errors import ComparabilityError, ConfigError, InputError
from hotspot.fusion.comparability import comparability, problems_of, require_reason
from hotspot.fusion.record_traits import injury_status, labels_of, settings_of, sources_of, times_of
from hotspot.geography import locate_in_areas
from hotspot.record import note
from hotspot.schema import CATEGORIES, SETTINGS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    Period = str | tuple[str, str]

COMMON = "common"
UNKNOWN = ("leave_out", "keep")


@dataclass(frozen=True, slots=True)
class _Filters:
    """What is asked of every record, whatever its source."""

    categories: Collection[str] | str | None
    injury: bool | None
    settings: Collection[str] | str | None
    period: Period | None
    within: gpd.GeoDataFrame | None
    coverage: Mapping[str, Collection[str]] | None
    unknown: str


def select_comparable(
    incidents: gpd.GeoDataFrame,
    *,
    settings: Collection[str] | str | None = None,
    injury: bool | None = None,
    categories: Collection[str] | str | None = None,
    period: Period | None = None,
    within: gpd.GeoDataFrame | None = None,
    coverage: Mapping[str, Collection[str]] | None = None,
    residence: Collection[str] = (),
    times: bool = False,
    unknown: str = "leave_out",
    comparable: bool = True,
    reason: str | None = None,
) -> gpd.GeoDataFrame:
    """
    Keep of every source the records that can be compared, by the same filters, and refuse sources that are not alike.

    Parameters
    ----------
    incidents
        Incidents of two or more sources (``combine``).
    settings
        Settings to keep, such as ``("public", "licensed")``. A place found to be a home is one.
    injury
        True keeps records that left an injury, False those that left none. The flag ``injury`` decides, then the
        category (homicide, violence with injury, stab or gunshot; violence without injury, harassment), then whether
        a hospital treated it or an ambulance conveyed it.
    categories
        Categories to keep, in the vocabulary of ``category``.
    period
        First and last month, or day, both included: ``("2024-01", "2024-12")``. ``"common"``: the months in which
        every source has a record. A record belongs where its interval starts.
    within
        Areas in the CRS of the incidents. A record without a point counts by its ``area_code``.
    coverage
        Source to the area codes it covers; a source not named covers all. Only areas that all cover are kept, for
        all sources alike. Codes are those of ``within``, else of the column ``area_code``.
    residence, times
        As for `comparability`.
    unknown
        Records that do not say what a filter asks: ``leave_out`` or ``keep``. They are counted either way.
    comparable
        False lets sources pass that are not alike. Needs a reason.
    reason
        What the comparison then is, such as "health demand, not violence"; written in the record.

    Returns
    -------
    GeoDataFrame
        The records kept, in their order; columns unchanged.

    Raises
    ------
    ComparabilityError
        The sources are not alike after the filters, or a filter leaves nothing of one of them: all problems in one
        message, each with its remedy. Or ``comparable=False`` without a reason.
    ConfigError
        A filter names what does not exist.
    InputError, CRSError
        As for `comparability`; the areas do not fit.

    Notes
    -----
    What each filter left out, by source, is in the record, and in `comparison_table` without running the refusal.
    Sources that pass are alike in what the checks look at; a record is still no event, and unmatched still not
    unreported.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from hotspot.fusion import select_comparable
    >>> incidents = gpd.GeoDataFrame(
    ...     {
    ...         "source": ["police", "police", "ed", "ed"],
    ...         "category": ["violence_with_injury", "stalking_harassment", "assault", "assault"],
    ...         "setting": ["public", "home", "public", "home"],
    ...     },
    ...     index=["police-1", "police-2", "ed-1", "ed-2"], geometry=gpd.points_from_xy([0, 9, 9, 0], [0, 9, 9, 0]),
    ...     crs=27700)
    >>> select_comparable(incidents, injury=True, settings="public").index.tolist()
    ['police-1', 'ed-1']
    """
    require_reason(reason, comparable=comparable)
    sources = sources_of(incidents)
    filters = _checked(_Filters(categories, injury, settings, period, within, coverage, unknown), sources)
    table, stays = _account(incidents, filters, sources)
    kept = incidents[stays]
    empty = [name for name in sources if int(table["kept"][name]) == 0]
    alike = len(sources) - len(empty) > 1 or not empty  # one source alone has nothing to be checked against
    checks = comparability(kept, times=times, residence=set(residence) - set(empty)) if alike else None
    problems = [] if checks is None else problems_of(checks)
    if empty or (problems and comparable):
        _refuse(table, empty, problems if comparable else [])
    note(
        "select_comparable",
        read=len(incidents),
        kept=int(stays.sum()),
        by_source=table.to_dict("index"),
        filters=_stated(filters),
        unknown=unknown,
        comparable=comparable,
        reason=reason,
        not_alike=problems,
        cannot_tell=[] if checks is None else list(dict.fromkeys(checks.loc[checks["verdict"] == "unknown", "check"])),
    )
    return kept


def comparison_table(
    incidents: gpd.GeoDataFrame,
    *,
    settings: Collection[str] | str | None = None,
    injury: bool | None = None,
    categories: Collection[str] | str | None = None,
    period: Period | None = None,
    within: gpd.GeoDataFrame | None = None,
    coverage: Mapping[str, Collection[str]] | None = None,
    unknown: str = "leave_out",
) -> pd.DataFrame:
    """
    Count, for each source, what every filter of `select_comparable` leaves out.

    Parameters
    ----------
    incidents, settings, injury, categories, period, within, coverage, unknown
        As for `select_comparable`.

    Returns
    -------
    DataFrame
        Indexed by ``source``: ``read``; for each filter asked (category, injury, setting, period, area, coverage, in
        this order) the records it leaves out and, as ``<filter> unknown``, those that do not say; ``kept``. A record
        counts at the first filter that leaves it out, so ``read`` is the sum of the others; with ``unknown="keep"``
        the unknown are among ``kept``.

    Raises
    ------
    ConfigError, InputError, CRSError
        As for `select_comparable`.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from hotspot.fusion import comparison_table
    >>> incidents = gpd.GeoDataFrame(
    ...     {"source": ["police", "ed", "ed"], "category": "assault", "setting": ["home", None, "public"]},
    ...     geometry=gpd.points_from_xy([0, 9, 9], [0, 9, 9]), crs=27700)
    >>> comparison_table(incidents, settings="public").loc["ed"].to_dict()
    {'read': 2, 'setting': 0, 'setting unknown': 1, 'kept': 1}
    """
    sources = sources_of(incidents)
    filters = _Filters(categories, injury, settings, period, within, coverage, unknown)
    return _account(incidents, _checked(filters, sources), sources)[0]


def _checked(filters: _Filters, sources: list[str]) -> _Filters:
    """Refuse filters that name what does not exist."""
    require_choice(filters.unknown, UNKNOWN, "unknown")
    for given, known, argument in (
        (filters.categories, CATEGORIES, "categories"),
        (filters.settings, SETTINGS, "settings"),
    ):
        for name in _several(given):
            if name not in known:
                raise ConfigError(f"{argument}: {name!r} is not known.{nearest(str(name), known)}")
        if given is not None and not _several(given):
            raise ConfigError(f"{argument}: nothing is named. Name at least one, or leave it out.")
    if filters.injury is not None and not isinstance(filters.injury, bool):
        raise ConfigError(f"injury: {filters.injury!r} must be True, False or None.")
    if filters.coverage is not None:
        if not filters.coverage:
            raise ConfigError("coverage: no source is named. Give the area codes each covers, or leave it out.")
        strange = [name for name in filters.coverage if name not in sources]
        if strange:
            raise ConfigError(f"coverage: {strange[0]!r} is no source of these records.{nearest(strange[0], sources)}")
    if filters.period is not None and filters.period != COMMON:
        _ends(filters.period)
    return filters


def _account(
    incidents: gpd.GeoDataFrame, filters: _Filters, sources: list[str]
) -> tuple[pd.DataFrame, NDArray[np.bool_]]:
    """Apply the filters one after the other: the account by source, and which records stay."""
    number = pd.Categorical(incidents["source"].astype("str"), categories=sources).codes
    stays = np.ones(len(incidents), dtype=bool)

    def by_source(rows: NDArray[np.bool_]) -> NDArray[np.int64]:
        return np.bincount(number[rows], minlength=len(sources))

    columns = {"read": by_source(stays)}
    for name in ("category", "injury", "setting", "period", "area", "coverage"):
        status = _status(name, incidents, filters, stays, number)
        if status is None:
            continue
        out, silent = stays & (status == 0), stays & (status < 0)
        columns[name], columns[f"{name} unknown"] = by_source(out), by_source(silent)
        stays &= ~out
        if filters.unknown == "leave_out":
            stays &= ~silent
    columns["kept"] = by_source(stays)
    return pd.DataFrame(columns, index=pd.Index(sources, name="source", dtype="str")).astype("int64"), stays


def _status(
    name: str, incidents: gpd.GeoDataFrame, filters: _Filters, stays: NDArray[np.bool_], number: NDArray[np.int8]
) -> NDArray[np.int8] | None:
    """Judge every record by one filter: 1 it passes, 0 it does not, -1 it does not say; None where not asked."""
    found = None
    if name == "category" and filters.categories is not None:
        found = _among(labels_of(incidents, "category"), filters.categories)
    elif name == "setting" and filters.settings is not None:
        found = _among(settings_of(incidents), filters.settings)
    elif name == "injury" and filters.injury is not None:
        status = injury_status(incidents)
        found = np.where(status < 0, -1, status == int(filters.injury)).astype(np.int8)
    elif name == "period" and filters.period is not None:
        found = _in_period(incidents, filters.period, stays, number)
    elif name == "area" and filters.within is not None:
        found = _inside(_codes(incidents, filters.within), incidents, filters.within)
    elif name == "coverage" and filters.coverage is not None:
        codes = _codes(incidents, filters.within)
        common = set.intersection(*(set(map(str, covered)) for covered in filters.coverage.values()))
        found = np.where(codes.isna(), -1, codes.isin(common)).astype(np.int8)
    return found


def _among(labels: NDArray[np.object_], wanted: Collection[str] | str) -> NDArray[np.int8]:
    """Judge labels; *unknown* says nothing unless it is asked for."""
    chosen = _several(wanted)
    silent = (labels == "unknown") & ("unknown" not in chosen)
    return np.where(silent, -1, np.isin(labels, chosen)).astype(np.int8)


def _several(given: Collection[str] | str | None) -> list[str]:
    if given is None:
        return []
    return [given] if isinstance(given, str) else list(given)


def _ends(period: Period) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Read the first moment of a period and the first after it."""
    wrong = f"period: {period!r} is no pair of months or days. Write ('2024-01', '2024-12'), or 'common'."
    if isinstance(period, str) or len(period) != 2:  # noqa: PLR2004 - first and last
        raise ConfigError(wrong)
    try:
        first, last = pd.Period(period[0]).start_time, pd.Period(period[1]).end_time
    except (ValueError, TypeError, AttributeError) as problem:
        raise ConfigError(wrong) from problem
    if last < first:
        raise ConfigError(f"period: it ends before it begins ({period[0]} to {period[1]}).")
    return first, last


def _in_period(
    incidents: gpd.GeoDataFrame, period: Period, stays: NDArray[np.bool_], number: NDArray[np.int8]
) -> NDArray[np.int8]:
    """Judge by the start of the record's interval; a record that knows only the month needs the whole month."""
    times = times_of(incidents)
    month = times.dt.to_period("M")
    if period == COMMON:
        present = [set(month[stays & (number == each)].dropna()) for each in np.unique(number[stays])]
        common = set.intersection(*present) if present else set()
        return np.where(times.isna(), -1, month.isin(common)).astype(np.int8)
    first, last = _ends(period)
    status = np.where(times.isna(), -1, (times >= first) & (times <= last)).astype(np.int8)
    monthly = (labels_of(incidents, "time_precision") == "month") & (status == 1)
    cut = monthly & ((month.dt.start_time < first) | (month.dt.end_time > last)).to_numpy()
    if cut.any():
        raise ComparabilityError(
            f"period: {int(cut.sum())} of {len(incidents)} records know only the month, and the period cuts a month "
            "in two. Give whole months, such as ('2024-01', '2024-12')."
        )
    return status


def _codes(incidents: gpd.GeoDataFrame, within: gpd.GeoDataFrame | None) -> pd.Series:
    """Give the area of each record: by its point, else by its area code; missing where neither tells."""
    own = incidents["area_code"].astype("string") if "area_code" in incidents else None
    if within is None and own is None:
        raise InputError("coverage: the records have no area_code. Give the areas too, with within=.")
    if within is None:
        return pd.Series(own)
    found = locate_in_areas(incidents, within).astype("string")
    if own is None:
        return found
    pointless = incidents.geometry.isna() | incidents.geometry.is_empty
    codes: pd.Series = found.mask(pointless & own.isin(within.index.astype(str)), own)
    return codes


def _inside(codes: pd.Series, incidents: gpd.GeoDataFrame, within: gpd.GeoDataFrame) -> NDArray[np.int8]:
    """Judge by place: in an area, in none, or not known."""
    place = incidents.geometry
    known = (place.notna() & ~place.is_empty).to_numpy()
    if "area_code" in incidents:
        known = known | incidents["area_code"].notna().to_numpy()
    return np.where(codes.notna() & codes.isin(within.index.astype(str)), 1, np.where(known, 0, -1)).astype(np.int8)


def _refuse(table: pd.DataFrame, empty: list[str], problems: list[str]) -> None:
    """Say in one message which filter left nothing of which source, and what is not alike in the rest."""
    sentences = []
    for name in empty:
        counts = {str(column): int(n) for column, n in table.to_dict("index")[name].items()}
        read = counts.pop("read")
        most = max(counts, key=lambda column: counts[column])
        told = "do not say" if most.endswith("unknown") else "are others"
        sentences.append(
            f"nothing is left of {name}: none of {read:,} records (by {most.split()[0]} {counts[most]:,} {told}). "
            "Remedy: leave out the filter, ask the agency for the field, or keep records that do not say, with "
            "unknown='keep'."
        )
    end = "" if empty else " To compare them all the same, for what they are, say comparable=False and give a reason."
    found = [*sentences, *problems]
    raise ComparabilityError(f"incidents: the sources are not alike in {len(found)} way(s). {' '.join(found)}{end}")


def _stated(filters: _Filters) -> dict[str, object]:
    """Write the filters for the record; areas only by their number."""
    period = filters.period
    stated: dict[str, object] = {
        "categories": _several(filters.categories) or None,
        "injury": filters.injury,
        "settings": _several(filters.settings) or None,
        "period": list(period) if isinstance(period, tuple | list) else period,
        "within_areas": None if filters.within is None else len(filters.within),
        "coverage_areas": None if filters.coverage is None else {k: len(v) for k, v in filters.coverage.items()},
    }
    return {name: value for name, value in stated.items() if value is not None}


__all__ = ["comparison_table", "select_comparable"]
