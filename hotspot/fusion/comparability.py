"""Tell whether the records of several sources are alike enough to be compared, and refuse where they are not."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from hotspot.checks import nearest
from hotspot.errors import ComparabilityError, ConfigError, InputError
from hotspot.fusion.record_traits import injury_status, labels_of, settings_of, sources_of, times_of

if TYPE_CHECKING:
    from collections.abc import Collection

    import geopandas as gpd
    from numpy.typing import NDArray

MAY_INJURE = ("homicide", "violence_with_injury", "assault", "stab_gunshot_penetrating", "robbery")
"""Categories that can stand beside patients treated for assault. All others are mostly other things."""
VERDICTS = ("alike", "not alike", "unknown")

_APART = 0.1
"""Shares of records that differ by more than this are not alike."""
_MOST = 0.5
_NEARLY_ALL = 0.9
_CHANCE = 0.001
_EXPECTED = 3.0
"""A month without a record is a gap where at least this many are usual: chance gives one in 20 such months."""

_REMEDIES = {
    "category": "keep what both can hold, with categories= or injury=True (select_violence() tells what is in a "
    "combined class by its offence codes), or ask for records with offence codes",
    "injury": "say injury=True, so that both keep only records that left an injury",
    "setting": "say settings= for both, such as settings=('public', 'licensed')",
    "months": "say period='common', or the first and last month that all sources sent",
    "partial month": "end the period with the last whole month, with period=",
    "clock": "ask for the time of the assault; arrival is hours, and often a day, later",
    "precision": "compare months, not times, or ask for times to the hour",
    "place": "ask for the place of the incident; where people live is another question",
    "extent": "keep one area for both, with within=, and say which parts each covers, with coverage=",
}
CHECKS = tuple(_REMEDIES)
"""Every check, in the order of the table."""


@dataclass(frozen=True, slots=True)
class _Profile:
    """What the checks look at in the records of one source."""

    name: str
    n: int
    categorised: int
    broad: float
    widest: str
    hurt: float
    hurt_known: float
    homes: float
    settings_known: int
    months: pd.Series
    days: pd.DatetimeIndex
    arrival: float
    month_only: float
    residence: bool
    at_home: float
    xy: NDArray[np.float64]


def comparability(incidents: gpd.GeoDataFrame, *, times: bool = False, residence: Collection[str] = ()) -> pd.DataFrame:
    """
    Check, for each pair of sources, whether they count the same kind of thing over the same months and places.

    Parameters
    ----------
    incidents
        Incidents of two or more sources (``combine``).
    times
        Whether times of day are to be compared, not only counts by month. Then a source that knows only the month
        is not alike.
    residence
        Sources whose place is where the person *lives*. Records cannot tell this by themselves.

    Returns
    -------
    DataFrame
        One row for each check and pair: ``check``, ``source``, ``other``, ``verdict`` (``alike``, ``not alike``,
        ``unknown``), ``what`` was found and the ``remedy``, both empty where the two are alike.

    Raises
    ------
    InputError
        A column is missing, a record has no source, there is one source only, or a label is of another vocabulary.
    ConfigError
        ``residence`` names no source of these records.

    Notes
    -----
    *category*: the shares of records in categories that need not leave an injury (all but homicide, violence with
    injury, assault, stab or gunshot, robbery) differ by more than a tenth. Public police.uk files hold one class
    ``violence_and_sexual_offences``, of which more than a quarter is stalking and harassment. *injury*: the shares
    with an injury differ by more than a tenth, where at least half of both tell. *setting*: one source has no
    record in a home, though by the share of the other it should. *months*: one has no record in a month in which it
    usually has three or more, and the other has; or no month is common. *partial month*: the first or last days of
    the months of one are empty, which chance would give less than once in 1,000, and the other has records then.
    *clock*: most times of one are arrival, not assault. *precision*: see ``times``. *place*: home against incident.
    *extent*: most records of one lie outside the rectangle around those of the other.

    ``unknown`` is neither: the records cannot tell. ``alike`` says that these checks found nothing. Who comes to
    each service, and whom it records, still differs.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from hotspot.fusion import comparability
    >>> incidents = gpd.GeoDataFrame(
    ...     {"source": ["police", "ed"], "category": ["violence_and_sexual_offences", "assault"]},
    ...     geometry=gpd.points_from_xy([0, 1], [0, 1]), crs=27700)
    >>> table = comparability(incidents).set_index("check")
    >>> table.loc["category", "verdict"], table.loc["clock", "verdict"]
    ('not alike', 'unknown')
    """
    sources = sources_of(incidents)
    if len(sources) < 2:  # noqa: PLR2004 - it takes two
        raise InputError(
            f"incidents: {len(sources)} source(s). Bring two or more together with combine() before comparing."
        )
    lives = [residence] if isinstance(residence, str) else list(residence)
    strange = [name for name in lives if name not in sources]
    if strange:
        raise ConfigError(f"residence: {strange[0]!r} is no source of these records.{nearest(strange[0], sources)}")
    hurt = injury_status(incidents)
    profiles = [
        _profile(name, incidents[own], hurt[own], residence=name in lives)
        for name in sources
        for own in [(incidents["source"] == name).to_numpy()]
    ]
    found = {
        "category": _category, "injury": _injury, "setting": _setting, "months": _months, "partial month": _partial,
        "clock": _clock, "precision": _precision, "place": _place, "extent": _extent,
    }  # fmt: skip
    rows = []
    for check, judge in found.items():
        if check == "precision" and not times:
            continue
        for a, b in combinations(profiles, 2):
            verdict, what = judge(a, b)
            rows.append((check, a.name, b.name, verdict, what, _REMEDIES[check] if verdict != "alike" else ""))
    return pd.DataFrame(rows, columns=["check", "source", "other", "verdict", "what", "remedy"], dtype="str")


def require_reason(reason: str | None, *, comparable: bool) -> None:
    """Refuse to compare what is not alike unless somebody says why."""
    if not comparable and not (isinstance(reason, str) and reason.strip()):
        raise ComparabilityError(
            "comparable=False: the sources are not alike, and reason= does not say why they are compared. "
            "Write what each counts, for example 'all ambulance calls against recorded violence: health demand'."
        )


def problems_of(table: pd.DataFrame) -> list[str]:
    """Write what is not alike as sentences, one for each check, with its remedy."""
    wrong = table[table["verdict"] == "not alike"]
    sentences = []
    for check, rows in wrong.groupby("check", sort=False):
        what = list(dict.fromkeys(rows["what"]))
        more = f"; and {len(what) - 3} more" if len(what) > 3 else ""  # noqa: PLR2004 - three say enough
        sentences.append(f"{check}: {'; '.join(what[:3])}{more}. Remedy: {_REMEDIES[str(check)]}.")
    return sentences


def _profile(name: str, records: gpd.GeoDataFrame, hurt: NDArray[np.int8], *, residence: bool) -> _Profile:
    """Sum up one source."""
    n = len(records)
    category = labels_of(records, "category")
    known = category[category != "unknown"]
    broad = known[~np.isin(known, MAY_INJURE)]
    names, sizes = np.unique(broad.astype(str), return_counts=True)
    setting = settings_of(records)
    occurred, arrived = times_of(records), times_of(records, "arrived_at")
    timed = occurred.notna()
    precision = labels_of(records, "time_precision")
    level = labels_of(records, "location_level")
    place = records.geometry
    located = (place.notna() & ~place.is_empty).to_numpy()
    west, south, east, north = shapely.bounds(place[located].to_numpy()).reshape(-1, 4).T
    stated = setting != "unknown"
    return _Profile(
        name=name,
        n=n,
        categorised=len(known),
        broad=len(broad) / max(len(known), 1),
        widest=str(names[sizes.argmax()]) if len(names) else "",
        hurt=float((hurt == 1).sum() / max((hurt >= 0).sum(), 1)),
        hurt_known=float((hurt >= 0).mean()),
        homes=float((setting[stated] == "home").mean()) if stated.any() else 0.0,
        settings_known=int(stated.sum()),
        months=occurred[timed].dt.to_period("M").value_counts().sort_index(),
        days=pd.DatetimeIndex(occurred[timed & (precision != "month")].dt.normalize()),
        arrival=float((arrived.notna() & (~timed | (occurred == arrived))).mean()),
        month_only=float((precision[timed.to_numpy()] == "month").mean()) if timed.any() else 0.0,
        residence=residence,
        at_home=float((level == "home").mean()),
        xy=np.column_stack([(west + east) / 2, (south + north) / 2]),
    )


def _category(a: _Profile, b: _Profile) -> tuple[str, str]:
    for source in (a, b):
        if source.categorised < _MOST * source.n:
            return "unknown", f"{source.name}: most records have no category"
    wide, narrow = (a, b) if a.broad >= b.broad else (b, a)
    if wide.broad - narrow.broad <= _APART:
        return "alike", ""
    return "not alike", (
        f"{wide.broad:.0%} of the {wide.name} records are of categories that need not leave an injury (most of them "
        f"{wide.widest!r}), {narrow.broad:.0%} of the {narrow.name} records"
    )


def _injury(a: _Profile, b: _Profile) -> tuple[str, str]:
    for source in (a, b):
        if source.hurt_known < _MOST:
            return "unknown", f"{source.name}: most records do not tell whether anyone was injured"
    if abs(a.hurt - b.hurt) <= _APART:
        return "alike", ""
    return "not alike", f"an injury was left in {a.hurt:.0%} of the {a.name} records, {b.hurt:.0%} of the {b.name} ones"


def _setting(a: _Profile, b: _Profile) -> tuple[str, str]:
    for source in (a, b):
        if source.settings_known < _MOST * source.n:
            return "unknown", f"{source.name}: most records do not tell whether it was in a home"
    for none, some in ((a, b), (b, a)):
        if none.homes == 0 and some.homes > 0 and (1 - some.homes) ** none.settings_known < _CHANCE:
            return (
                "not alike",
                f"{some.homes:.0%} of the {some.name} records are in homes, none of the {none.name} ones",
            )
    return "alike", ""


def _months(a: _Profile, b: _Profile) -> tuple[str, str]:
    for source in (a, b):
        if source.months.empty:
            return "unknown", f"{source.name}: no record has a time"
    both = a.months.index.intersection(b.months.index)
    gaps: list[str] = []
    doubtful: list[str] = []
    for lacks, has in ((a, b), (b, a)):
        missing = has.months.index.difference(lacks.months.index)
        if len(missing):
            text = f"{lacks.name} has no record in {len(missing)} month(s) that {has.name} has (first {missing.min()})"
            usual = lacks.months.mean() >= _EXPECTED
            (gaps if usual or not len(both) else doubtful).append(text)
    if gaps:
        return "not alike", "; ".join(gaps)
    return ("unknown", "; ".join(doubtful)) if doubtful else ("alike", "")


def _partial(a: _Profile, b: _Profile) -> tuple[str, str]:
    found = []
    for cut, other in ((a, b), (b, a)):
        if cut.days.empty or other.months.empty:
            continue
        first, last = cut.days.min(), cut.days.max()
        start, end = first.to_period("M").start_time, last.to_period("M").end_time.normalize()
        a_day = len(cut.days) / ((last - first).days + 1)
        ends = (("first", start, first - pd.Timedelta(days=1)), ("last", last + pd.Timedelta(days=1), end))
        for which, since, until in ends:
            empty = (until - since).days + 1
            if np.exp(-a_day * empty) >= _CHANCE:
                continue
            seen = ((other.days >= since) & (other.days <= until)).any()
            # of a source that knows only the month, the days of that month may hold records
            if seen or (other.days.empty and since.to_period("M") in other.months.index):
                found.append(f"the {which} {empty} days of {since.to_period('M')} hold no {cut.name} record")
    if found:
        return "not alike", "; ".join(found)
    silent = [source.name for source in (a, b) if source.months.empty]
    if silent or (a.days.empty and b.days.empty):
        return "unknown", f"{silent[0] if silent else f'{a.name} and {b.name}'}: no record tells the day"
    return "alike", ""


def _clock(a: _Profile, b: _Profile) -> tuple[str, str]:
    late = [source.arrival > _MOST for source in (a, b)]
    if late[0] != late[1]:
        name, share = (a.name, a.arrival) if late[0] else (b.name, b.arrival)
        return "not alike", f"{share:.0%} of the {name} records have the time of arrival, none of the assault"
    for source in (a, b):
        if source.months.empty:
            return "unknown", f"{source.name}: no record has a time"
    return "alike", ""


def _precision(a: _Profile, b: _Profile) -> tuple[str, str]:
    coarse = [f"{source.name} ({source.month_only:.0%})" for source in (a, b) if source.month_only > _APART]
    if coarse:
        return "not alike", f"only the month is known in records of {' and '.join(coarse)}"
    return "alike", ""


def _place(a: _Profile, b: _Profile) -> tuple[str, str]:
    lives = [source.residence or source.at_home > _NEARLY_ALL for source in (a, b)]
    if lives[0] == lives[1]:
        return "alike", ""
    home, other = (a, b) if lives[0] else (b, a)
    why = "by where people live" if home.residence else "at homes nearly all"
    return "not alike", f"{home.name} records are placed {why}, {other.name} records by where it happened"


def _extent(a: _Profile, b: _Profile) -> tuple[str, str]:
    for source in (a, b):
        if not len(source.xy):
            return "unknown", f"{source.name}: no record has a point"
    for inner, outer in ((a, b), (b, a)):
        inside = ((inner.xy >= outer.xy.min(axis=0)) & (inner.xy <= outer.xy.max(axis=0))).all(axis=1).mean()
        if inside < _MOST and min(len(a.xy), len(b.xy)) > 1:
            return "not alike", f"only {inside:.0%} of the {inner.name} points lie within the extent of {outer.name}"
    return "alike", ""


__all__ = ["CHECKS", "VERDICTS", "comparability", "require_reason"]
