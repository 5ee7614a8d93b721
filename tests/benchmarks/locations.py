"""
Measure the location resolver: ``python tests/benchmarks/locations.py`` prints the figures of ``docs/locations.md``.

The synthetic city needs nothing. London's pubs, Seattle and the speed need HOTSPOT_REAL_DATA; they are left out without
it. Texts are made or read here and never printed. The seeds are not those on which the rules were tried out.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from noisy_texts import seattle_style, write_texts

import hotspot as hs
from hotspot.datasets import make_city

if TYPE_CHECKING:
    from collections.abc import Sequence

_HOSPITAL = (532_500.0, 180_000.0)
"""A hospital in the east of central London, EPSG:27700."""

_PUBS = ("raw", "name", "id", "latitude", "longitude")
_DOCUMENTED = 100
"""Metres by which the true points may be off: events of the city scatter about their place, pubs are mapped twice."""


def city(seeds: Sequence[int]) -> dict[str, pd.DataFrame]:
    """Score the texts of the synthetic emergency departments of some seeds."""
    found, truth, kinds = [], [], []
    for seed in seeds:
        made = make_city(seed)
        places = hs.read_gazetteer(
            made.gazetteer, name="name", kind="kind", longitude="longitude", latitude="latitude", area_code="area_code"
        )
        told = made.truth[made.truth["ed_row"].notna()].set_index("ed_row").sort_index().to_crs(places.crs)
        texts = made.ed["ASSAULT LOCATION DESCRIPTION"].iloc[told.index.astype(int) - 1].set_axis(told.index)
        hospital = places.geometry[places["kind"] == "hospital"].iloc[0]
        found.append(hs.locate_text(texts, places, near=(hospital.x, hospital.y)))
        names_place = told["ed_text"].isin(["named", "misspelt", "wrong place"])
        truth.append(told.geometry.where(names_place))
        kinds.append(told["ed_text"])
    placed = pd.concat(found, ignore_index=True)
    true, kind = pd.concat(truth, ignore_index=True), pd.concat(kinds, ignore_index=True)
    fair = kind != "wrong place"
    method = placed["location_method"].str.split(",").str[0]
    return {
        "by what the text is": hs.score_locations(placed, true, by=kind, tolerance=_DOCUMENTED),
        "by what the text is, no allowance": hs.score_locations(placed, true, by=kind),
        "by method, texts that name the right place": hs.score_locations(
            placed[fair], true[fair], by=method[fair], tolerance=_DOCUMENTED
        ),
    }


def pubs(folder: Path, texts_each: int = 4) -> dict[str, pd.DataFrame]:
    """
    Score misspelt texts of London's pubs against pubs of the whole country, with and without London's own list.

    The country's list lacks four of five of London's pubs: what is placed for them is wrong or luck. The hospital's
    texts are drawn as a hospital's patients come, five of six from within 10 km.
    """
    country, truth = _pub_places(folder), _london_pubs(folder)
    own = gpd.GeoDataFrame({"name": truth["name"], "kind": "venue"}, geometry=truth.geometry, crs=truth.crs)
    gazetteers = {"complete": pd.concat([country, own], ignore_index=True), "gaps": country}
    rng = np.random.default_rng(77)
    written = write_texts(rng, truth, texts_each)
    away = truth.distance(shapely.Point(_HOSPITAL)).to_numpy()[written["row"]]
    near, far = (np.flatnonzero(chosen) for chosen in (away <= 10_000, away > 10_000))
    patients = np.concatenate([near, rng.choice(far, min(len(far), len(near) // 5), replace=False)])
    tables = {}
    for title, places in gazetteers.items():
        for hospital, rows in ((_HOSPITAL, patients), (None, np.arange(len(written)))):
            texts = written.iloc[rows].reset_index(drop=True)
            true = gpd.GeoSeries(truth.geometry.to_numpy()[texts["row"]], crs=truth.crs)
            found = hs.locate_text(texts["text"], places, near=hospital)
            label = f"{title}, {'no hospital' if hospital is None else 'hospital'}"
            method = found["location_method"].str.replace(" in text", "")
            tables[f"{label}: by what the text is"] = hs.score_locations(
                found, true, by=texts["kind"], tolerance=_DOCUMENTED
            )
            tables[f"{label}: by method"] = hs.score_locations(found, true, by=method, tolerance=_DOCUMENTED)
            tables[f"{label}: by confidence"] = _by_confidence(found, true)
    return tables


def _by_confidence(found: gpd.GeoDataFrame, true: gpd.GeoSeries) -> pd.DataFrame:
    """Score the texts by the confidence of what was found."""
    bands = pd.cut(found["location_confidence"], [0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1]).astype("str")
    return hs.score_locations(found, true, by=bands, tolerance=_DOCUMENTED)


def _pub_places(folder: Path) -> gpd.GeoDataFrame:
    """Read the located half of the country's pubs."""
    table = pd.read_csv(
        folder / "gazetteer_pubs_uk" / "pubnames.tsv", sep="\t", header=None, names=_PUBS, dtype="str", quoting=3
    )
    table = table[table["latitude"].notna()]
    return hs.read_gazetteer(table, name="name", longitude="longitude", latitude="latitude", crs=27700)


def _london_pubs(folder: Path) -> gpd.GeoDataFrame:
    """Read the licensing lists of nine boroughs: an independent list with coordinates."""
    tables: list[list[str]] = []
    for path in sorted((folder / "gazetteer_pubs_uk" / "open_pubs_london").glob("*.csv")):
        with path.open(encoding="latin-1", newline="") as file:
            tables += [row[:6] for row in csv.reader(file) if len(row) > 6]
    table = pd.DataFrame(tables, columns=["id", "name", "address", "postcode", "x", "y"])
    x, y = pd.to_numeric(table["x"], errors="coerce"), pd.to_numeric(table["y"], errors="coerce")
    inside = x.between(500_000, 565_000) & y.between(150_000, 205_000) & (table["name"] != "")
    kept = table[inside].reset_index(drop=True)
    return gpd.GeoDataFrame(kept, geometry=gpd.points_from_xy(x[inside], y[inside]), crs=27700)


def seattle(folder: Path) -> dict[str, pd.DataFrame]:
    """Score held-out police blocks in the style of the dispatch, and the dispatch by its neighbouring blocks."""
    police = pd.read_csv(folder / "seattle_fire_ems_and_police" / "spd_911_incident_response_2015_sample.csv.gz")
    block = police["Hundred.Block.Location"]
    held = np.random.default_rng(17).random(len(police)) < 0.5
    known = police[~held].groupby(block[~held])[["Longitude", "Latitude"]].median().reset_index()
    places = hs.read_gazetteer(
        known, name="Hundred.Block.Location", kind="street", longitude="Longitude", latitude="Latitude", crs=32610
    )
    rows = police[held].drop_duplicates("Hundred.Block.Location")
    written = seattle_style(np.random.default_rng(18), rows["Hundred.Block.Location"])
    true = gpd.GeoSeries(gpd.points_from_xy(rows["Longitude"], rows["Latitude"]), crs=4326).to_crs(32610)
    texts = pd.Series(written["text"].to_numpy())
    found = hs.locate_text(texts, places)
    kind = (
        pd.Series(
            np.where(rows["Hundred.Block.Location"].isin(known["Hundred.Block.Location"]), "known, ", "not known, ")
        )
        + written["kind"].to_numpy()
    )
    return {
        "held-out police blocks and junctions, dispatch style": hs.score_locations(found, true, by=kind),
        "the same by method": hs.score_locations(found, true, by=found["location_method"]),
        "the dispatch": _dispatch(folder, places),
    }


def _dispatch(folder: Path, places: gpd.GeoDataFrame) -> pd.DataFrame:
    """Count the levels of the real dispatch texts, and hold them against their streets' neighbouring blocks."""
    from noisy_texts import neighbouring_blocks

    files = sorted((folder / "seattle_fire_ems_and_police" / "sfd_2017" / "historical").glob("*.tsv"))
    dispatch = pd.concat([pd.read_csv(path, sep="\t", dtype="str") for path in files], ignore_index=True)
    texts = dispatch["location"].drop_duplicates().reset_index(drop=True)
    found = hs.locate_text(texts, places)
    true = neighbouring_blocks(texts, places)
    kind = found["location_level"] + np.where(true.isna(), ", no neighbours to judge by", "")
    judged = found.copy()
    judged.geometry = found.geometry.where(true.notna())
    table = hs.score_locations(judged, true, by=kind, tolerance=_DOCUMENTED)
    table.insert(1, "given_a_point", found.geometry.notna().groupby(kind).sum().reindex(table.index))
    table.loc["all", "given_a_point"] = int(found.geometry.notna().sum())
    return table


def speed(folder: Path, places: int = 100_000, texts: int = 20_000) -> dict[str, pd.DataFrame]:
    """Time distinct texts against a gazetteer of pubs and of streets with made-up names."""
    named = _pub_places(folder)
    rng = np.random.default_rng(3)
    streets = _made_streets(rng, places - len(named), named)
    gazetteer = pd.concat([named, streets], ignore_index=True)
    written = write_texts(rng, named.assign(address="", postcode=""), 2)["text"].drop_duplicates().iloc[: texts // 2]
    more = write_texts(rng, streets.assign(address="", postcode=""), 1)["text"].drop_duplicates()
    every = pd.concat([written, more.iloc[: texts - len(written)]], ignore_index=True)
    rows = []
    for title, near in (("no hospital", None), ("hospital", _HOSPITAL)):
        start = time.perf_counter()
        hs.locate_text(every.iloc[:1], gazetteer, near=near)
        ready = time.perf_counter() - start
        start = time.perf_counter()
        hs.locate_text(every, gazetteer, near=near)
        spent = time.perf_counter() - start
        rows.append(
            {"": title, "places": len(gazetteer), "distinct texts": len(every), "seconds": round(spent, 1),
             "of them index": round(ready, 1), "texts a minute": len(every) / spent * 60}
        )  # fmt: skip
    return {"one core": pd.DataFrame(rows).set_index("")}


def _made_streets(rng: np.random.Generator, count: int, named: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Name streets after pairs of the words of pubs, where the pubs are."""
    words = named["name"].str.findall(r"[A-Z][a-z]{3,}").explode().dropna().unique()
    kinds = np.array(["Street", "Road", "Lane", "Avenue", "Close", "Drive", "Way", "Terrace", "Gardens", "Place"])
    first, last = rng.choice(words, count), rng.choice(words, count)
    double = rng.random(count) < 0.3
    name = [
        f"{a} {b} {c}" if d else f"{a} {c}"
        for a, b, c, d in zip(first, last, rng.choice(kinds, count), double, strict=True)
    ]
    at = rng.integers(0, len(named), count)
    x = named.geometry.x.to_numpy()[at] + rng.normal(0, 2_000, count)
    y = named.geometry.y.to_numpy()[at] + rng.normal(0, 2_000, count)
    return gpd.GeoDataFrame({"name": name, "kind": "street"}, geometry=gpd.points_from_xy(x, y), crs=named.crs)


def show(title: str, table: pd.DataFrame) -> str:
    """Write a table as markdown."""
    shown = table.reset_index()
    for column in ("precision", "recall"):
        if column in shown:
            shown[column] = [f"{100 * value:.1f} %" if pd.notna(value) else "-" for value in shown[column]]
    lines = ["| " + " | ".join(map(str, shown.columns)) + " |", "|---" + "|--:" * (len(shown.columns) - 1) + "|"]
    for row in shown.itertuples(index=False):
        cells = [
            "-" if pd.isna(value) else f"{value:,.0f}" if isinstance(value, float) else str(value) for value in row
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return f"\n### {title}\n\n" + "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the topics and print their tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--only", choices=["city", "pubs", "seattle", "speed"], nargs="+", default=["city", "pubs", "seattle", "speed"]
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=[11, 12, 13])
    given = parser.parse_args(arguments)
    real = os.environ.get("HOTSPOT_REAL_DATA")
    for topic in given.only:
        if topic == "city":
            tables = city(given.seeds)
        elif real is None:
            sys.stdout.write(f"\n{topic}: HOTSPOT_REAL_DATA names no folder\n")
            continue
        else:
            tables = {"pubs": pubs, "seattle": seattle, "speed": speed}[topic](Path(real))
        for title, table in tables.items():
            sys.stdout.write(show(f"{topic}: {title}", table))
    return 0


if __name__ == "__main__":
    sys.exit(main())
