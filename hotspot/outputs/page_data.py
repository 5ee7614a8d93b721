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
    CLUSTERS,
    DENSITY,
    DENSITY_OPACITY,
    INK,
    RATES,
    source_colours,
)
from hotspot.outputs.surface_image import surface_image

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd

    from hotspot.disclosure import Release, ReleasedSurface

TOGETHER = "*"
"""Stands for figures that name no source: linked events, or an analysis of a frame with several sources."""
_FIGURES = {
    "rate": "rate",
    "low": "rate_lower",
    "high": "rate_upper",
    "p": "moran_p",
    "q": "moran_q",
    "label": "moran_label",
}
_LABELS = {"ed": "Emergency department"}
"""Labels of sources that the user did not label, where the name alone would not do."""
_RATE_SHARES = (0.4, 0.7, 0.87, 0.96)
"""Class limits of rates: shares of areas below each, finer at the top, where a meeting looks."""
_DECIMALS = 5
_PARTS_ACROSS = (2_500, 5_000, 10_000)
"""How many simplification tolerances the map is wide: from the whole map on a screen to four times as close."""
_MOST_POINTS = 60_000


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
        ``meta``, ``layers`` (one per source, with its figures by area), ``areas`` and ``palettes``.
    """
    about, policy = release.about, release.policy
    return {
        "meta": {
            "title": about["title"] or "Hotspots",
            **{
                key: about[key] for key in ("organisation", "period", "geography", "beside_police", "caveats", "method")
            },
            "marking": policy.marking,
            "stamp": policy.stamp.removeprefix(f"{policy.marking} | ") + ("" if policy.is_restricted else " release"),
            "handling": policy.handling,
            "statement": release.statement,
            "software": f"hotspot {__version__}",
        },
        "layers": [_layer(release, source) for source in _sources(release)],
        "areas": _areas(release.areas),
        "palettes": {
            "clusters": CLUSTERS,
            "rates": RATES,
            "agreement": AGREEMENT,
            "density": [[colour, opacity] for colour, opacity in zip(DENSITY, DENSITY_OPACITY, strict=True)],
            "absent": ABSENT,
        },
    }


def column_of(areas: pd.DataFrame, stem: str, source: str, sources: tuple[str, ...]) -> str | None:
    """Find the column of a source: with its suffix, or bare where there is only one source."""
    if f"{stem}_{source}" in areas:
        return f"{stem}_{source}"
    bare = source == TOGETHER or len(sources) == 1
    return stem if bare and stem in areas else None


def _sources(release: Release) -> list[str]:
    """List what can be chosen: every source, and what names none where there are several or no sources."""
    bare = [name for name in ("n", *_FIGURES.values()) if name in release.areas]
    alone = len(release.sources) != 1
    return [*release.sources, *([TOGETHER] if bare and alone else [])]


def _layer(release: Release, source: str) -> dict[str, object]:
    """Describe a source: its words, its colour, its total, its classes, its surface and its figures by area."""
    areas, together = release.areas, source == TOGETHER
    columns = {key: column_of(areas, stem, source, release.sources) for key, stem in _FIGURES.items()}
    count = "n" if together else f"n_{source}"
    counts = areas.get(count)
    value = areas[columns["rate"]] if columns["rate"] else counts
    surface = next((surface for surface in release.surfaces if surface.name == source), None)
    figures: dict[str, list[Any] | None] = {"n": None if counts is None else [_whole(number) for number in counts]}
    for key, column in columns.items():
        if column:
            figures[key] = [_text(cell) if key == "label" else _short(cell) for cell in areas[column]]
    hidden = release.hidden.any(axis=1) if together else release.hidden[source]
    return {
        "id": source,
        **_words(release, source),
        "colour": INK if together else source_colours(release.sources)[source],
        "together": together,
        "total": None if counts is None else int(counts.sum()),
        "atLeast": bool(hidden.any()),
        "value": "rate" if columns["rate"] else "n",
        "breaks": _breaks(pd.Series(dtype="float64") if value is None else value),
        "exact": release.policy.is_exact(source),
        "surface": None if surface is None else _surface(surface),
        "figures": {key: cells for key, cells in figures.items() if cells is not None},
        "hidden": np.flatnonzero(hidden.to_numpy(dtype=bool)).tolist(),
    }


def _words(release: Release, source: str) -> dict[str, str]:
    """Give a source's label and note as the user wrote them, or a label made of its name."""
    if source == TOGETHER:
        return {"label": "Linked events" if "n" in release.areas else "Analysis", "note": ""}
    listed: Any = release.about["sources"]
    words: Mapping[str, str] = next((entry for entry in listed if entry["id"] == source), {})
    return {
        "label": words.get("label") or _LABELS.get(source, source.replace("_", " ").capitalize()),
        "note": words.get("note", ""),
    }


def _surface(surface: ReleasedSurface) -> dict[str, object]:
    png, bounds = surface_image(surface)
    return {
        "png": png,
        "bounds": bounds,
        "breaks": list(surface.breaks),
        "unit": surface.unit,
        "kernel": surface.kernel,
        "bandwidth": surface.bandwidth,
    }


def _breaks(values: pd.Series) -> list[float]:
    """Cut values into at most five classes at two significant digits."""
    known = values.dropna().to_numpy(dtype=np.float64)
    if known.size == 0:
        return []
    limits = [float(f"{value:.2g}") for value in np.quantile(known, _RATE_SHARES)]
    return [limit for limit in dict.fromkeys(limits) if known.min() < limit]


def _areas(areas: gpd.GeoDataFrame) -> list[dict[str, object]]:
    """Describe every area: its words, its place in the ranking and its outline in degrees."""
    middles = areas.geometry.representative_point().to_crs(4326)
    columns: dict[str, list[object]] = {
        "id": [str(code) for code in areas.index],
        "middle": np.round(np.column_stack([middles.y, middles.x]), _DECIMALS).tolist(),
        "shape": [_rings(shape) for shape in _outlines(areas)],
    }
    for column, key, plain in (
        ("name", "name", _text),
        ("population", "people", _whole),
        ("agreement", "agreement", _text),
        ("rank", "rank", _whole),
        ("score", "score", _short),
    ):
        if column in areas:
            columns[key] = [plain(cell) for cell in areas[column]]
    rows = (dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True))
    return [{key: cell for key, cell in row.items() if cell is not None} for row in rows]


def _outlines(areas: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """Simplify outlines together, so that neighbours stay joined, as finely as the size of the page allows."""
    left, bottom, right, top = areas.total_bounds
    best = areas.geometry
    for parts in _PARTS_ACROSS:
        simple = areas.geometry.copy()
        simple[:] = shapely.coverage_simplify(areas.geometry.to_numpy(), max(right - left, top - bottom) / parts)
        if parts > _PARTS_ACROSS[0] and shapely.get_num_coordinates(simple.to_numpy()).sum() > _MOST_POINTS:
            break
        best = simple
    return best.to_crs(4326)


def _rings(shape: shapely.Geometry) -> list[list[list[list[float]]]]:
    """Give a polygon's rings, part by part, as latitude and longitude."""
    return [
        [np.round(shapely.get_coordinates(ring)[:-1, ::-1], _DECIMALS).tolist() for ring in shapely.get_rings(part)]
        for part in shapely.get_parts(shape)
        if part.geom_type == "Polygon" and not part.is_empty
    ]


def _text(cell: Any) -> str | None:  # noqa: ANN401 - a cell of any column, or NA
    """Give a text; one that is missing is left out, a hidden one says so."""
    return None if pd.isna(cell) else str(cell)


def _whole(cell: Any) -> int | None:  # noqa: ANN401 - as above
    return None if pd.isna(cell) else int(cell)


def _short(cell: Any) -> float | None:  # noqa: ANN401 - as above
    """Round to three significant digits: more would pretend to what the data cannot say."""
    return None if pd.isna(cell) else float(f"{float(cell):.3g}")
