"""Assemble the columns of Incidents from what was read: times, categories, places and numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from hotspot.ingest.codes import rule_by_month
from hotspot.ingest.distinct_values import compact, constant, distinct, text_column
from hotspot.ingest.local_clock import flag_times
from hotspot.ingest.times import MISSING

if TYPE_CHECKING:
    from hotspot.ingest.codes import Decoded
    from hotspot.ingest.extract import Extract
    from hotspot.ingest.mapping import Source
    from hotspot.ingest.places import Located
    from hotspot.ingest.times import Times

TRUTHS = frozenset({"injury", "domestic", "conveyed"})
"""Coded columns that say yes or no."""
_TIMES = ("occurred_from", "occurred_to", "arrived_at", "received_at")
_PIECE = 1 << 18
"""Rows that are numbered at a time."""


def assemble(
    extract: Extract,
    mapping: Source,
    times: dict[str, Times],
    decoded: dict[str, Decoded],
    located: Located,
    numbers: dict[str, np.ndarray],
    kept: np.ndarray,
    names_person: np.ndarray | None = None,
) -> gpd.GeoDataFrame:
    """
    Put the columns of the schema together for the rows that are kept.

    Parameters
    ----------
    extract
        Rows read; only ``offence`` is still needed of its text.
    mapping
        The source.
    times
        Times by field, ``occurred_from`` and ``occurred_to`` among them.
    decoded
        Coded columns in our vocabulary.
    located
        Where every row happened.
    numbers
        Severity and weight, as far as the source has them.
    kept
        Rows that were not rejected.
    names_person
        Rows whose location text tells who a person is; None without location text.

    Returns
    -------
    GeoDataFrame
        Incidents, indexed by ``incident_id``.

    Notes
    -----
    Results are held by distinct values until here, and each text column is made once, of the kept rows only: a
    frame that is made first and filtered then needs twice the memory of the result.
    """
    rows = slice(None) if kept.all() else np.flatnonzero(kept)
    geometry = _points(located, rows)  # first, for finding equal places takes room that the columns will need
    located.x = located.y = np.empty(0)
    index = _incident_ids(mapping.name, rows, len(kept))
    start = times["occurred_from"]
    columns: dict[str, Any] = {"source": text_column(constant(mapping.name, len(kept)), rows)}
    columns |= {name: _text(decoded[name].results, rows) for name in ("provider", "site") if name in decoded}
    columns |= {name: times[name].value[rows] for name in _TIMES if name in times}
    columns["time_precision"] = _text(start.precision, rows)
    columns["time_flag"] = _text(flag_times(start, mapping.time.zone), rows)
    columns["category"] = _text(decoded["category"].results, rows)
    if "offence" in extract.frame:
        columns["offence"] = text_column(_labels(extract.frame["offence"]), rows)
    for name in sorted(TRUTHS & set(decoded)):
        columns[name] = pd.array(np.asarray(decoded[name].results[rows], dtype=object), dtype="boolean")
    if "weapon_group" in decoded:
        columns["weapon_group"] = _text(decoded["weapon_group"].results, rows)
    if "setting" in decoded or located.says_home.any():
        columns["setting"] = _text(_settings(decoded.get("setting"), located), rows)
    columns |= {name: values[rows] for name, values in numbers.items()}
    columns |= {"location_level": _text(located.level, rows), "location_method": _text(located.method, rows)}
    if not np.isnan(located.confidence).all():
        columns["location_confidence"] = located.confidence[rows]
    columns["uncertainty_m"] = located.uncertainty[rows]
    columns["area_code"] = _text(located.area_code, rows)
    if mapping.place.area_vintage is not None:
        columns["area_vintage"] = _text(
            _vintages(mapping, located.area_code, start.value.astype("datetime64[M]")), rows
        )
    if names_person is not None:
        columns["names_person"] = pd.array(names_person[rows], dtype="boolean")
    frame = pd.DataFrame(columns, index=index, copy=False)
    return gpd.GeoDataFrame(frame, geometry=geometry, crs=located.crs, copy=False)


def _incident_ids(source: str, rows: np.ndarray | slice, read: int) -> pd.Index:
    """Make the label of each row from its number as it was read, in a width that all share."""
    width, text = max(6, len(str(read))), pa.large_string()
    numbers = np.arange(1, read + 1, dtype=np.int64)[rows]
    pieces = [
        pc.binary_join_element_wise(
            pa.scalar(f"{source}-", text),
            pc.utf8_lpad(pc.cast(pa.array(numbers[first : first + _PIECE]), text), width, padding="0"),
            pa.scalar("", text),
        )
        for first in range(0, len(numbers), _PIECE)
    ]
    names = pa.concat_arrays(pieces) if pieces else pa.array([], text)
    index: pd.Index = pd.Index(pd.array(names, dtype="str"), name="incident_id")
    return index


def _points(located: Located, rows: np.ndarray | slice) -> Any:  # noqa: ANN401 - geopandas has no types
    """Make the points; records at one place share one point, which is most of the memory where points are snapped."""
    x, y = located.x[rows], located.y[rows]
    known = np.flatnonzero(~np.isnan(x))
    points = np.full(len(x), None, dtype=object)
    of_x, xs = pd.factorize(x[known])
    of_y, ys = pd.factorize(y[known])
    which, places = pd.factorize(of_x * len(ys) + of_y)
    if len(places):
        points[known] = shapely.points(xs[places // len(ys)], ys[places % len(ys)])[which]
    return gpd.array.GeometryArray(points, crs=located.crs)


def _text(values: np.ndarray | pd.Categorical[Any], rows: np.ndarray | slice) -> Any:  # noqa: ANN401 - pandas' text array has no public type
    """Make a text column; None becomes missing."""
    return text_column(values if isinstance(values, pd.Categorical) else compact(values), rows)


def _labels(values: pd.Series) -> pd.Categorical[Any]:
    """Tidy labels that are kept as supplied."""
    codes, found = distinct(values)
    tidy = [" ".join(str(label).split()) for label in found]
    kept = [text if text.casefold() not in MISSING else None for text in tidy]
    labels: pd.Categorical[Any] = compact(np.array([*kept, None], dtype=object)).take(codes)
    return labels


def _settings(decoded: Decoded | None, located: Located) -> pd.Categorical[Any]:
    """Give the settings, ``home`` where a text says so."""
    settings = constant("unknown", len(located.says_home)) if decoded is None else decoded.results
    if not isinstance(settings, pd.Categorical):
        settings = compact(settings)
    if not located.says_home.any():
        return settings
    settings = settings.copy() if "home" in settings.categories else settings.add_categories(["home"])
    settings[located.says_home] = "home"
    return settings


def _vintages(mapping: Source, area_code: np.ndarray | pd.Categorical[Any], months: np.ndarray) -> pd.Categorical[Any]:
    """Give the year of the geography for rows whose area code belongs to it."""
    which, distinct_months = pd.factorize(months)
    known = np.append(distinct_months, np.datetime64("NaT")).astype(months.dtype)
    vintages: pd.Categorical[Any] = compact(rule_by_month(mapping.place.area_vintage, known)).take(which)
    prefixes = tuple(mapping.place.area_vintage_prefixes) or ("",)
    codes, found = pd.factorize(area_code)
    fits = np.append([str(code).startswith(prefixes) for code in found], [False]).astype(bool)
    vintages[~fits[codes]] = None
    return vintages


__all__ = ["TRUTHS", "assemble"]
