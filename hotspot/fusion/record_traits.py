"""Read from a record what comparison looks at: its source, kind, setting, injury and time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.checks import require_columns, require_vocabulary
from hotspot.errors import InputError
from hotspot.ingest.selections import read_flag

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

INJURED = ("homicide", "violence_with_injury", "stab_gunshot_penetrating")
UNINJURED = ("violence_without_injury", "stalking_harassment")
"""Categories of which every record, and of which none, left an injury."""


def sources_of(incidents: gpd.GeoDataFrame) -> list[str]:
    """List the sources of the records, sorted; refuse records without one or with labels of another vocabulary."""
    require_columns(incidents, ["source"], "incidents")
    if incidents["source"].isna().any():
        raise InputError(f"incidents: {int(incidents['source'].isna().sum())} row(s) have no source. Fill it in.")
    require_vocabulary(incidents)
    return sorted(str(name) for name in incidents["source"].unique())


def labels_of(incidents: gpd.GeoDataFrame, name: str) -> NDArray[np.object_]:
    """Give the labels of a column as the vocabulary writes them; unknown where missing."""
    if name not in incidents:
        return np.full(len(incidents), "unknown", dtype=object)
    code, distinct = pd.factorize(incidents[name])
    words = [str(label).strip().casefold() for label in distinct]
    return np.array([*words, "unknown"], dtype=object)[code]


def settings_of(incidents: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Give the setting of each record; a place found to be a home is one, also where no setting is stated."""
    setting = labels_of(incidents, "setting")
    setting[(setting == "unknown") & (labels_of(incidents, "location_level") == "home")] = "home"
    return setting


def injury_status(incidents: gpd.GeoDataFrame) -> NDArray[np.int8]:
    """
    Tell whether anyone was injured: 1 yes, 0 no, -1 the record does not say.

    The flag ``injury`` decides; then the category, where all or none of it is injury; then who recorded it: an
    assault is an injury where an emergency department (source ``ed`` or ``ed_…``) treated it or an ambulance took
    the patient to hospital.
    """
    category = labels_of(incidents, "category")
    status = np.full(len(incidents), -1, dtype=np.int8)
    source = labels_of(incidents, "source")
    hospital = np.isin(source, [name for name in set(source) if name == "ed" or name.startswith("ed_")])
    treated = hospital | (read_flag(incidents, "conveyed") == 1)
    status[treated & (category == "assault")] = 1
    status[np.isin(category, INJURED)] = 1
    status[np.isin(category, UNINJURED)] = 0
    stated = read_flag(incidents, "injury")
    return np.where(stated >= 0, stated, status).astype(np.int8)


def times_of(incidents: gpd.GeoDataFrame, name: str = "occurred_from") -> pd.Series:
    """Give a column of times, all missing where the records have none."""
    if name not in incidents:
        return pd.Series(pd.NaT, index=incidents.index, dtype="datetime64[us]")
    times = incidents[name]
    if not pd.api.types.is_datetime64_any_dtype(times):
        if times.isna().all():
            return pd.Series(pd.NaT, index=incidents.index, dtype="datetime64[us]")
        raise InputError(f"incidents: {name} is {times.dtype}, not a time. Convert it with pandas.to_datetime.")
    local: pd.Series = times.dt.tz_localize(None)
    return local
