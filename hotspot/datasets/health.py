"""Write down what emergency department, ambulance service and council of the synthetic city share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from hotspot.datasets import names
from hotspot.datasets.texts import location_texts
from hotspot.datasets.violence import YEAR, hardship

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]
    Stamps = NDArray[np.datetime64]

ED_COLUMNS = (
    "REPORTING PERIOD START DATE", "REPORTING PERIOD END DATE", "SITE CODE (OF TREATMENT)",
    "ARRIVAL DATE AND TIME AT A&E", "ASSAULT DATE AND TIME", "ASSAULT METHOD", "ASSAULT METHOD OTHER DESCRIPTION",
    "ASSAULT LOCATION TYPE", "ASSAULT LOCATION DESCRIPTION",
)  # fmt: skip
AMBULANCE_COLUMNS = (
    "Call ID", "Provider", "Call time", "Nature", "Location type", "Easting", "Northing", "LSOA code",
    "Receiving hospital", "Conveyed",
)  # fmt: skip
COUNCIL_COLUMNS = ("code", "name", "incidents", "provider")

_PREMISES = {
    "licensed": "Licensed premises", "public": "Public place", "home": "Private residence", "other": "Other",
}  # fmt: skip
_METHODS = {
    "body": ("Fist", "Foot", "Head", "Pushed", "Body part"), "sharp": ("Knife", "Glass/bottle", "Other sharp object"),
    "blunt": ("Blunt object",), "other": ("Other",), "unknown": ("Not known", ""),
}  # fmt: skip
_OTHER_METHODS = ("sprayed with something", "bitten by dog", "car", "hot drink", "ammonia")
_SETTINGS = {
    "licensed": ("Pub/club/bar", "Licensed premises"), "public": ("Street", "Public place"),
    "home": ("Own home", "Own home", "Other home"), "other": ("Other", "Not known"),
}  # fmt: skip
_MIDNIGHT = 0.10
_ON_THE_HOUR = 0.15
_NEXT_DAY = 0.10
_NO_TIME = 0.03
_TYPE_LOST = 0.12
_STAB = {"sharp": 0.80}
_NO_POSITION = 0.015
_ZERO_POSITION = 0.004
_TWO_VEHICLES = 0.02
_NOT_RETURNED = 0.03


def ed_rows(
    rng: np.random.Generator, events: gpd.GeoDataFrame, venues: gpd.GeoDataFrame
) -> tuple[pd.DataFrame, Integers, NDArray[np.object_]]:
    """
    Give the records of the one emergency department that shares, in the elements of ISTV.

    Parameters
    ----------
    rng
        Source of chance.
    events
        The violence; its column ``ed`` says what the department saw.
    venues
        Streets and venues, for the free texts.

    Returns
    -------
    tuple
        The rows as text in the order of arrival; for each of ``events`` its row (1 = first), 0 for none; and the
        kind of its location text, empty for none.
    """
    known = np.flatnonzero(events["ed"])
    arrived = events["occurred"].to_numpy()[known].astype("datetime64[m]") + _delay(rng, len(known))
    in_year = arrived < np.datetime64(f"{YEAR + 1}-01-01T00:00")  # who comes later is in next year's file
    known, arrived = known[in_year], arrived[in_year]
    seen = events.iloc[known]
    number = len(seen)
    assault = _recorded(rng, seen["occurred"].to_numpy().astype("datetime64[m]"))
    blank = rng.random(number) < _NO_TIME
    method = [_METHODS[weapon][int(rng.integers(len(_METHODS[weapon])))] for weapon in seen["weapon"]]
    described = [_OTHER_METHODS[int(rng.integers(len(_OTHER_METHODS)))] if label == "Other" else "" for label in method]
    setting = [_SETTINGS[name][int(rng.integers(len(_SETTINGS[name])))] for name in seen["setting"]]
    texts, kinds = location_texts(rng, seen, venues)
    months = arrived.astype("datetime64[M]")
    rows = pd.DataFrame(
        {
            "REPORTING PERIOD START DATE": _day(months.astype("datetime64[D]")),
            "REPORTING PERIOD END DATE": _day((months + 1).astype("datetime64[D]") - np.timedelta64(1, "D")),
            "SITE CODE (OF TREATMENT)": names.ED_SITE,
            "ARRIVAL DATE AND TIME AT A&E": _minute(arrived),
            "ASSAULT DATE AND TIME": np.where(blank, "", _minute(assault)),
            "ASSAULT METHOD": method,
            "ASSAULT METHOD OTHER DESCRIPTION": described,
            "ASSAULT LOCATION TYPE": np.where(rng.random(number) < _TYPE_LOST, "Not known", setting),
            "ASSAULT LOCATION DESCRIPTION": texts,
        }
    )
    order = np.argsort(arrived, kind="stable")
    row = np.zeros(len(events), dtype=np.int64)
    row[known[order]] = np.arange(1, number + 1)
    kind = np.full(len(events), "", dtype=object)
    kind[known] = kinds
    return rows.iloc[order].reset_index(drop=True)[list(ED_COLUMNS)], row, kind


def ambulance_rows(rng: np.random.Generator, events: gpd.GeoDataFrame) -> tuple[pd.DataFrame, Integers]:
    """
    Give the assault calls of the ambulance service, with positions to ten metres.

    Parameters
    ----------
    rng
        Source of chance.
    events
        The violence; ``ambulance`` and ``conveyed`` say what the service did.

    Returns
    -------
    tuple
        The rows as text in the order of the calls; for each of ``events`` its row (1 = first), 0 for none.
    """
    known = np.flatnonzero(events["ambulance"])
    seen = events.iloc[known]
    number = len(seen)
    call = (seen["occurred"].to_numpy().astype("datetime64[m]") + rng.integers(0, 25, number)).astype("datetime64[s]")
    call = call + rng.integers(0, 60, number)
    stab = rng.random(number) < seen["weapon"].map(_STAB).fillna(0.01).to_numpy()
    place = np.round(shapely.get_coordinates(seen.geometry.to_numpy()) / 10).astype(np.int64) * 10
    lost = rng.random(number)
    text = np.where((lost < _ZERO_POSITION)[:, None], "0", place.astype(str))
    nowhere = lost > 1 - _NO_POSITION
    text = np.where(nowhere[:, None], "", text)
    rows = pd.DataFrame(
        {
            "Provider": names.AMBULANCE,
            "Call time": np.char.replace(np.datetime_as_string(call, unit="s"), "T", " "),
            "Nature": np.where(stab, "STAB/GUNSHOT/PENETRATING TRAUMA", "ASSAULT / SEXUAL ASSAULT"),
            "Location type": seen["setting"].map(_PREMISES).to_numpy(),
            "Easting": text[:, 0],
            "Northing": text[:, 1],
            "LSOA code": np.where(nowhere, "", seen["area_code"]),
            "Receiving hospital": np.where(seen["conveyed"], names.ED_SITE, ""),
            "Conveyed": np.where(seen["conveyed"], "Y", "N"),
        }
    )
    order = np.argsort(call, kind="stable")
    rows = rows.iloc[order].reset_index(drop=True)
    rows["Call ID"] = [f"SYN{YEAR}{count:06d}" for count in range(1, number + 1)]
    repeats = 1 + (rng.random(number) < _TWO_VEHICLES).astype(np.int64)  # two vehicles, two rows, one call
    first = np.cumsum(repeats) - repeats + 1
    row = np.zeros(len(events), dtype=np.int64)
    row[known[order]] = first
    return rows.loc[np.repeat(np.arange(number), repeats), list(AMBULANCE_COLUMNS)].reset_index(drop=True), row


def council_rows(rng: np.random.Generator, areas: gpd.GeoDataFrame, venues: gpd.GeoDataFrame) -> pd.DataFrame:
    """
    Give what an agency shares that shares only counts: complaints of disorder by area.

    Parameters
    ----------
    rng
        Source of chance.
    areas, venues
        The city.

    Returns
    -------
    DataFrame
        ``code, name, incidents, provider``: a few areas are not returned, a few are blank, and one code is not of
        this city.
    """
    pull = venues.groupby("area_code")["pull"].sum().reindex(areas.index).fillna(0).to_numpy()
    mean = (areas["population"].to_numpy() / 1_000 * hardship(areas) * 6 + 9 * pull).round(6)
    counts = rng.poisson(mean).astype(str).astype(object)
    counts[rng.random(len(counts)) < _NOT_RETURNED] = ""
    rows = pd.DataFrame({"code": areas.index, "name": areas["name"].to_numpy(), "incidents": counts})
    rows = rows[rng.random(len(rows)) >= _NOT_RETURNED]
    elsewhere = pd.DataFrame({"code": ["X01900001"], "name": ["Outmoor 001A"], "incidents": ["17"]})
    return pd.concat([rows, elsewhere], ignore_index=True).assign(provider=names.COUNCIL)[list(COUNCIL_COLUMNS)]


def _delay(rng: np.random.Generator, number: int) -> NDArray[np.timedelta64]:
    """Draw minutes from assault to arrival: mostly an hour or two, sometimes the next day."""
    minutes = np.exp(rng.normal(4.3, 0.6, number)) + 8
    minutes += np.where(rng.random(number) < _NEXT_DAY, rng.uniform(420, 1_900, number), 0)
    return np.asarray(minutes.round().astype(np.int64).astype("timedelta64[m]"))


def _recorded(rng: np.random.Generator, true: Stamps) -> Stamps:
    """Give the time as it is typed in: heaped on hours and halves, and midnight where nobody knew."""
    heap = rng.random(len(true))
    hour = (true + np.timedelta64(30, "m")).astype("datetime64[h]").astype("datetime64[m]")
    five = true - (true.astype(np.int64) % 5).astype("timedelta64[m]")
    typed = np.where(heap < _ON_THE_HOUR, hour, five)
    day = true.astype("datetime64[D]").astype("datetime64[m]")
    return np.asarray(np.where(rng.random(len(true)) < _MIDNIGHT, day, typed))


def _day(stamps: Stamps) -> NDArray[np.object_]:
    return np.asarray(pd.Series(stamps).dt.strftime("%d/%m/%Y"), dtype=object)


def _minute(stamps: Stamps) -> NDArray[np.object_]:
    return np.asarray(pd.Series(stamps).dt.strftime("%d/%m/%Y %H:%M"), dtype=object)
