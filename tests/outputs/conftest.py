"""Releases of the synthetic city, made once, for all tests of outputs."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

import hotspot as hs
from hotspot.datasets import make_city

SOURCES = ("police", "ed", "ambulance")
LABELS = {"police": "Police", "ed": "Emergency department", "ambulance": "Ambulance"}
NOTE = "Records of violence with injury; what a source leaves out is said here, at the length that is usual."
HARMLESS = (
    "<img src=x onerror=document.title='ran'>",
    "</script><script>document.title='ran'</script>",
    "{{191*7}}",
    "{% raw",
    "{# note",
    "`",
    "${191*7}",
    "'\"",
    "<!--",
    "\u2028",
)
"""Texts that would run, break a page or come out as 1337 where text is not kept as text."""


def analyse(areas):
    """Derive what a study derives: rates, clusters, agreement and ranks."""
    graph = hs.contiguity(areas)
    parts = []
    for source in SOURCES:
        moran = hs.local_moran_rate(areas[f"n_{source}"], areas["population"], graph, permutations=999)
        parts.append(hs.incidence_rate(areas, of=f"n_{source}").join(moran).add_suffix(f"_{source}"))
    result = pd.concat(parts, axis=1)
    high = {source: result[f"moran_label_{source}"].isin(["High-High", "High-Low"]) for source in SOURCES}
    health = high["ed"] | high["ambulance"]
    kinds = [high["police"] & health, high["police"], health]
    result["agreement"] = np.select(kinds, ["agree hot", "police only", "health only"], default="neither")
    order = areas["n_police"].rank(ascending=False, method="first").astype("Int64")
    result["rank"] = order.where(order <= 10)
    return result


def about_city():
    """Say what the page says around the map."""
    return {
        "title": "Violence in Northport (synthetic)",
        "organisation": "Northport Community Safety Partnership",
        "period": "January to December 2025",
        "geography": "areas of about 1,700 people",
        "sources": [{"id": source, "label": LABELS[source], "note": NOTE} for source in SOURCES],
        "caveats": ["Sources overlap: their records must not be added up.", "Synthetic data: no real event is in it."],
        "method": ["Local Moran of rates, empirical Bayes, 999 permutations."],
    }


@pytest.fixture(scope="session")
def city_parts():
    """Count the city's true events by area and source, and smooth the police's."""
    city = make_city(1)
    areas = city.areas[["name", "population", "geometry"]].copy()
    truth = city.truth
    for source in SOURCES:
        seen = truth.loc[truth[f"{source}_row"].notna(), "area_code"]
        areas[f"n_{source}"] = seen.value_counts().reindex(areas.index).fillna(0).astype("Int64")
    police = truth[truth["police_row"].notna()].assign(source="police")
    surface = hs.kernel_density(police, bandwidth=400, cell_size=100, within=areas, per_year=True, years=1)
    return areas, surface


@pytest.fixture(scope="session")
def shareable(city_parts):
    """Release the city for sharing: police figures are public already, health figures are protected."""
    areas, surface = city_parts
    policy = hs.DisclosurePolicy.shareable(public_sources=("police",))
    return hs.release(areas, analyse=analyse, surfaces=[surface], policy=policy, about=about_city())


@pytest.fixture(scope="session")
def restricted(city_parts):
    """Release the city exactly, for a meeting."""
    areas, surface = city_parts
    policy = hs.DisclosurePolicy.restricted(reason="tasking meeting")
    return hs.release(areas, analyse=analyse, surfaces=[surface], policy=policy, about=about_city())


@pytest.fixture
def squares():
    """Give a row of areas 900 m wide in the east of England."""

    def make(many, **columns):
        shapes = [box(600_000 + 900 * at, 200_000, 600_900 + 900 * at, 200_900) for at in range(many)]
        codes = pd.Index([f"X{at:02}" for at in range(many)], name="area_code")
        return gpd.GeoDataFrame(columns, index=codes, geometry=shapes, crs=27700)

    return make


@pytest.fixture(scope="session")
def hostile():
    """Release three areas in which every text is hostile, and harmless where text is kept as text."""
    everything = " ".join(HARMLESS)
    codes = pd.Index([f"{at} {everything}" for at in range(3)], name="area_code")
    shapes = [box(600_000 + 900 * at, 200_000, 600_900 + 900 * at, 200_900) for at in range(3)]
    counts = gpd.GeoDataFrame(
        {"name": [f"Name {at} {everything}" for at in range(3)], "n_police": [30, 12, 3], "n_ed": [3, 0, 14]},
        index=codes,
        geometry=shapes,
        crs=27700,
    )
    about = {key: f"{key} {everything}" for key in ("title", "organisation", "period", "geography", "beside_police")}
    about |= {key: [f"{key} {everything}"] for key in ("caveats", "method")}
    about["sources"] = [{"id": s, "label": f"{s} {everything}", "note": f"note {everything}"} for s in ("police", "ed")]
    policy = hs.DisclosurePolicy.restricted(
        reason=f"reason {everything}", marking=f"marking {everything}", handling=f"handling {everything}"
    )
    return hs.release(counts, policy=policy, about=about)
