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


def assemble(
    extract: Extract,
    mapping: Source,
    times: dict[str, Times],
    decoded: dict[str, Decoded],
    located: Located,
    numbers: dict[str, np.ndarray],
) -> gpd.GeoDataFrame:
    """
    Put the columns of the schema together, rejected rows still in place.

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

    Returns
    -------
    GeoDataFrame
        Incidents, indexed by ``incident_id``.
    """
    rows = len(extract.frame)
    points = _points(located)  # first, for finding equal places takes room that the columns will need
    start = times["occurred_from"]
    columns: dict[str, Any] = {"source": pd.array([mapping.name], dtype="str").take(np.zeros(rows, dtype=np.int64))}
    columns |= {name: _text(decoded[name].results) for name in ("provider", "site") if name in decoded}
    columns |= {
        name: times[name].value
        for name in ("occurred_from", "occurred_to", "arrived_at", "received_at")
        if name in times
    }
    columns["time_precision"] = _text(start.precision)
    columns["time_flag"] = _text(flag_times(start, mapping.time.zone))
    columns["category"] = _text(decoded["category"].results)
    if "offence" in extract.frame:
        columns["offence"] = _text(_labels(extract.frame["offence"]))
    columns |= {name: pd.array(decoded[name].results, dtype="boolean") for name in sorted(TRUTHS) if name in decoded}
    if "weapon_group" in decoded:
        columns["weapon_group"] = _text(decoded["weapon_group"].results)
    if "setting" in decoded or located.says_home.any():
        setting = decoded["setting"].results.copy() if "setting" in decoded else np.full(rows, "unknown", dtype=object)
        setting[located.says_home] = "home"
        columns["setting"] = _text(setting)
    columns |= numbers
    columns |= {"location_level": _text(located.level), "location_method": _text(located.method)}
    if not np.isnan(located.confidence).all():
        columns["location_confidence"] = located.confidence
    columns["uncertainty_m"] = located.uncertainty
    columns["area_code"] = _text(located.area_code)
    if mapping.place.area_vintage is not None:
        columns["area_vintage"] = _text(_vintages(mapping, located.area_code, start.value.astype("datetime64[M]")))
    width = max(6, len(str(rows)))
    counted = pc.utf8_lpad(pc.cast(pa.array(np.arange(1, rows + 1)), pa.large_string()), width, padding="0")
    text = pa.large_string()
    names = pc.binary_join_element_wise(pa.scalar(f"{mapping.name}-", text), counted, pa.scalar("", text))
    index = pd.Index(pd.array(names, dtype="str"), name="incident_id")
    geometry = gpd.GeoSeries(points, index=index, crs=located.crs)
    return gpd.GeoDataFrame(pd.DataFrame(columns, index=index), geometry=geometry, crs=located.crs)


def _points(located: Located) -> np.ndarray:
    """Make the points; records at one place share one point, which is most of the memory where points are snapped."""
    points = np.full(len(located.x), None, dtype=object)
    known = ~np.isnan(located.x)
    places, which = np.unique(located.x[known] + 1j * located.y[known], return_inverse=True)
    points[known] = shapely.points(places.real, places.imag)[which]
    return points


def _text(values: np.ndarray) -> Any:  # noqa: ANN401 - pandas' text array has no public type
    """Make a text column; None becomes missing."""
    codes, distinct = pd.factorize(values)
    return pd.array([str(value) for value in distinct], dtype="str").take(codes, allow_fill=True)


def _labels(values: pd.Series) -> np.ndarray:
    """Tidy labels that are kept as supplied."""
    codes, distinct = pd.factorize(values if values.dtype == "str" else values.astype("str"))
    tidy = [" ".join(str(label).split()) for label in distinct]
    return np.array([*(text if text.casefold() not in MISSING else None for text in tidy), None], dtype=object)[codes]


def _vintages(mapping: Source, area_code: np.ndarray, months: np.ndarray) -> np.ndarray:
    """Give the year of the geography for rows whose area code belongs to it."""
    vintages = rule_by_month(mapping.place.area_vintage, months)
    prefixes = tuple(mapping.place.area_vintage_prefixes) or ("",)
    codes, distinct = pd.factorize(area_code)
    fits = np.append([str(code).startswith(prefixes) for code in distinct], [False]).astype(bool)
    vintages[~fits[codes]] = None
    return vintages


__all__ = ["TRUTHS", "assemble"]
