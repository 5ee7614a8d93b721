"""Draw a released surface as a small image in the projection of the web map."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING

import numpy as np
from pyproj import Transformer

from hotspot.outputs.palette import DENSITY, DENSITY_OPACITY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hotspot.disclosure import ReleasedSurface

WEB_MERCATOR = 3857
_MOST_PIXELS = 1_200


def surface_image(surface: ReleasedSurface) -> tuple[str, list[list[float]]]:
    """
    Draw the classes of a surface.

    Parameters
    ----------
    surface
        Classes on a grid in a projected reference system.

    Returns
    -------
    tuple
        A PNG as data URI, and its south-west and north-east corners as latitude and longitude. Each pixel shows
        the class of the cell its centre falls in: nothing is blended, so no value between classes is shown.
    """
    forward = Transformer.from_crs(surface.crs, WEB_MERCATOR, always_xy=True)
    half = surface.cell_size / 2
    west, south = surface.x[0] - half, surface.y[0] - half
    east, north = surface.x[-1] + half, surface.y[-1] + half
    left, bottom, right, top = forward.transform_bounds(west, south, east, north)
    across = int(np.clip(2 * len(surface.x), 1, _MOST_PIXELS))
    down = max(1, round(across * (top - bottom) / (right - left)))
    columns = left + (np.arange(across) + 0.5) * (right - left) / across
    rows = top - (np.arange(down) + 0.5) * (top - bottom) / down
    grid_x, grid_y = np.meshgrid(columns, rows)
    x, y = forward.transform(grid_x, grid_y, direction="INVERSE")
    column = np.floor((x - west) / surface.cell_size).astype(np.int64)
    row = np.floor((y - south) / surface.cell_size).astype(np.int64)
    inside = (column >= 0) & (column < len(surface.x)) & (row >= 0) & (row < len(surface.y))
    classes = np.full(grid_x.shape, -1, dtype=np.int64)
    classes[inside] = surface.classes[row[inside], column[inside]]
    to_degrees = Transformer.from_crs(WEB_MERCATOR, 4326, always_xy=True)
    corners = [to_degrees.transform(px, py) for px, py in ((left, bottom), (right, top))]
    return _png(classes), [[round(lat, 6), round(lon, 6)] for lon, lat in corners]


def _png(classes: NDArray[np.int64]) -> str:
    """Write classes as an indexed PNG; index 0 is the masked, wholly transparent one."""
    from PIL import Image

    image = Image.fromarray((classes + 1).astype(np.uint8), mode="P")
    colours = [(0, 0, 0), *(tuple(int(code[i : i + 2], 16) for i in (1, 3, 5)) for code in DENSITY)]
    image.putpalette([channel for colour in colours for channel in colour])
    stream = io.BytesIO()
    image.save(
        stream, "PNG", optimize=True, transparency=bytes([0, *(round(255 * share) for share in DENSITY_OPACITY)])
    )
    return "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode("ascii")
