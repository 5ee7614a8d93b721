"""Turn Ordnance Survey grid references into coordinates of EPSG:27700."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.locate.radii import level_of_size

if TYPE_CHECKING:
    from collections.abc import Iterable

_LETTERS = "ABCDEFGHJKLMNOPQRSTUVWXYZ"  # 25 squares, no I
_REFERENCE = re.compile(r"([HJNOST][A-HJ-Z])(\d*)")
_FALSE_ORIGIN = (1_000_000, 500_000)


def read_grid_references(texts: Iterable[str]) -> pd.DataFrame:
    """
    Give the centre and the uncertainty of Ordnance Survey grid references.

    Parameters
    ----------
    texts
        References such as ``TQ 300 804``: two letters and an even number of digits, spaces allowed.

    Returns
    -------
    DataFrame
        ``easting`` and ``northing`` of the square's centre (metres, EPSG:27700), ``uncertainty_m``, the distance
        from there to its corner, and ``location_level`` by the square's size: ``point`` to 10 m, ``street`` (100 m),
        ``sector`` (1 km), ``locality`` (10 km) or ``none`` (100 km: letters only name no place). NaN and ``none``
        where the text is no reference in the National Grid.

    Examples
    --------
    >>> from hotspot.locate import read_grid_references
    >>> found = read_grid_references(["ST 1876", "home"])
    >>> found["easting"].tolist(), found["location_level"].tolist()
    ([318500.0, nan], ['sector', 'none'])
    """
    rows = [_square(str(text)) for text in texts]
    found = pd.DataFrame(np.array(rows, dtype=float).reshape(-1, 3), columns=["easting", "northing", "uncertainty_m"])
    found["location_level"] = pd.array(
        [level_of_size(radius * math.sqrt(2)) if radius > 0 else "none" for _, _, radius in rows], dtype="str"
    )
    return found


def _square(text: str) -> tuple[float, float, float]:
    """Read one reference."""
    match = _REFERENCE.fullmatch(re.sub(r"[\s,./-]", "", text).upper())
    nothing = (math.nan, math.nan, math.nan)
    if match is None or len(match[2]) % 2 or len(match[2]) > 10:  # noqa: PLR2004 - ten digits are one metre
        return nothing
    first, second = (_LETTERS.index(letter) for letter in match[1])
    east = first % 5 * 500_000 + second % 5 * 100_000 - _FALSE_ORIGIN[0]
    north = (4 - first // 5) * 500_000 + (4 - second // 5) * 100_000 - _FALSE_ORIGIN[1]
    if not (0 <= east < 700_000 and 0 <= north < 1_300_000):  # noqa: PLR2004 - extent of the National Grid
        return nothing
    half = len(match[2]) // 2
    size = 10 ** (5 - half)
    east += int(match[2][:half] or 0) * size
    north += int(match[2][half:] or 0) * size
    return east + size / 2, north + size / 2, size * math.sqrt(2) / 2
