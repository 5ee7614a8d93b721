"""Write down what each agency of the synthetic city would send, in its own layout and with its own flaws."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from hotspot.datasets.layout import CENTRE, CRS, area_of
from hotspot.datasets.truth import YEAR

if TYPE_CHECKING:
    from numpy.typing import NDArray

FORCE = "Northport Police (SYNTHETIC)"
_OTHER_CRIME = {
    "Anti-social behaviour": 3_000, "Shoplifting": 900, "Criminal damage and arson": 900, "Other theft": 700,
    "Vehicle crime": 600, "Public order": 800, "Burglary": 500, "Drugs": 300, "Robbery": 160,
    "Theft from the person": 200, "Bicycle theft": 200, "Possession of weapons": 110, "Other crime": 150,
}  # fmt: skip
_NOT_STREET = 2_300
"""Rows of 'Violence and sexual offences' that are no assault in the truth: harassment, stalking and the like."""
_OUTCOMES = (
    "Unable to prosecute suspect", "Investigation complete; no suspect identified", "Awaiting court outcome",
    "Under investigation", "Status update unavailable", "Local resolution",
)  # fmt: skip
_METHODS = {
    "body": ("Fist", "Punched", "Kicked", "Foot", "Pushed", "Head butt"),
    "sharp": ("Knife", "Glass bottle", "Sharp object"),
    "blunt": ("Blunt object", "Baseball bat"),
    "other": ("Other",),
    "unknown": ("Not known", ""),
}
_LOCATION_TYPES = {"licensed": "Licensed premises", "public": "Street", "home": "Own home", "other": "Other"}
_HOME_TEXTS = ("pts home", "patients home", "home", "at home", "own home address", "Patient's home")
_VAGUE_TEXTS = (
    "street", "in the street", "town centre", "town", "- -", "na", "unknown", "n/k", "outside", "pub", "nightclub",
    "not stated", "in town", "walking home", "transfer from Southmoor Infirmary", "",
)  # fmt: skip


def police_rows(
    rng: np.random.Generator, truth: gpd.GeoDataFrame, fine: gpd.GeoDataFrame, places: gpd.GeoDataFrame
) -> pd.DataFrame:
    """Give police records in the street-level layout of data.police.uk: month only, points snapped to a fixed set."""
    seen = truth[truth["seen_police"]]
    x, y = seen.geometry.x.to_numpy(), seen.geometry.y.to_numpy()
    months, types = [seen["time"].dt.strftime("%Y-%m").to_numpy()], [np.full(len(seen), "Violence and sexual offences")]
    other = {"Violence and sexual offences": _NOT_STREET, **_OTHER_CRIME}
    number = sum(other.values())
    spread = np.where(rng.random(number) < 0.4, 900.0, 3_600.0)  # noqa: PLR2004 - two fifths near the centre
    x = np.concatenate([x, CENTRE[0] + rng.normal(0, 1, number) * spread])
    y = np.concatenate([y, CENTRE[1] + rng.normal(0, 1, number) * spread])
    months.append(np.array([f"{YEAR}-{month:02d}" for month in rng.integers(1, 13, number)]))
    types.append(np.repeat(list(other), list(other.values())))
    frame = pd.DataFrame({"Month": np.concatenate(months), "Crime type": np.concatenate(types)})
    snapped = _snap(rng, x, y, fine, places)
    frame = frame.join(snapped)
    frame["Crime ID"] = _crime_ids(rng, len(frame))
    frame["Last outcome category"] = rng.choice(_OUTCOMES, len(frame))
    asb = frame["Crime type"] == "Anti-social behaviour"
    frame.loc[asb, ["Crime ID", "Last outcome category"]] = ""
    lost = rng.random(len(frame)) < 0.02  # noqa: PLR2004 - share without a location, as in real files
    frame.loc[lost, ["Longitude", "Latitude", "LSOA code", "LSOA name"]] = ""
    frame.loc[lost, "Location"] = "No Location"
    twice = frame[~asb].sample(30, random_state=int(rng.integers(1 << 31)))
    frame = pd.concat([frame, twice.assign(**{"Last outcome category": ""})], ignore_index=True)
    frame["Reported by"] = frame["Falls within"] = FORCE
    frame["Context"] = ""
    columns = [
        "Crime ID", "Month", "Reported by", "Falls within", "Longitude", "Latitude", "Location", "LSOA code",
        "LSOA name", "Crime type", "Last outcome category", "Context",
    ]  # fmt: skip
    order = ["Month", "Crime type", "LSOA code", "Crime ID", "Last outcome category"]
    return frame[columns].sort_values(order, kind="stable").reset_index(drop=True)


def ed_rows(rng: np.random.Generator, truth: gpd.GeoDataFrame, fine: gpd.GeoDataFrame) -> pd.DataFrame:
    """Give emergency-department records in the elements of ISTV, with the free text that real ones have."""
    seen = truth[truth["seen_ed"]].reset_index(drop=True)
    number = len(seen)
    delay = np.round(rng.gamma(1.6, 75.0, number)).astype(np.int64) + 15
    arrived = seen["time"] + pd.to_timedelta(delay, unit="min")
    assault = seen["time"].where(rng.random(number) > 0.06, seen["time"].dt.normalize())  # noqa: PLR2004 - midnights
    streets = dict(zip(fine["lsoa_code"], fine["lsoa_name"], strict=True))
    texts = [
        _location_text(rng, str(setting), str(place), streets[str(code)])
        for setting, place, code in zip(seen["setting"], seen["place"], seen["lsoa_code"], strict=True)
    ]
    rows = pd.DataFrame(
        {
            "REPORTING PERIOD START DATE": f"01/01/{YEAR}",
            "REPORTING PERIOD END DATE": f"31/12/{YEAR}",
            "SITE CODE (OF TREATMENT)": "SYN01",
            "ARRIVAL DATE AND TIME AT A&E": arrived.dt.strftime("%d/%m/%Y %H:%M"),
            "ASSAULT DATE AND TIME": assault.dt.strftime("%d/%m/%Y %H:%M"),
            "ASSAULT METHOD": [str(rng.choice(_METHODS[str(weapon)])) for weapon in seen["weapon"]],
            "ASSAULT LOCATION TYPE": seen["setting"].map(_LOCATION_TYPES).to_numpy(),
            "ASSAULT LOCATION DESCRIPTION": texts,
        }
    )
    return rows.iloc[np.argsort(arrived.to_numpy(), kind="stable")].reset_index(drop=True)


def ambulance_rows(rng: np.random.Generator, truth: gpd.GeoDataFrame) -> pd.DataFrame:
    """Give ambulance calls with a grid position to ten metres."""
    seen = truth[truth["seen_ambulance"]].reset_index(drop=True)
    call = seen["time"] + pd.to_timedelta(rng.integers(2, 25, len(seen)), unit="min")
    grave = np.where(seen["weapon"] == "sharp", "STAB/GUNSHOT/PENETRATING TRAUMA", "ASSAULT / SEXUAL ASSAULT")
    return pd.DataFrame(
        {
            "Call ID": [f"SYN{row:06d}" for row in range(1, len(seen) + 1)],
            "Call time": call.dt.strftime("%Y-%m-%d %H:%M:%S"),
            "Nature": grave,
            "Location type": np.where(seen["setting"] == "home", "Private residence", "Public place"),
            "Easting": (seen.geometry.x / 10).round().astype(np.int64) * 10,
            "Northing": (seen.geometry.y / 10).round().astype(np.int64) * 10,
            "Conveyed": np.where(seen["conveyed"], "Y", "N"),
            "Receiving hospital": np.where(seen["conveyed"], "SYN01", ""),
        }
    )


def council_rows(rng: np.random.Generator, truth: gpd.GeoDataFrame, fine: gpd.GeoDataFrame) -> pd.DataFrame:
    """Give what a council shares: complaints by larger area, three of them not returned."""
    codes = fine["msoa_code"].drop_duplicates().sort_values().to_numpy()
    violence = truth["lsoa_code"].map(dict(zip(fine["lsoa_code"], fine["msoa_code"], strict=True))).value_counts()
    counts = rng.poisson(8 + 0.15 * violence.reindex(codes).fillna(0).to_numpy()).astype(str)
    counts[rng.choice(len(codes), 3, replace=False)] = ""
    return pd.DataFrame({"code": codes, "complaints": counts, "note": "SYNTHETIC"})


def _snap(
    rng: np.random.Generator,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    fine: gpd.GeoDataFrame,
    places: gpd.GeoDataFrame,
) -> pd.DataFrame:
    """Move every point to the nearest of a fixed set of map points, as the police site does."""
    middle = fine.geometry.representative_point()
    extra = np.column_stack([rng.normal(CENTRE[0], 3_300, 1_500), rng.normal(CENTRE[1], 3_300, 1_500)]).round()
    # Forces record a little over their border: one point in twenty of those outside is kept.
    inside = area_of(extra[:, 0], extra[:, 1], fine) != ""
    extra = extra[inside | (np.arange(len(extra)) % 20 == 0)]
    fixed_x = np.concatenate([places.geometry.x, middle.x, extra[:, 0]])
    fixed_y = np.concatenate([places.geometry.y, middle.y, extra[:, 1]])
    named = [
        f"On or near {n if k == 'street' else k.capitalize()}"
        for n, k in zip(places["name"], places["kind"], strict=True)
    ]
    labels = np.array([*named, *["On or near Parking Area"] * (len(middle) + len(extra))], dtype=object)
    chosen = cKDTree(np.column_stack([fixed_x, fixed_y])).query(np.column_stack([x, y]))[1]
    codes = area_of(fixed_x, fixed_y, fine)
    names = {**dict(zip(fine["lsoa_code"], fine["lsoa_name"], strict=True)), "": ""}
    lonlat = gpd.GeoSeries(gpd.points_from_xy(fixed_x, fixed_y, crs=CRS)).to_crs(4326)
    return pd.DataFrame(
        {
            "Longitude": [f"{value:.6f}" for value in lonlat.x.to_numpy()[chosen]],
            "Latitude": [f"{value:.6f}" for value in lonlat.y.to_numpy()[chosen]],
            "Location": labels[chosen],
            "LSOA code": codes[chosen],
            "LSOA name": [names[str(code)] for code in codes[chosen]],
        }
    )


def _crime_ids(rng: np.random.Generator, number: int) -> list[str]:
    return [row.tobytes().hex() for row in rng.integers(0, 256, (number, 32), dtype=np.uint8)]


def _location_text(rng: np.random.Generator, setting: str, place: str, area: str) -> str:
    """Write what a receptionist might: half of it names a place, some of it misspelt, the rest says nothing."""
    chance = rng.random()
    if setting == "home":
        return str(rng.choice(_HOME_TEXTS)) if chance < 0.72 else str(rng.choice(_VAGUE_TEXTS))  # noqa: PLR2004
    if not place:
        district = area.rsplit(" ", 1)[0]
        return f"{district} area" if chance < 0.35 else str(rng.choice(_VAGUE_TEXTS))  # noqa: PLR2004
    if chance < 0.42:  # noqa: PLR2004 - written well
        return str(rng.choice([place, f"outside {place}", f"{place}, Northport", f"at {place}"]))
    if chance < 0.60:  # noqa: PLR2004 - written badly
        return _misspell(rng, place)
    return str(rng.choice(_VAGUE_TEXTS))


def _misspell(rng: np.random.Generator, place: str) -> str:
    """Shorten and misspell a name as it is done at a busy desk."""
    text = place.lower().removeprefix("the ").replace("street", "st").replace("road", "rd").replace("avenue", "ave")
    spot = int(rng.integers(1, max(2, len(text) - 1)))
    slip = rng.random()
    if slip < 0.4:  # noqa: PLR2004 - a letter left out
        text = text[:spot] + text[spot + 1 :]
    elif slip < 0.7:  # noqa: PLR2004 - a letter doubled
        text = text[:spot] + text[spot] + text[spot:]
    return str(rng.choice(["o/s ", "outside ", "nr ", "", "@ "])) + text
