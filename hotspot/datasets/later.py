"""Let later years of violence happen in the synthetic city, for lists and methods to be judged on."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from hotspot.checks import nearest, require_whole
from hotspot.datasets.layout import SIZES, make_areas
from hotspot.datasets.venues import make_venues
from hotspot.datasets.violence import draw_violence, place_chances, telling
from hotspot.errors import ConfigError
from hotspot.record import note

COLUMNS = ("year", "area_code", "kind", "setting", "weapon", "injury", "geometry")


def later_violence(seed: int = 1, *, years: int = 1, size: str = "city") -> gpd.GeoDataFrame:
    """
    Draw the violence of later years in the city that `make_city` makes of the same seed.

    Parameters
    ----------
    seed, size
        As given to `make_city`.
    years
        How many years to draw.

    Returns
    -------
    GeoDataFrame
        Every violent event, whether or not any agency comes to know of it (EPSG:27700): ``year`` (1 is the first after
        that of the city's files), ``area_code``, ``kind``, ``setting``, ``weapon`` and ``injury``, in the words of the
        city's ``truth``.

    Raises
    ------
    ConfigError
        If the size is unknown, the seed negative, or the years are not a whole number above 0.

    Notes
    -----
    The places keep their chances of violence: there is no trend, nothing moves, and what happens in one year changes
    nothing in the next. So a list made of the city's files can be judged on what follows, and the mean of many years
    says what was to be expected. Real places are not as faithful. Events have no times: the weekdays of a later year
    are not drawn.

    Examples
    --------
    >>> from hotspot.datasets import later_violence
    >>> later = later_violence(seed=1, years=2, size="small")
    >>> later["year"].value_counts().tolist()
    [3900, 3900]
    """
    if size not in SIZES:
        raise ConfigError(f"size: {size!r} is not known; give one of {', '.join(SIZES)}.{nearest(size, SIZES)}")
    require_whole(seed, "seed", 0)
    require_whole(years, "years", 1)
    rng = np.random.default_rng(seed)
    areas, _ = make_areas(rng, SIZES[size])
    venues = make_venues(rng, areas, SIZES[size])
    chances, told = place_chances(areas, venues, rng), telling(areas, rng)  # the very numbers that make_city drew
    again = np.random.default_rng([seed, 1])
    drawn = [
        draw_violence(again, areas, venues, SIZES[size], chances, told).assign(year=year)
        for year in range(1, years + 1)
    ]
    events = gpd.GeoDataFrame(pd.concat(drawn, ignore_index=True), crs=areas.crs)
    note("later_violence", seed=seed, size=size, years=years, events=len(events))
    return events[list(COLUMNS)]
