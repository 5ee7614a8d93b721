"""Seal a release, so that nothing changed after the gate can be written as if it had passed it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import shapely

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import geopandas as gpd
    import pandas as pd

    from hotspot.disclosure.surfaces import ReleasedSurface


def seal_of(
    areas: gpd.GeoDataFrame,
    hidden: pd.DataFrame,
    surfaces: Iterable[ReleasedSurface],
    tables: Mapping[str, pd.DataFrame],
) -> str:
    """
    Give the SHA-256 of everything a writer writes.

    Parameters
    ----------
    areas, hidden, surfaces, tables
        As in `hotspot.Release`.

    Returns
    -------
    str
        64 hexadecimal digits; the same content gives the same ones.
    """
    digest = hashlib.sha256()
    for frame in (areas.drop(columns="geometry"), hidden, *(tables[name] for name in sorted(tables))):
        digest.update(frame.to_csv(lineterminator="\n").encode())
    for shape in shapely.to_wkb(areas.geometry.to_numpy()):
        digest.update(shape)
    for surface in surfaces:
        digest.update(surface.name.encode() + surface.classes.tobytes() + repr(surface.breaks).encode())
    return digest.hexdigest()
