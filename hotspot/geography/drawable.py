"""Choose the incidents that may be shown as points, and account for the ones that may not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from hotspot.checks import never_points, require_metric_crs, require_unique_index
from hotspot.errors import ComparabilityError, ConfigError, InputError

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Events:
    """Points to draw: where they are, weights, what they are, and what was left out."""

    points: NDArray[np.object_]
    ids: NDArray[np.object_]
    """Label of each event's record in the incidents."""
    x: NDArray[np.float64]
    """Metres, like ``y``."""
    y: NDArray[np.float64]
    weight: NDArray[np.float64]
    uncertainty_m: float | None
    """Median positional uncertainty, where the records state one."""
    name: str
    left_out: dict[str, int]

    def keep(self, which: NDArray[np.bool_], reason: str) -> Events:
        """Give the chosen events, counting the others under the reason."""
        left_out = self.left_out | {reason: int((~which).sum())}
        return replace(
            self,
            points=self.points[which],
            ids=self.ids[which],
            x=self.x[which],
            y=self.y[which],
            weight=self.weight[which],
            left_out=left_out,
        )


def choose_events(
    incidents: gpd.GeoDataFrame, weights: str | pd.Series | None, *, known: gpd.GeoDataFrame | None = None
) -> Events:
    """Take the incidents that have a point and may be drawn, each event once; ``known``: all records of the events."""
    require_metric_crs(incidents, "incidents")
    require_unique_index(incidents, "incidents")
    name = _name(incidents)
    weight = _weights(incidents, weights)
    shapes = incidents.geometry.to_numpy()
    has_point = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    kept = incidents[has_point]
    other = shapely.get_type_id(kept.geometry.to_numpy()) != shapely.GeometryType.POINT
    if other.any():
        kinds = sorted(set(kept.geom_type[other]))
        raise InputError(
            f"incidents: {other.sum()} row(s) are not points ({', '.join(kinds)}). "
            "Surfaces and clusters are made from points; areas that arrive as counts have rates instead."
        )
    private = never_points(incidents if known is None else known).reindex(kept.index)
    left_out = {"no point": int((~has_point).sum()), "home, domestic or sexual": int(private.sum())}
    kept = kept[~private]
    if "event_id" in kept:
        once = _best_located(kept)
        left_out["other records of the same event"] = int((~once).sum())
        kept = kept[once]
    points = np.asarray(kept.geometry.to_numpy(), dtype=object)
    x, y = shapely.get_x(points), shapely.get_y(points)
    wild = ~(np.isfinite(x) & np.isfinite(y))
    if wild.any():
        row = int(incidents.index.get_indexer(kept.index[wild])[0])
        raise InputError(f"incidents: {wild.sum()} point(s) are not finite, the first in row {row}. Mend or drop them.")
    uncertainty = kept["uncertainty_m"].median() if "uncertainty_m" in kept else np.nan
    return Events(
        points,
        kept.index.to_numpy(dtype=object),
        x,
        y,
        weight.loc[kept.index].to_numpy(),
        None if pd.isna(uncertainty) else float(uncertainty),
        name,
        left_out,
    )


def _name(incidents: gpd.GeoDataFrame) -> str:
    """Name what is counted; several sources that nobody linked have no name, for their records are not events."""
    sources = sorted(incidents["source"].dropna().unique()) if "source" in incidents else []
    if len(sources) == 1:
        return str(sources[0])
    if len(sources) > 1 and "event_id" not in incidents:
        raise ComparabilityError(
            f"incidents: records of {len(sources)} sources ({', '.join(map(str, sources))}) are not events, and adding "
            "them would count one event several times. Draw one source at a time, or call link_events first."
        )
    return "events"


def _weights(incidents: gpd.GeoDataFrame, weights: str | pd.Series | None) -> pd.Series:
    """Give each incident its weight: 1, a column, or a Series with the same index."""
    if weights is None:
        return pd.Series(1.0, index=incidents.index)
    if isinstance(weights, str) and weights not in incidents:
        raise ConfigError(f"weights: the incidents have no column {weights!r}.")
    given = incidents[weights] if isinstance(weights, str) else weights
    require_unique_index(given, "weights")
    missing = incidents.index.difference(given.index)
    if len(missing):
        raise InputError(f"weights: {len(missing)} incident(s) have none. Give a Series with the incidents' index.")
    if not pd.api.types.is_numeric_dtype(given.dtype) or pd.api.types.is_complex_dtype(given.dtype):
        raise InputError(f"weights: hold {given.dtype}, not numbers. Convert them first, e.g. with pandas.to_numeric.")
    values = pd.Series(given.reindex(incidents.index).to_numpy(np.float64, na_value=np.nan), incidents.index)
    wrong = ~np.isfinite(values.to_numpy()) | (values.to_numpy() < 0)
    if wrong.any():
        raise InputError(
            f"weights: {wrong.sum()} of {len(values)} are missing, infinite or below 0, the first in row "
            f"{int(np.flatnonzero(wrong)[0])}. Every incident needs a weight of 0 or more."
        )
    return values


def _best_located(incidents: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Pick one record of each event: the one placed best, else the first by name."""
    ranked = pd.DataFrame(
        {
            "event": incidents["event_id"].astype(object).where(incidents["event_id"].notna(), incidents.index),
            "uncertainty": incidents.get("uncertainty_m", 0.0),
            "incident": incidents.index,
        },
        index=incidents.index,
    )
    first = ranked.sort_values(["event", "uncertainty", "incident"], na_position="last").drop_duplicates("event")
    return np.asarray(incidents.index.isin(first.index))
