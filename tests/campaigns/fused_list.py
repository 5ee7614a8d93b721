# ruff: noqa: T201 - the script prints its tables
"""Measure how much more of the true later violence the fused list catches than the police-only list.

python tests/campaigns/fused_list.py [--cities 200] [--varied 30] [--raw build/fused_list] [--folder docs]

For each synthetic city the agencies' files are read, made comparable and linked as an analyst would do it; each list
ranks the same places by what it knows of one year, and is judged on the true violence of later years. `VARIED` repeats
it in cities where one thing is different. Settled before any city was measured: the police-only list counts the police
records of violence with injury outside the home, the fused list the linked events of police, emergency department and
ambulance service (``n``); both are ranked by count for each km², over one and the same ground.

Values of every city stay in the raw folder, and what is there is not measured again; fused_list_report.py sums them up
in measured/ and draws the figure. docs/question.md says what they mean.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from fused_list_city import AS_IT_IS, CRS, VARIED, send, thinned

import hotspot as hs
from hotspot.datasets import later_violence, make_city
from hotspot.errors import HotspotWarning

if TYPE_CHECKING:
    from collections.abc import Iterable

    import geopandas as gpd
    from fused_list_city import Sent, Variant

    from hotspot.datasets import City

YEARS = 20
"""Later years whose mean is what was to be expected; the year before them is the one that came."""
SHARES = (0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.07, 0.1, 0.15, 0.2)
TEN = 10
BLOCK = 10
"""Cities that are written together."""
CELL_WIDTH = 250
PERIOD = ("2025-01", "2025-12")
SETTINGS = ("public", "licensed", "other")
OUTCOMES = ("injured outside the home", "all outside the home", "all violence", "harm outside the home")
MAIN = OUTCOMES[0]
HARM = {"none": 0.0, "minor": 20.0, "moderate": 20.0, "serious": 1_460.0}
"""Days that the Cambridge index is often quoted with: actual bodily harm, and grievous with intent."""
EARLIER = "police_earlier"


def read(sent: Sent, city: City, variant: Variant) -> dict[str, gpd.GeoDataFrame]:
    """Read the files as an analyst would, the department's texts with the city's gazetteer.

    What only the city as it is needs, five years of police records and the published ones, is left out of variants.
    """
    names = {"name": "name", "kind": "kind", "longitude": "longitude", "latitude": "latitude"}
    gazetteer = hs.read_gazetteer(city.gazetteer, **names, area_code="area_code", crs=CRS)
    records = {
        "police": hs.read_incidents(sent.police, source="police_force", crs=CRS),
        "ed": hs.read_incidents(sent.ed, source="ed_istv", gazetteer=gazetteer, crs=CRS),
        "ambulance": hs.read_incidents(sent.ambulance, source="ambulance", crs=CRS),
    }
    if variant == AS_IT_IS:
        earlier = hs.read_incidents(sent.earlier, source="police_force", crs=CRS).assign(source=EARLIER)
        records["earlier"] = earlier.set_index("earlier-" + earlier.index)
        records["published"] = hs.read_incidents(sent.published, source="police_uk", crs=CRS)
    if variant.ed_places is not None:
        records["ed"] = with_places(records["ed"], sent.ed_true, variant.ed_places)
    return records


def with_places(ed: gpd.GeoDataFrame, true: gpd.GeoSeries, share: float) -> gpd.GeoDataFrame:
    """Give a share of the records outside the home their true street or venue, and the others none."""
    known = np.random.default_rng(7).random(len(ed)) < share
    home = (ed["setting"] == "home") | (ed["location_level"] == "home")
    points = true.reindex(ed.index).where(known & ~home.fillna(value=False), None)
    level = ed["location_level"].astype(object).mask(points.notna(), "street").mask(points.isna() & ~home, "none")
    return ed.assign(location_level=level.astype(ed["location_level"].dtype)).set_geometry(points)


def alike(incidents: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, bool]:
    """Keep violence with injury outside the home, and what does not say; say too whether the sources passed as alike.

    Every source covers the whole year here, which the check cannot know: it takes a quiet New Year for a gap.
    """
    asked = {"injury": True, "settings": SETTINGS, "period": PERIOD, "unknown": "keep"}
    try:
        return hs.select_comparable(incidents, **asked), True
    except hs.ComparabilityError as refused:
        if "partial month" not in str(refused):
            raise
        reason = "all sources cover the year; two quiet days at its end are no gap"
        return hs.select_comparable(incidents, **asked, comparable=False, reason=reason), False


def known_to(records: dict[str, gpd.GeoDataFrame], variant: Variant) -> tuple[dict[str, gpd.GeoDataFrame], bool]:
    """Make the sources comparable and link them, all three and by two; say too whether they passed as alike."""
    within = {"max_distance": variant.max_distance, "max_gap": variant.max_gap}
    kept, passed = alike(hs.combine([frame for name, frame in records.items() if name != "published"]))
    three = kept[kept["source"] != EARLIER]
    without = {"all": "", "police and ED": "ambulance", "ED and ambulance": "police"}
    linked = {
        name: hs.link_events(three[three["source"] != left_out], chance=False, **within)
        for name, left_out in without.items()
    }
    if "published" not in records:
        return linked, passed
    own = [hs.match_chance(three, of=name, against="police", **within) for name in ("ed", "ambulance")]
    chance = pd.concat(own).fillna(0.0)  # a record that cannot be linked has no chance of it
    violence = records["published"]["category"].isin(["violence_and_sexual_offences", "robbery"])
    others = {
        "all": linked["all"].assign(own_chance=chance.reindex(three.index)),
        "police, also without injury": records["police"][records["police"]["setting"] != "home"],
        "police.uk, all violence": records["published"][violence],
        "earlier": kept[kept["source"] == EARLIER],
    }
    return linked | others, passed


def known_counts(known: dict[str, gpd.GeoDataFrame], places: gpd.GeoDataFrame) -> dict[str, pd.Series]:
    """Count in each place what each list knows."""
    table = hs.count_incidents(known["all"], places)
    found = {name: hs.count_incidents(records, places)["n"] for name, records in known.items() if name != "all"}
    found |= {"police": table["n_police"], "ED": table["n_ed"], "ambulance": table["n_ambulance"], "fused": table["n"]}
    found["added up, not linked"] = table[["n_police", "n_ed", "n_ambulance"]].sum(axis=1)
    if "earlier" in found:
        found["police, five years"] = table["n_police"] + found.pop("earlier")
        unmatched = hs.count_unmatched(known["all"], places, chance=known["all"]["own_chance"].dropna())
        found["fused, chance taken out"] = without_chance(unmatched)
        found["police, scaled by hidden share"] = scaled(unmatched)
    return {name: values.astype(float) for name, values in found.items()}


def mean_rank(known: dict[str, pd.Series], size: pd.Series) -> pd.Series:
    """Give each place the mean of its percentile ranks by source, as `prioritise` does of several columns."""
    ranks = [(known[name] / size).rank(pct=True) for name in ("police", "ED", "ambulance")]
    return sum(ranks) / len(ranks) * size


def without_chance(counts: pd.DataFrame) -> pd.Series:
    """Put back the events that false matches have hidden: m = (M - chance) / (1 - chance / n)."""
    n, by_chance = counts["n_health"].astype(float), counts["chance_matches"].astype(float)
    matched = n - counts["n_health_unmatched"].astype(float)
    share = (by_chance / n.where(n > 0)).fillna(0.0)
    true = ((matched - by_chance) / (1 - share).where(share < 1)).fillna(0.0).clip(0.0, matched)
    return counts["n_police"] + n - true


def scaled(counts: pd.DataFrame) -> pd.Series:
    """Scale what the police know by the smoothed share of known events that they do not know."""
    hidden = hs.hidden_violence(counts, chance="chance_matches", draws=200)["unmatched_share"].fillna(0.0)
    return counts["n_police"] / (1 - hidden.clip(upper=0.99))


def smoothed(count: pd.Series, km2: pd.Series) -> pd.Series:
    """Draw each place's events towards those of all ground, the more the smaller the place."""
    frame = pd.DataFrame({"n": count, "km2": km2})
    return hs.empirical_bayes(frame, of="n", population="km2", per=1)["eb_rate"] * km2


def happened(events: gpd.GeoDataFrame, places: gpd.GeoDataFrame) -> pd.DataFrame:
    """Count in each place what truly happened, by every outcome."""
    outside, hurt = events["setting"] != "home", events["injury"] != "none"
    marks = {
        OUTCOMES[0]: (outside & hurt).astype(float),
        OUTCOMES[1]: outside.astype(float),
        OUTCOMES[2]: 1.0,
        OUTCOMES[3]: events["injury"].map(HARM) * outside,
    }
    place = hs.locate_in_areas(events, places)
    table = pd.DataFrame(marks, index=events.index).groupby(place.to_numpy()).sum()
    return table.reindex(places.index, fill_value=0.0)


def caught(score: pd.Series, size: pd.Series, later: pd.DataFrame, at: Iterable[float]) -> pd.DataFrame:
    """
    Say which share of what came later lies in the best places that together take exactly these shares of the size.

    Best means most per size. The last place, and places that tie, count in part: what a list catches on average that
    takes as much of them, in any order, as still fits. So every list is given the same size, to the last metre.
    """
    at = list(at)
    _, block = np.unique(-(score / size).to_numpy(), return_inverse=True)
    covered = np.concatenate([[0.0], np.cumsum(np.bincount(block, weights=size))]) / size.sum()
    rows = {}
    for name in later:
        hits = np.concatenate([[0.0], np.cumsum(np.bincount(block, weights=later[name]))])
        rows[name] = np.interp(at, covered, hits / hits[-1])
    return pd.DataFrame(rows, index=pd.Index(at, name="share"))


def lists_of(known: dict[str, gpd.GeoDataFrame], places: gpd.GeoDataFrame, now: pd.DataFrame) -> dict[str, pd.Series]:
    """Give every list its score in each place: what it knows, and what it would be if everything were known."""
    km2, counts = places.geometry.area / 1e6, known_counts(known, places)
    shrunk = {f"{name}, smoothed": smoothed(counts[name], km2) for name in ("police", "fused")}
    return counts | shrunk | {"everything of this year": now[MAIN]}


@lru_cache(maxsize=1)
def city_and_later(seed: int, size: str) -> tuple[City, gpd.GeoDataFrame]:
    """Make a city and the violence of its later years; all variants of the city are made from them."""
    return make_city(seed, size=size), later_violence(seed, years=YEARS + 1, size=size)


def measure(
    seed: int, *, size: str = "city", variant: Variant = AS_IT_IS, units: Iterable[str] = ("areas", "cells")
) -> tuple[pd.DataFrame, dict[str, float]]:
    """Judge every list of one city: the share of later violence caught, and facts about what was known."""
    city, later = city_and_later(seed, size)
    sent = send(seed, size, variant)
    later = thinned(later, variant, np.random.default_rng([seed, 3]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", HotspotWarning)
        records = read(sent, city, variant)
        known, passed = known_to(records, variant)
        rows = []
        for unit in units:
            places = city.areas if unit == "areas" else hs.hexagon_grid(city.areas, CELL_WIDTH)
            came = {
                "expected": happened(later[later["year"] > 1], places) / YEARS,
                "one year": happened(later[later["year"] == 1], places),
            }
            scores = lists_of(known, places, happened(sent.events, places))
            rows += judged(scores, places, came, unit)
    return pd.concat(rows, ignore_index=True), facts(sent, records) | {"passed as alike": float(passed)}


def judged(
    scores: dict[str, pd.Series], places: gpd.GeoDataFrame, came: dict[str, pd.DataFrame], unit: str
) -> list[pd.DataFrame]:
    """Judge lists on what came: by share of the ground, and the ten places with most."""
    budgets = {"ground": (places.geometry.area, SHARES), "ten": (pd.Series(1.0, places.index), (TEN / len(places),))}
    rows = []
    for when, later in came.items():
        for budget, (size, at) in budgets.items():
            every = scores | {"mean rank": mean_rank(scores, size)}
            tables = {name: caught(score, size, later, at) for name, score in every.items()}
            best = [caught(came["expected"][name], size, later[[name]], at) for name in OUTCOMES]
            tables["the best possible"] = pd.concat(best, axis=1)
            rows += [
                table.reset_index().assign(unit=unit, when=when, budget=budget, list=name)
                for name, table in tables.items()
            ]
    return rows


def facts(sent: Sent, records: dict[str, gpd.GeoDataFrame]) -> dict[str, float]:
    """Say how much of the violence with injury outside the home each side came to know, and could place."""
    events = sent.events[(sent.events["injury"] != "none") & (sent.events["setting"] != "home")]
    health = events["ed"] | events["ambulance"]
    outside = records["ed"][(records["ed"]["setting"] != "home") & (records["ed"]["location_level"] != "home")]
    return {
        "events": float(len(events)),
        "police": float(events["police"].mean()),
        "health only": float((health & ~events["police"]).mean()),
        "nobody": float((~health & ~events["police"]).mean()),
        "hidden places": float((events["kind"] == "hidden").mean()),
        "ED records placed": float(outside.geometry.notna().mean()),
    }


def run(
    seeds: range, variants: dict[str, Variant], *, size: str = "city", units: Iterable[str] = ("areas", "cells")
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Measure cities, each in every variant: what the lists catch, and facts."""
    tables, about = [], []
    for seed in seeds:
        for name, variant in variants.items():
            table, known = measure(seed, size=size, variant=variant, units=units)
            tables.append(table.assign(seed=seed, variant=name))
            about.append(known | {"seed": seed, "variant": name})
    return pd.concat(tables, ignore_index=True), pd.DataFrame(about)


def main() -> None:
    """Measure the cities, then those in which one thing is different, and write what was found."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--cities", type=int, default=200, help="cities as they are")
    parser.add_argument("--varied", type=int, default=30, help="cities of each variant")
    parser.add_argument("--raw", type=Path, default=Path("build/fused_list"), help="folder for every city's values")
    parser.add_argument("--folder", type=Path, default=Path("docs"), help="folder for measured/ and images/")
    given = parser.parse_args()
    given.raw.mkdir(parents=True, exist_ok=True)
    others = {name: variant for name, variant in VARIED.items() if variant != AS_IT_IS}
    for stem, number, variants, units in (
        ("as_it_is", given.cities, {"as it is": AS_IT_IS}, ("areas", "cells")),
        ("varied", given.varied, others, ("areas",)),
    ):
        for first in range(1, number + 1, BLOCK):
            seeds, started = range(first, min(first + BLOCK, number + 1)), time.monotonic()
            paths = [given.raw / f"{stem}_{seeds[0]:04d}_{seeds[-1]:04d}{end}.parquet" for end in ("_facts", "")]
            if not paths[1].exists():
                table, about = run(seeds, variants, units=units)
                about.to_parquet(paths[0])
                table.to_parquet(paths[1])
            print(f"{stem}: {seeds[-1]} of {number} cities, {time.monotonic() - started:.0f} s", file=sys.stderr)
    from fused_list_report import report

    report(given.raw, given.folder)


if __name__ == "__main__":
    main()
