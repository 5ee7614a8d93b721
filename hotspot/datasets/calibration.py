"""Hold the synthetic city against the published figures it is meant to resemble."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from hotspot.datasets.city import City

_SAYS_WHERE = ("named", "misspelt", "wrong place", "home")
_EVENING, _MORNING = 18, 6

_FIGURES = {
    "ED assaults that the police do not know": (0.54, 0.64, "59.0 % (Gray et al. 2017, linked on identifiers)"),
    "ED location texts that say where, place or home": (0.52, 0.62, "57 % (three London sites)"),
    "Ambulance assaults conveyed to hospital": (0.49, 0.66, "49 % (Ariel et al. 2015) to 66.1 % (Quigg et al.)"),
    "Ambulance assaults from 18:00 to 05:59": (0.70, 0.80, "75.2 % (Quigg et al.)"),
    "Ambulance assaults: stab, gunshot, penetrating": (0.18, 0.27, "22.7 % (Quigg et al.)"),
    "Violence that ED and ambulance add to police records": (0.14, 0.22, "15 to 20 % (Sutherland et al. 2021)"),
    "Police violence that is stalking or harassment": (0.24, 0.32, "28 % (England and Wales, 2024/25)"),
    "Police rows without a Crime ID (all of them ASB)": (0.15, 0.20, "17.6 % (two forces, 2024-26)"),
    "Police rows whose Crime ID is there twice": (0.0010, 0.0040, "0.23 % (two forces, 2024-26)"),
    "Police rows outside the city": (0.0010, 0.0060, "0.4 % (two forces, 2024-26)"),
    "Police rows without a location": (0.015, 0.025, "none published; 2 % chosen, so that the case occurs"),
}


def calibration(city: City) -> pd.DataFrame:
    """
    Measure a city on the figures that it is calibrated on.

    Parameters
    ----------
    city
        From `make_city`.

    Returns
    -------
    DataFrame
        Indexed by ``figure``: ``share`` (0 to 1) in this city, ``lower`` and ``upper`` (the band it must keep), and
        ``published`` (the figure and its source).

    Notes
    -----
    The first and sixth figure compare what is *true* in the city with what studies *measured*, which depends on how
    they matched records: 59 % with identifiers, over 90 % with space and time alone. Their agreement says that the
    city is plausible, not that any real place is like it.

    Examples
    --------
    >>> from hotspot.datasets import calibration, make_city
    >>> table = calibration(make_city(seed=1, size="small"))
    >>> bool(table["share"].between(table["lower"], table["upper"]).all())
    True
    """
    truth = city.truth
    police, ed, ambulance = (truth[f"{source}_row"].notna() for source in ("police", "ed", "ambulance"))
    hour = pd.to_datetime(truth["occurred"]).dt.hour
    night = (hour >= _EVENING) | (hour < _MORNING)
    ids = city.police["Crime ID"][city.police["Crime ID"] != ""]
    calls = city.ambulance.drop_duplicates("Call ID")
    shares = (
        1 - police[ed].mean(),
        truth["ed_text"][ed].isin(_SAYS_WHERE).mean(),
        (truth["conveyed"][ambulance] == "Y").mean(),
        night[ambulance].mean(),
        calls["Nature"].str.startswith("STAB").mean(),
        ((ed | ambulance) & ~police).sum() / police.sum(),
        (truth["kind"][police] == "harassment").mean(),
        (city.police["Crime ID"] == "").mean(),
        ids.duplicated().sum() / len(city.police),
        (~city.police["LSOA code"].isin(["", *city.areas.index])).mean(),
        (city.police["Longitude"] == "").mean(),
    )
    rows = [
        {"figure": figure, "share": float(share), "lower": lower, "upper": upper, "published": published}
        for share, (figure, (lower, upper, published)) in zip(shares, _FIGURES.items(), strict=True)
    ]
    return pd.DataFrame(rows).set_index("figure")
