"""Report how good an extract is, in a form that can be sent back to its provider."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from hotspot.checks import listed, nearest, require_columns
from hotspot.errors import ConfigError, InputError
from hotspot.ingest.quality_advice import IDENTIFIERS, advise, headline
from hotspot.ingest.quality_due import months_due, received_days, sharing_providers
from hotspot.ingest.quality_grades import add_deliveries, add_volumes, coverage_grid, grade_table, threshold_table
from hotspot.ingest.quality_indicators import (
    ALL_MONTHS,
    indicator_table,
    moment_of,
    month_of,
    provider_of,
    record_marks,
)
from hotspot.ingest.quality_page import printable, quality_page
from hotspot.ingest.quality_tables import (
    location_levels,
    percent_by_provider,
    reading_account,
    records_by_month,
    suspect_times,
)
from hotspot.record import note

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import geopandas as gpd

    from hotspot.record import Note

_TITLES = {
    "account": "Rows read, kept and rejected",
    "completeness": "Completeness of the recommended items",
    "location": "How precisely the place is known",
    "time": "Times that may not be what they seem",
    "months": "Records by provider and month",
    "coverage": "What arrived, by source and month",
    "red_flags": "Signs of personal data and broken coordinates",
    "sharing": "Providers that should share",
}
_MAY_BE_EMPTY = {
    "account": "not known: the frame does not say how it was read",
    "months": "no record has a time",
    "coverage": "no record has a time",
    "red_flags": "not known: give notes= from recording() around read_incidents",
    "sharing": "not known: give expected=",
}
_PLACE_FLAGS = {
    "swapped_axes": "coordinates with swapped axes",
    "far_away": "coordinates far from all others",
    "at_hospital": "coordinates of the hospital itself",
}
_MENTIONS = "different location texts with: "
_STATE_MARKS = {"submitted": "+", "partial": "p", "missing": "."}
_MONTHS_SHOWN = 24
_ADVICE_SHOWN = 4
_ITEMS = {"date": "date", "time": "time", "place": "location", "weapon": "weapon", "all_three": "all three"}


@dataclass(frozen=True, slots=True)
class QualityReport:
    """What arrived and what of it can be used; meant for the provider of the records only."""

    source: str
    """Source name, or several joined by a comma."""
    records: int
    account: pd.DataFrame
    """``step`` and ``rows``; empty if the frame no longer says how it was read."""
    completeness: pd.DataFrame
    """Per provider: records and the percentage with date, time of day, location, weapon, and all three
    recommended items (date and time, location, weapon)."""
    location: pd.DataFrame
    """Per level: records, percentage, with a point, median uncertainty in metres."""
    time: pd.DataFrame
    """Per provider: percentage at 00:00, on the full hour, equal to arrival, after arrival, flagged."""
    months: pd.DataFrame
    """Months down, providers across: records. A month without records is missing, never 0."""

    indicators: pd.DataFrame
    """By ``provider`` and ``month`` (``all``, the months, ``undated``): counts, shares from 0 to 1, volume against the
    usual month, days to receipt, state. What does not apply is missing, never 0."""
    grades: pd.DataFrame
    """Rows as ``indicators``: strong, usable, weak, too few to grade, not applicable or not known; ``overall`` is the
    weakest of the core ones."""
    thresholds: pd.DataFrame
    """Per indicator: where it is strong and usable, whether it is core, and where the figure comes from."""
    coverage: pd.DataFrame
    """By ``source`` and ``provider``, months across: submitted, partial or missing."""
    sharing: pd.DataFrame
    """Per expected provider: whether it sent records, and the share of residents who would attend it, if given."""
    red_flags: pd.DataFrame
    """Per sign of personal data or of broken coordinates: how many were found at reading; empty if nobody told."""

    @property
    def providers(self) -> list[str]:
        """Name the providers whose records the report describes."""
        return list(dict.fromkeys(self.indicators.index.get_level_values("provider")))

    def summary(self) -> str:
        """
        Give the overall grades, the coverage grid and what to fix first as plain text.

        Returns
        -------
        str
            A few lines per provider.
        """
        lines = [f"Quality of {self.source}: {self.records:,} records", ""]
        for name in self.providers:
            indicators: Any = self.indicators.loc[name]
            grades: Any = self.grades.loc[name]
            alone = len(self.providers) == 1
            phrase, why = headline(self._source_of(name), grades.loc[ALL_MONTHS])
            lines += [f"{printable(name)}: {phrase}", f"  {why}"]
            flags, account = (table if alone else table.iloc[:0] for table in (self.red_flags, self.account))
            advice = advise(self._source_of(name), indicators, grades, flags, account)
            lines += [f"  {number}. {one.what} {one.how}" for number, one in enumerate(advice[:_ADVICE_SHOWN], start=1)]
        absent = [] if self.sharing.empty else self.sharing.index[~self.sharing["shares"]].tolist()
        lines += [f"{printable(name)}: nothing arrived" for name in absent]
        if len(absent) and self.sharing["resident_share"].notna().any():
            lost = self.sharing["resident_share"][absent].sum()
            lines += [f"About {100 * lost:.0f}% of residents would attend a provider that sent nothing: no data there."]
        marks = self.coverage.replace(_STATE_MARKS)
        lines += [
            "",
            "Months: + submitted, p partial, . missing",
            printable(marks.iloc[:, -_MONTHS_SHOWN:].to_string()),
        ]
        return "\n".join(lines)

    def _source_of(self, provider: str) -> str:
        rows = self.coverage.index.get_level_values("provider") == provider
        return ", ".join(self.coverage.index[rows].get_level_values("source"))

    def to_html(self, provider: str | None = None) -> str:
        """
        Give the page of one provider, to be sent back to it.

        Parameters
        ----------
        provider
            One of ``providers``; may be left out where there is only one.

        Returns
        -------
        str
            One self-contained HTML page that needs no network and no script and prints on one A4 sheet.

        Raises
        ------
        ConfigError
            If the provider is not known, or there are several and none is named: a page holds one provider only.

        Notes
        -----
        The figures are exact and not disclosure-controlled: they belong to the provider that sent the records.

        Examples
        --------
        >>> import pandas as pd
        >>> import hotspot as hs
        >>> table = pd.DataFrame({"when": ["2023-05-06 23:40"], "x": [318500], "y": [176500]})
        >>> mapping = {
        ...     "name": "fire", "label": "Fire service, synthetic", "health": False,
        ...     "columns": {"occurred_from": "when", "easting": "x", "northing": "y"},
        ...     "category": {"value": "fire_deliberate"},
        ... }
        >>> page = hs.quality_report(hs.read_incidents(table, source=mapping)).to_html()
        >>> "For fire only" in page, "<script" in page
        (True, False)
        """
        names = self.providers
        if provider is None and len(names) > 1:
            raise ConfigError(
                f"provider: the report describes {len(names)} providers, and a page goes to one. Name it: "
                f"{listed(names, 20)}."
            )
        chosen = names[0] if provider is None else provider
        if chosen not in names:
            raise ConfigError(f"provider: {chosen!r} is not in the report.{nearest(str(chosen), names)}")
        indicators: Any = self.indicators.loc[chosen]
        grades: Any = self.grades.loc[chosen]
        return quality_page(
            chosen,
            source=self._source_of(chosen),
            indicators=indicators,
            grades=grades,
            red_flags=self.red_flags if len(names) == 1 else self.red_flags.iloc[:0],
            account=self.account if len(names) == 1 else self.account.iloc[:0],
        )

    def __str__(self) -> str:
        """Give the report as plain text."""
        lines = [f"Quality of {self.source}: {self.records:,} records", "For the provider of these records only."]
        overall = self.grades["overall"].xs(ALL_MONTHS, level="month")
        lines += [f"{printable(str(name))}: {grade}" for name, grade in overall.items()]
        for name, title in _TITLES.items():
            table = getattr(self, name)
            body = _MAY_BE_EMPTY[name] if table.empty else table.to_string(na_rep="-", max_rows=60)
            lines += ["", title, "-" * len(title), printable(body)]
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Give the report as plain JSON values."""
        result: dict[str, Any] = {}
        for item in fields(self):
            value = getattr(self, item.name)
            result[item.name] = _records(value) if isinstance(value, pd.DataFrame) else value
        return result


def quality_report(
    incidents: gpd.GeoDataFrame,
    *,
    period: tuple[str, str] | None = None,
    received: str | Mapping[str, str] | None = None,
    expected: Sequence[str] | Mapping[str, float] | None = None,
    notes: Iterable[Note] | None = None,
) -> QualityReport:
    """
    Measure and grade completeness, usable places, suspect times, volumes and deliveries of incidents.

    Parameters
    ----------
    incidents
        From `read_incidents`; several providers are reported one by one.
    period
        First and last month that should have arrived, ``("2023-01", "2023-12")``. None: from the first to the
        last month of any record.
    received
        Day on which the extract arrived, ``"2024-01-15"``, or one such day per month. None: not known.
    expected
        Providers that should share, by the names in the records (a site also by its code alone); or provider to the
        share (0 to 1) of the area's residents who would attend it. None: nobody is known to be absent.
    notes
        What `recording` collected while the incidents were read; tells which signs of personal data there were.

    Returns
    -------
    QualityReport
        Tables as DataFrames; ``.to_html()`` gives the page for a provider, ``str()`` a text, ``.to_dict()`` plain
        values.

    Raises
    ------
    InputError
        If the frame is empty, lacks the columns of Incidents or holds times as text.
    ConfigError
        If a month, day or share cannot be one.

    Notes
    -----
    The indicators follow the practice of Information Sharing to Tackle Violence: time, place and weapon of the
    assault, shared monthly. A place counts as known with a point, an area code or as a home; as usable at a tier
    among the records that are neither at a home nor at the hospital. Month: of the arrival, by which hospitals cut
    their extracts, else of the event.
    Shares describe the records that arrived, not those that should have; a strong grade does not say that the records
    are true, only that they can be used. Thresholds: ``.thresholds``; most are ours.

    Examples
    --------
    >>> import pandas as pd
    >>> import hotspot as hs
    >>> table = pd.DataFrame({"when": ["2023-05-06 23:40", "2023-05-07"], "x": [318500, 0], "y": [176500, 0]})
    >>> mapping = {
    ...     "name": "fire", "label": "Fire service, synthetic", "health": False,
    ...     "columns": {"occurred_from": "when", "easting": "x", "northing": "y"},
    ...     "category": {"value": "fire_deliberate"},
    ... }
    >>> report = hs.quality_report(hs.read_incidents(table, source=mapping))
    >>> report.completeness.loc["all records", ["date", "time", "location"]].tolist()
    [100.0, 50.0, 50.0]
    >>> report.indicators.loc[("fire", "2023-05"), ["time", "usable_lsoa", "weapon"]].tolist()
    [0.5, 0.5, nan]
    """
    require_columns(
        incidents, ["source", "occurred_from", "time_precision", "location_level", "category", "geometry"], "incidents"
    )
    if incidents.empty:
        raise InputError("incidents: there are no records to report on.")
    whole = incidents
    incidents = _checked(incidents)
    provider, month = provider_of(incidents), month_of(incidents)
    months = months_due(month, period)
    marks = record_marks(incidents, provider)
    fine = incidents["time_precision"].isin(["minute", "hour", "day"])
    if "arrived_at" in incidents:
        fine |= incidents["arrived_at"].notna()
    indicators = add_volumes(indicator_table(marks, provider, month, months))
    indicators = add_deliveries(indicators, moment_of(incidents).where(fine), provider, received_days(received, months))
    source_of = {str(name): str(found) for name, found in incidents["source"].groupby(provider).first().items()}
    sharing = sharing_providers(expected, list(source_of))
    absent = [] if sharing.empty else sharing.index[~sharing["shares"]].tolist()
    report = QualityReport(
        source=", ".join(map(str, sorted(incidents["source"].dropna().unique()))),
        records=len(incidents),
        account=reading_account(whole),
        completeness=percent_by_provider(marks[list(_ITEMS)].rename(columns=_ITEMS), provider),
        location=location_levels(incidents),
        time=percent_by_provider(suspect_times(incidents), provider),
        months=records_by_month(incidents, provider),
        indicators=indicators,
        grades=grade_table(indicators),
        thresholds=threshold_table(),
        coverage=coverage_grid(indicators, source_of, absent),
        sharing=sharing,
        red_flags=_red_flags(whole, notes),
    )
    note(
        "quality_report",
        source=report.source,
        records=report.records,
        completeness=_records(report.completeness),
        states={str(k): int(v) for k, v in report.coverage.stack().value_counts().sort_index().items()},  # noqa: PD013 - a grid of words
    )
    return report


def _checked(incidents: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Refuse times that are none, number the rows anew, and take an empty point for no point."""
    for name in ("occurred_from", "arrived_at", "received_at"):
        if name in incidents and incidents[name].dtype.kind != "M":
            raise InputError(f"incidents: column {name!r} holds no times. Read the records with read_incidents.")
    numbered = incidents.reset_index(drop=True)
    empty = numbered.geometry.is_empty.to_numpy()
    if empty.any():
        points = np.array(numbered.geometry.to_numpy(), dtype=object)
        points[empty] = None
        numbered.geometry = points
    return numbered


def _red_flags(incidents: gpd.GeoDataFrame, notes: Iterable[Note] | None) -> pd.DataFrame:
    """Collect what the reading said about personal data: headers and counts, never values."""
    columns = ["count"]
    sources = set(incidents["source"].dropna())
    told = [
        entry.facts for entry in notes or () if entry.step == "read_incidents" and entry.facts.get("source") in sources
    ]
    if not told:
        return pd.DataFrame(columns=columns, index=pd.Index([], name="flag"))
    rows: dict[str, int] = {IDENTIFIERS: 0, "coordinates of 0, 0": 0}
    for facts in told:
        headers: Any = facts.get("identifier_columns_dropped", ())
        allowed: Any = facts.get("allowed_identifiers", ())
        positions: Any = facts.get("positions", {})
        rows["coordinates of 0, 0"] += int(positions.get("null_island", 0))
        rows[IDENTIFIERS] += len(headers)
        mentions: Any = facts.get("mentions", {})
        for kind, count in mentions.items():
            name = _MENTIONS + kind
            rows[name] = rows.get(name, 0) + int(count)
        for name, flag in _PLACE_FLAGS.items():
            if positions.get(name):
                rows[flag] = rows.get(flag, 0) + int(positions[name])
        if allowed:
            name = "columns that look like personal identifiers, read with a stated reason"
            rows[name] = rows.get(name, 0) + len(allowed)
    table = pd.DataFrame({"count": rows}, dtype="int64")
    table.index.name = "flag"
    return table


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Turn a table to plain JSON values."""
    flat = table.reset_index() if any(table.index.names) else table
    return [{str(name): _plain(value) for name, value in row.items()} for row in flat.to_dict(orient="records")]


def _plain(value: object) -> object:
    """Turn a cell to a plain JSON value."""
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return None
    return value.item() if isinstance(value, np.generic) else value
