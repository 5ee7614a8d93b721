"""Say how large a place is: the radius in metres that should hold the true position, by level and by area."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable

LEVEL_RADII = {
    "venue": 25.0, "point": 50.0, "postcode": 75.0, "street": 150.0, "sector": 1_000.0, "locality": 2_000.0,
    "outcode": 2_500.0,
}  # fmt: skip
"""Radius in metres by level, where nothing better is known, the finest first."""

AREA_RADII = {
    "E00": 400, "W00": 700,  # output area
    "E01": 1_700, "W01": 3_000, "S01": 3_500, "95": 3_000,  # LSOA; data zone; super output area of Northern Ireland
    "E02": 4_300, "W02": 7_100, "S02": 8_000,  # MSOA; intermediate zone
    "E05": 4_100, "W05": 5_100, "S13": 13_000, "N08": 5_300,  # ward
    "E06": 32_000, "E07": 17_000, "E08": 11_000, "E09": 5_200, "W06": 27_000, "S12": 45_000, "N09": 25_000,  # district
    "E22": 17_000, "W22": 27_000,  # community safety partnership
    "E23": 44_000, "W15": 55_000,  # police force
    "E10": 45_000, "E12": 95_000,  # county, region
    "E92": 250_000, "W92": 100_000, "S92": 200_000, "N92": 80_000,  # country
}  # fmt: skip
"""Radius in metres of the circle with the area's size, by the first letters of the official code.

The 90th percentile over all areas of that kind, from the boundaries of 2021 to 2024 (LSOA, MSOA, ward, district, police
force); estimates for the others.
"""
UNKNOWN_AREA = 32_000.0
"""Radius for a code of unknown kind: that of the largest districts of England."""


def area_radii(codes: Iterable[object]) -> np.ndarray:
    """
    Give the radius that should hold a place of which only the area is known.

    Parameters
    ----------
    codes
        Official codes such as ``E01000001``; None and missing values allowed.

    Returns
    -------
    ndarray of float64
        Metres, NaN where there is no code; 32 km for a code of unknown kind.

    Examples
    --------
    >>> from hotspot.locate.radii import area_radii
    >>> area_radii(["W01001767", "E05000001", None]).tolist()
    [3000.0, 4100.0, nan]
    """
    which, distinct = pd.factorize(np.asarray(list(codes), dtype=object))
    radii = [float(AREA_RADII.get(str(code)[:3], AREA_RADII.get(str(code)[:2], UNKNOWN_AREA))) for code in distinct]
    return np.array([*radii, np.nan])[which]


def known_area_kind(codes: Iterable[object]) -> np.ndarray:
    """Tell which codes are of a kind whose size is known."""
    which, distinct = pd.factorize(np.asarray(list(codes), dtype=object))
    known = [str(code)[:3] in AREA_RADII or str(code)[:2] in AREA_RADII for code in distinct]
    return np.array([*known, False])[which]


def level_of_size(size: float) -> str:
    """
    Say which level a square of that size stands for.

    Parameters
    ----------
    size
        Side in metres.

    Returns
    -------
    str
        ``point`` to 10 m, ``street`` to about 100 m, ``sector`` to about 1 km, ``locality`` to about 10 km, else
        ``none``: a larger square is no place.

    Examples
    --------
    >>> from hotspot.locate.radii import level_of_size
    >>> [level_of_size(size) for size in (1, 100, 1_000, 10_000, 100_000)]
    ['point', 'street', 'sector', 'locality', 'none']
    """
    # A hundredth of a degree is a little more than a kilometre: the limits lie between the sizes.
    for limit, level in ((15, "point"), (150, "street"), (1_500, "sector"), (15_000, "locality")):
        if size <= limit:
            return level
    return "none"


def coarser_level(one: str, other: str) -> str:
    """Give the coarser of two levels; what is no place on a map is the coarsest."""
    order = list(LEVEL_RADII)
    return max(one, other, key=lambda level: order.index(level) if level in order else len(order))
