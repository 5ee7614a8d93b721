"""Read an agency's extract into Incidents: one schema, every row accounted for, no identifier kept."""

from __future__ import annotations

import re
import warnings
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from hotspot.anonymise import withhold_points
from hotspot.checks import listed
from hotspot.errors import ConfigError, HotspotWarning
from hotspot.ingest.account import Rejects, repeated_ids
from hotspot.ingest.assembly import TRUTHS, assemble
from hotspot.ingest.clocks import add_clock
from hotspot.ingest.codes import Decoded, crossed_breaks, decode, require_some_known
from hotspot.ingest.distinct_values import alike, as_text, compact
from hotspot.ingest.extract import Extract, read_extract
from hotspot.ingest.identifiers import keep_identifiers_out
from hotspot.ingest.mapping import Source, read_source
from hotspot.ingest.places import Located, fill_area_radii, locate_rows
from hotspot.ingest.positions import read_numbers
from hotspot.ingest.time_heaping import time_heaping
from hotspot.ingest.times import Times, interval, read_times
from hotspot.record import note

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import geopandas as gpd

_TIMES = {
    "occurred_from": "occurred_time", "occurred_to": "occurred_to_time", "arrived_at": "arrived_time",
    "received_at": "received_time",
}  # fmt: skip
"""Times, and the column in which their time of day may come apart."""
_LABELS = ("provider", "site", "category", "weapon_group", "setting", "injury", "domestic", "conveyed")
_KEPT_AS_SUPPLIED = frozenset({"provider", "site"})
_READ_BEFORE = (
    "id", "outcome", *_TIMES, *_TIMES.values(), "longitude", "latitude", "easting", "northing", "grid_reference",
    "location_text", "postcode", "area_code", "uncertainty_m",
)  # fmt: skip
_HEAVY = 1_000
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


def read_incidents(
    data: str | Path | pd.DataFrame | Sequence[str | Path | pd.DataFrame],
    *,
    source: str | Path | Mapping[str, Any] | Source,
    gazetteer: gpd.GeoDataFrame | None = None,
    crs: int | str | None = None,
    period: tuple[str, str] | None = None,
    max_reject: float = 0.05,
    allow_identifier: Mapping[str, str] | None = None,
) -> gpd.GeoDataFrame:
    """
    Read an agency's records into the schema.

    Parameters
    ----------
    data
        Path, glob, folder, zip archive, DataFrame, or a list of those. Files are told by their content:
        delimited text, workbooks (xlsx, xlsm, xlsb, xls, ods), JSON, Parquet, GeoPackage, gzip of one of them.
    source
        Built-in source (one of `builtin_sources`), path of a TOML file, or a mapping of the same structure: which
        columns are read and what they mean. Other columns are never read.
    gazetteer
        Named places from `read_gazetteer`, for sources with free-text locations, and postcodes from
        `read_postcodes`, for those with a postcode column. Text and postcode are resolved in memory and dropped.
    crs
        Projected metric system of the result. None: EPSG:27700 in Great Britain, else the local UTM zone.
    period
        First and last month to keep, ``("2023-01", "2023-12")``; rows that start outside are rejected and
        counted, rows without a time are kept.
    max_reject
        Largest share of rows that may be unreadable, 0 to 1, before the extract is refused.
    allow_identifier
        Header to reason, for a mapped column that looks like a personal identifier and is none, or whose location
        texts hold identifiers and may be resolved all the same; they are dropped in any case.

    Returns
    -------
    GeoDataFrame
        Incidents, indexed by ``incident_id`` (source name and row number in this reading). Rows without a
        usable place are kept without a point. Home, domestic and sexual-violence records never have one.

    Raises
    ------
    InputError
        If a file is no table of records, columns are missing, coordinates are in the wrong units, the column
        does not prove its date format, or too many rows are unreadable.
    DisclosureError
        If a mapped column looks like a personal identifier, or location texts hold direct identifiers.
    ConfigError
        If the source file has unknown or unfitting keys, or its agency shares counts by area only.

    Notes
    -----
    ``read = kept + rejected`` is checked at run time and reported, with all automatic choices, through
    `hotspot.record`. Times are naive local clock; a month or day stands for its whole interval.

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
    >>> fires = hs.read_incidents(table, source=mapping)
    >>> fires.index[0], fires["category"].iloc[0], fires["time_precision"].iloc[0]
    ('fire-000001', 'fire_deliberate', 'minute')
    """
    months = _period(period)
    if not 0 <= max_reject <= 1:
        raise ConfigError(f"max_reject: {max_reject!r} must lie between 0 and 1.")
    mapping = read_source(source)
    if mapping.shared_as == "area_counts":
        raise ConfigError(
            f"source: {mapping.label} is shared as counts by area only, because every record is a person in need. "
            "Ask the agency for a table of counts and read it with read_area_counts(…, source=…)."
        )
    extract = read_extract(data, mapping)
    _blank_missing(extract, mapping)
    watched = keep_identifiers_out(extract, allow_identifier, health=mapping.health)
    _forget(extract, ())
    rejects = Rejects.start(extract)
    times, clock_facts = _read_times(extract, mapping, rejects)
    month_of = times["occurred_from"].value.astype("datetime64[M]")
    located = locate_rows(extract, mapping, gazetteer, crs)
    _hold_by_distinct_values(times, located)
    rejects.add("coordinate unreadable", located.unreadable)
    numbers = _read_numbers(extract, mapping, rejects)
    rejects.check_share(max_reject, _hints(extract, mapping))
    rejects.add("duplicate id", repeated_ids(extract, mapping.id.duplicates, ~rejects.rejected))
    _forget(extract, _READ_BEFORE)
    if months is not None:
        known = ~np.isnat(month_of)
        rejects.add("outside period", known & ((month_of < months[0]) | (month_of > months[1])))
    decoded = _decode(extract, mapping, month_of)
    kept = ~rejects.rejected
    breaks = crossed_breaks(mapping.category.breaks, month_of[kept])
    heaping, cautions = time_heaping(times["occurred_from"], times.get("arrived_at"), kept)
    del month_of
    _forget(extract, _LABELS)
    incidents, withheld = withhold_points(
        assemble(extract, mapping, times, decoded, located, numbers, kept, watched.rows)
    )
    fill_area_radii(incidents)
    rejects.balance(len(incidents))
    facts = _account(mapping, extract, rejects, incidents, decoded, times, withheld, rejects.rejected)
    cautions = [caution for column in times.values() for caution in column.cautions] + cautions
    cautions += watched.cautions() + _heavy(numbers.get("weight"))
    facts |= clock_facts | {
        "time_heaping": heaping,
        "positions": located.facts,
        "allowed_identifiers": watched.allowed,
        "mentions": watched.mentions,
        "personal_values_emptied": watched.emptied,
    }
    note("read_incidents", **{name: value for name, value in facts.items() if value not in ({}, [])})
    incidents.attrs["reading"] = {
        name: facts[name]
        for name in ("source", "label", "health", "read", "kept", "rejected", "located", "unlocatable", "duplicates")
    }
    _warn(mapping, extract, decoded, located, breaks, cautions)
    return incidents


def _period(period: tuple[str, str] | None) -> tuple[np.datetime64, np.datetime64] | None:
    """Check the months asked for."""
    if period is None:
        return None
    if len(period) != 2 or not all(_MONTH.fullmatch(str(month)) for month in period) or period[0] > period[1]:  # noqa: PLR2004 - first, last
        raise ConfigError(f"period: {period!r} must be the first and the last month, such as ('2023-01', '2023-12').")
    return np.datetime64(period[0], "M"), np.datetime64(period[1], "M")


def _blank_missing(extract: Extract, mapping: Source) -> None:
    """Empty the texts that the source declares to mean *missing*."""
    missing = {" ".join(text.casefold().split()) for text in mapping.missing}
    if not missing:
        return
    for column in extract.frame:
        values = extract.frame[column]
        if isinstance(values.dtype, pd.CategoricalDtype):
            texts = values.cat.categories
            blank = [text for text in texts if " ".join(str(text).casefold().split()) in missing]
            extract.frame[column] = values.cat.remove_categories(blank)
        elif values.dtype == "str":
            codes, distinct = pd.factorize(values)
            blank = [" ".join(str(text).casefold().split()) in missing for text in distinct]
            extract.frame[column] = values.where(~np.append(blank, [False]).astype(bool)[codes], None)


def _forget(extract: Extract, fields: Sequence[str]) -> None:
    """Free the text of columns that have been read: in a large extract it is most of the memory."""
    extract.frame = extract.frame.drop(columns=[name for name in fields if name in extract.frame])
    pa.default_memory_pool().release_unused()


def _hold_by_distinct_values(times: dict[str, Times], located: Located) -> None:
    """Take a byte or two a row for what repeats, in place of the eight of an object."""
    for column in times.values():
        column.precision = compact(column.precision)
    located.level, located.method = compact(located.level), compact(located.method)
    located.area_code = compact(located.area_code)
    if np.isnan(located.confidence).all():
        located.confidence = np.broadcast_to(np.nan, len(located.confidence))


def _read_times(extract: Extract, mapping: Source, rejects: Rejects) -> tuple[dict[str, Times], dict[str, Any]]:
    """Read all time columns; a bad time of occurrence rejects the row, another bad time is left empty."""
    latest = mapping.time.latest or (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%d")
    bounds = (np.datetime64(mapping.time.earliest, "us"), np.datetime64(f"{latest}T23:59:59", "us"))
    given = mapping.time.format
    times: dict[str, Times] = {}
    facts: dict[str, Any] = {"time_formats": {}, "times_unreadable": {}}
    for name, clock in _TIMES.items():
        if name not in extract.frame:
            continue
        stated = given.get(name) if isinstance(given, dict) else given
        formats = None if stated is None else [stated] if isinstance(stated, str) else list(stated)
        column = read_times(
            extract.frame[name], header=extract.headers[name], formats=formats, zone=mapping.time.zone, bounds=bounds
        )
        if clock in extract.frame:
            bad_clocks = add_clock(column, extract.frame[clock], extract.headers[clock])
            facts["times_of_day_unreadable"] = facts.get("times_of_day_unreadable", 0) + bad_clocks
        if name.startswith("occurred"):
            rejects.add("time unreadable", column.unreadable)
            rejects.add("time out of range", column.outside)
        else:
            wrong = column.unreadable | column.outside
            column.value[wrong], column.precision[wrong] = np.datetime64("NaT"), "unknown"
            if wrong.any():
                facts["times_unreadable"][name] = int(wrong.sum())
        times[name] = column
        facts["time_formats"][name] = column.facts
    rows = len(extract.frame)
    none = np.full(rows, np.datetime64("NaT", "us"))
    nobody = np.zeros(rows, dtype=bool)
    if "occurred_from" not in times:
        times["occurred_from"] = Times(none, alike("unknown", rows), ~nobody, nobody, nobody)
    start = times["occurred_from"]
    end, backwards = interval(start, times.get("occurred_to"))
    rejects.add("ends before it starts", backwards)
    times["occurred_to"] = Times(end, start.precision, np.isnat(end), nobody, nobody)
    return times, facts


def _read_numbers(extract: Extract, mapping: Source, rejects: Rejects) -> dict[str, np.ndarray]:
    """Read severity and weight; a weight must be finite and not negative."""
    numbers: dict[str, np.ndarray] = {}
    for name in ("severity", "weight"):
        if name in extract.frame:
            values, bad, _ = read_numbers(extract.frame[name], mapping.files.decimal)
            bad |= np.isinf(values) | ((values < 0) if name == "weight" else False)
            rejects.add("number unreadable", bad)
            numbers[name] = values
    return numbers


def _heavy(weights: np.ndarray | None) -> list[str]:
    """Say that a few weights outdo all others: a surface would show them alone."""
    if weights is None:
        return []
    known = weights[np.isfinite(weights)]
    middle = float(np.median(known)) if len(known) else 0.0
    heavy = int((known > _HEAVY * middle).sum()) if middle > 0 else 0
    if not heavy:
        return []
    return [f"{heavy} weight(s) are over {_HEAVY:,} times the median: a surface would show them alone. Check them."]


def _hints(extract: Extract, mapping: Source) -> list[str]:
    """Guess from the shape of the numbers what is wrong."""
    if mapping.files.decimal == ",":
        return []
    for name in ("longitude", "latitude", "easting", "northing"):
        if name in extract.frame and extract.frame[name].dtype.kind == "O":
            sample = as_text(extract.frame[name].dropna().head(100)).str.strip()
            if len(sample) and sample.str.fullmatch(r"[+-]?\d+,\d+").mean() > 0.5:  # noqa: PLR2004 - most of them
                return [f"Column {extract.headers[name]!r} has decimal commas: state [files] decimal = ','."]
    return []


def _decode(extract: Extract, mapping: Source, months: np.ndarray) -> dict[str, Decoded]:
    """Turn the labels of all coded columns into our vocabulary."""
    decoded: dict[str, Decoded] = {}
    for name in _LABELS:
        values = getattr(mapping, name)
        labels = extract.frame.get(name)
        if labels is None and values.value is None and name not in {"provider", "category"}:
            continue
        fallback = None if name in TRUTHS | _KEPT_AS_SUPPLIED else "unknown"
        decoded[name] = decode(
            labels, values, months, fallback=fallback, keep=name in _KEPT_AS_SUPPLIED, truth=name in TRUTHS,
            careful=mapping.health,
        )  # fmt: skip
        decoded[name].results = compact(decoded[name].results)
    if "category" in extract.frame:
        require_some_known(decoded["category"], mapping.category, extract.headers["category"])
    return decoded


def _account(
    mapping: Source,
    extract: Extract,
    rejects: Rejects,
    incidents: gpd.GeoDataFrame,
    decoded: dict[str, Decoded],
    times: dict[str, Times],
    withheld: dict[str, int],
    rejected: np.ndarray,
) -> dict[str, Any]:
    """Collect what the note says; column names, file names and counts only."""
    on_map = int(incidents.geometry.notna().sum())
    flags = incidents["time_flag"].value_counts().sort_index()
    return {
        "source": mapping.name,
        "label": mapping.label,
        "health": mapping.health,
        "files": extract.files,
        "columns": dict(extract.headers),
        "unread_columns": extract.unread,
        "identifier_columns_dropped": extract.dropped_identifiers,
        "read": extract.read,
        "kept": len(incidents),
        "rejected": dict(rejects.counts),
        "rejected_first": dict(rejects.first),
        "duplicates": rejects.counts.get("duplicate id", 0),
        "located": on_map,
        "unlocatable": len(incidents) - on_map,
        "withheld": {name: count for name, count in withheld.items() if count},
        "location_levels": {str(k): int(v) for k, v in incidents["location_level"].value_counts().sort_index().items()},
        "without_time": int((times["occurred_from"].missing & ~rejected).sum()),
        "time_flags": {str(name): int(count) for name, count in flags.items() if name != "ok"},
        "unmapped": {
            name: {"rows": column.unmapped, "labels": column.labels, "labels_not_shown": column.labels_hidden}
            for name, column in decoded.items()
            if column.unmapped
        },
        "unmapped_labels": {name: column.label_rows for name, column in decoded.items() if column.label_rows},
        "crs": incidents.crs.to_string(),
    }


def _warn(
    mapping: Source,
    extract: Extract,
    decoded: dict[str, Decoded],
    located: Located,
    breaks: list[str],
    cautions: list[str],
) -> None:
    """Say what the reader must keep in mind."""
    messages = [f"{mapping.name}: {remark}" for remark in [*extract.remarks, *cautions]]
    for name, column in decoded.items():
        if name == "injury" and extract.headers.get(name) == extract.headers.get("category"):
            continue  # the same codes, said for the category
        chosen, remedy = getattr(mapping, name).default, getattr(mapping, name).remedy
        if column.unmapped and chosen in {None, "unknown"}:
            shown = f" ({listed(map(repr, column.labels), 8)})" if column.labels else ""
            messages.append(
                f"{mapping.name}: {column.unmapped:,} rows have a {name} label that the source does not map{shown}. "
                f"Add it to [{name}.map] in the source file.{remedy and ' '}{remedy}"
            )
    if breaks:
        messages.append(
            f"{mapping.name}: the categories changed in {listed(breaks)}, inside the data. Do not read a trend across."
        )
    if extract.mojibake:
        messages.append(
            f"{mapping.name}: {listed(extract.mojibake)} was decoded wrongly before it was saved (like 'Ã©')."
        )
    if located.no_gazetteer:
        messages.append(
            f"{mapping.name}: no gazetteer=, so free-text locations and postcodes are not resolved to points."
        )
    messages += [f"{mapping.name}: {warning}" for warning in located.warnings]
    for message in messages:
        warnings.warn(message, HotspotWarning, stacklevel=3)
