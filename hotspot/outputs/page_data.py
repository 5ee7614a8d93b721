"""Turn a release into what the page's one data block holds; nothing that is not published gets into it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from hotspot import __version__
from hotspot.outputs.palette import (
    ABSENT,
    AGREEMENT,
    COLOUR_SAFE,
    DENSITY,
    GREYSCALE,
    RATES,
    STANDARD,
    source_colours,
)
from hotspot.outputs.surface_image import surface_image

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd

    from hotspot.disclosure import Release

_RATE_SHARES = (0.4, 0.7, 0.87, 0.96)
"""Class limits of rates: shares of areas below each, finer at the top, where a meeting looks."""
_PIXELS_ACROSS = 2_500
_DECIMALS = 5
_SHORT_LIST = 20


def page_data(release: Release) -> dict[str, object]:
    """
    Collect everything the page shows, as plain JSON values.

    Parameters
    ----------
    release
        What may be shown.

    Returns
    -------
    dict
        ``meta``, ``sources``, ``areas``, ``palettes`` and the list of areas in order of priority.
    """
    areas = release.areas
    about = release.about
    meta = {
        "title": about["title"] or "Hotspots",
        **{key: about[key] for key in ("organisation", "period", "geography")},
        "caveats": about["caveats"],
        "method": about["method"],
        "marking": release.policy.marking,
        "handling": release.policy.handling,
        "restricted": release.policy.is_restricted,
        "threshold": release.policy.threshold,
        "statement": release.statement,
        "software": f"hotspot {__version__}",
        "agreement": "agreement" in areas,
    }
    return {
        "meta": meta,
        "sources": [_source(release, source) for source in release.sources],
        "areas": _areas(release),
        "order": _order(release),
        "palettes": {
            "clusters": {"standard": STANDARD, "safe": COLOUR_SAFE, "grey": GREYSCALE},
            "rates": RATES,
            "agreement": AGREEMENT,
            "density": DENSITY,
            "absent": ABSENT,
        },
    }


def column_of(areas: pd.DataFrame, stem: str, source: str, sources: tuple[str, ...]) -> str | None:
    """Find the column of a source: with its suffix, or bare where there is only one source."""
    if f"{stem}_{source}" in areas:
        return f"{stem}_{source}"
    return stem if len(sources) == 1 and stem in areas else None


def _source(release: Release, source: str) -> dict[str, object]:
    """Describe a source: its words, its colour, its total, its classes of rates and its surface."""
    areas = release.areas
    words: Mapping[str, object] = {}
    listed = release.about["sources"]
    if isinstance(listed, list):
        words = next((entry for entry in listed if entry["id"] == source), {})
    count = f"n_{source}" if f"n_{source}" in areas else None
    rate = column_of(areas, "rate", source, release.sources)
    surface = next((found for found in release.surfaces if found.name == source), None)
    value = areas[rate] if rate else areas[count] if count else pd.Series(dtype="float64")
    return {
        "id": source,
        "label": words.get("label") or source.replace("_", " ").capitalize(),
        "note": words.get("note") or "",
        "colour": source_colours(release.sources)[source],
        "total": int(areas[count].sum()) if count else None,
        "atLeast": bool(release.hidden[source].any()),
        "value": "rate" if rate else "n",
        "hasClusters": column_of(areas, "moran_label", source, release.sources) is not None,
        "breaks": _breaks(value),
        "surface": None if surface is None else _surface(surface),
    }


def _surface(surface: object) -> dict[str, object]:
    from hotspot.disclosure import ReleasedSurface

    if not isinstance(surface, ReleasedSurface):
        raise TypeError("surface: only a ReleasedSurface is drawn.")
    png, bounds = surface_image(surface)
    return {
        "png": png,
        "bounds": bounds,
        "breaks": list(surface.breaks),
        "unit": surface.unit,
        "kernel": surface.kernel,
        "bandwidth": surface.bandwidth,
    }


def _breaks(rates: pd.Series) -> list[float]:
    """Cut rates into at most five classes at two significant digits."""
    known = rates.dropna().to_numpy(dtype=np.float64)
    if known.size == 0:
        return []
    limits = [float(f"{value:.2g}") for value in np.quantile(known, _RATE_SHARES)]
    return [limit for limit in dict.fromkeys(limits) if known.min() < limit]


def _areas(release: Release) -> list[dict[str, object]]:
    """Describe every area: words, published figures by source, and its outline in degrees."""
    areas = release.areas
    shapes = _outlines(areas)
    middles = areas.geometry.representative_point().to_crs(4326)
    stems = ("rate", "rate_lower", "rate_upper", "eb_rate", "moran_p", "moran_q", "moran_label")
    columns = {stem: {s: column_of(areas, stem, s, release.sources) for s in release.sources} for stem in stems}
    rows = []
    for position, code in enumerate(areas.index):
        row = areas.iloc[position]
        entry: dict[str, object] = {
            "id": str(code),
            "name": str(row["name"]) if "name" in areas and pd.notna(row["name"]) else str(code),
            "people": _whole(row["population"]) if "population" in areas else None,
            "middle": [round(middles.iloc[position].y, _DECIMALS), round(middles.iloc[position].x, _DECIMALS)],
            "shape": shapes[position],
            "by": {
                source: _figures(release, row, position, source, {stem: columns[stem][source] for stem in stems})
                for source in release.sources
            },
        }
        if "agreement" in areas:
            entry["agreement"] = str(row["agreement"])
        if "rank" in areas and pd.notna(row["rank"]):
            entry["rank"] = int(row["rank"])
        rows.append(entry)
    return rows


def _figures(
    release: Release, row: pd.Series, position: int, source: str, columns: Mapping[str, str | None]
) -> dict[str, object]:
    """Give one source's published figures of one area; what is hidden is only marked as hidden."""
    if bool(release.hidden[source].iloc[position]):
        return {"hidden": True, "label": "Suppressed"}
    figures: dict[str, object] = {"n": _whole(row[f"n_{source}"]) if f"n_{source}" in release.areas else None}
    for key, stem in (("rate", "rate"), ("low", "rate_lower"), ("high", "rate_upper"), ("p", "moran_p")):
        column = columns[stem]
        figures[key] = _short(row[column]) if column else None
    figures["label"] = str(row[columns["moran_label"]]) if columns["moran_label"] else None
    return {key: value for key, value in figures.items() if value is not None}


def _order(release: Release) -> list[int]:
    """List areas for the panel: by rank where there is one, else by what is published of the first source."""
    areas = release.areas.reset_index(drop=True)
    if "rank" in areas:
        ranked = areas.loc[areas["rank"].notna(), "rank"].astype("int64").sort_values(kind="stable")
        return [int(position) for position in ranked.index]
    first = release.sources[0] if release.sources else None
    column = next((name for name in (f"n_{first}", f"rate_{first}") if name in areas), None)
    if column is None:
        return []
    known = areas[column].dropna().astype("float64").sort_values(ascending=False, kind="stable")
    return [int(position) for position in known.index[:_SHORT_LIST]]


def _outlines(areas: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """Simplify outlines together, so that neighbours stay joined, and give them in degrees."""
    left, bottom, right, top = areas.total_bounds
    tolerance = max(right - left, top - bottom) / _PIXELS_ACROSS
    simple = areas.geometry.copy()
    simple[:] = shapely.coverage_simplify(areas.geometry.to_numpy(), tolerance)
    outlines: list[dict[str, Any]] = []
    for shape in simple.to_crs(4326):
        parts = [
            [_ring(ring) for ring in (part.exterior, *part.interiors)]
            for part in shapely.get_parts(shape)
            if part.geom_type == "Polygon"
        ]
        outlines.append({"type": "MultiPolygon", "coordinates": parts})
    return outlines


def _ring(ring: shapely.LinearRing) -> list[list[float]]:
    points: list[list[float]] = np.round(shapely.get_coordinates(ring), _DECIMALS).tolist()
    return points


def _whole(value: float) -> int | None:
    return None if pd.isna(value) else int(value)


def _short(value: float) -> float | None:
    """Round to three significant digits: more would pretend to what the data cannot say."""
    return None if pd.isna(value) else float(f"{float(value):.3g}")
