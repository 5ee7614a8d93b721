"""Turn Ordnance Survey grid references into coordinates of EPSG:27700, and coordinates into references."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.errors import ConfigError, InputError
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


def write_grid_references(easting: Iterable[float], northing: Iterable[float], *, figures: int = 6) -> list[str]:
    """
    Give the Ordnance Survey grid references of the squares that points lie in.

    Parameters
    ----------
    easting, northing
        Metres, EPSG:27700.
    figures
        Even number of digits from 0 to 10: six name a square of 100 m.

    Returns
    -------
    list of str
        Such as ``ST 185 765``.

    Raises
    ------
    ConfigError
        If the number of figures is odd or out of range.
    InputError
        If a point lies outside the National Grid.

    Examples
    --------
    >>> from hotspot.locate import write_grid_references
    >>> write_grid_references([318550.0], [176510.0])
    ['ST 185 765']
    """
    if isinstance(figures, bool) or figures not in range(0, 11, 2):
        raise ConfigError(f"figures: {figures!r} must be an even number from 0 to 10.")
    half = figures // 2
    found = []
    for row, (x, y) in enumerate(zip(easting, northing, strict=True)):
        if not (0 <= x < 700_000 and 0 <= y < 1_300_000):  # noqa: PLR2004 - extent of the National Grid
            raise InputError(f"easting, northing: the point in row {row} lies outside the National Grid.")
        east, north = int(x), int(y)
        column, line = (east + _FALSE_ORIGIN[0]) // 100_000, (north + _FALSE_ORIGIN[1]) // 100_000
        letters = _LETTERS[(4 - line // 5) * 5 + column // 5] + _LETTERS[(4 - line % 5) * 5 + column % 5]
        digits = [f"{part % 100_000 // 10 ** (5 - half):0{half}d}" if half else "" for part in (east, north)]
        found.append(" ".join([letters, *digits]).strip())
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
