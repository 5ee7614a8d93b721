"""The city keeps to published figures, and the page that says so tells the truth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import hotspot as hs
from hotspot.datasets import calibration, make_city
from hotspot.datasets.violence import KINDS

DOCS = Path(__file__).parents[2] / "docs" / "synthetic_city.md"


@pytest.fixture(scope="module")
def city():
    return make_city(seed=1)


def ed_by_area(city):
    seen = city.truth[city.truth["ed_row"].notna()]
    return seen["area_code"].value_counts().reindex(city.areas.index, fill_value=0)


@pytest.mark.parametrize(("seed", "size"), [(1, "city"), (2, "city"), (1, "small"), (3, "small")])
def test_figures_keep_their_bands(seed, size):
    table = calibration(make_city(seed, size=size))
    outside = table[~table["share"].between(table["lower"], table["upper"])]
    assert outside.empty, outside


def test_volumes(city):
    violent = city.police["Crime type"] == "Violence and sexual offences"
    assert 8_000 < violent.sum() < 10_000
    assert 1_500 < len(city.ed) < 2_500
    assert 1_500 < len(city.ambulance) < 2_200
    assert 25_000 < len(city.police) < 35_000


def test_emergency_department_counts_make_both_hidden_and_shown_cells(city):
    fine = ed_by_area(city)
    coarse = fine.groupby(city.areas["parent"]).sum()
    assert fine.between(1, 20).mean() > 0.8
    assert 0.1 < (fine >= 8).mean() < 0.4
    assert (coarse >= 8).mean() > 0.9


def test_friday_and_saturday_nights_are_the_peak(city):
    night = city.truth[city.truth["kind"] == "night-time"]
    evening = pd.to_datetime(night["occurred"]) - pd.Timedelta(hours=6)
    assert evening.dt.day_name().isin(["Friday", "Saturday"]).mean() > 0.5


def test_violence_is_hidden_where_the_truth_says_so(city):
    truth = city.truth
    hidden, police = truth["kind"] == "hidden", truth["police_row"].notna()
    health = truth["ed_row"].notna() | truth["ambulance_row"].notna()
    assert set(truth["near"][hidden]) == {"docks", "common"}
    assert police[hidden].mean() < 0.12
    assert health[hidden].mean() > 0.35
    places = truth["area_code"][hidden].value_counts().head(10).index
    by_health = truth["area_code"][health].value_counts().reindex(city.areas.index, fill_value=0)
    by_police = truth["area_code"][police].value_counts().reindex(city.areas.index, fill_value=0)
    assert by_health.rank(pct=True)[places].median() > 0.9
    assert by_police.rank(pct=True)[places].median() < 0.8


def test_the_estate_has_more_violence_at_home_than_the_rest(city):
    home = city.truth["area_code"][city.truth["kind"] == "home"].value_counts().reindex(city.areas.index, fill_value=0)
    middle = city.areas.geometry.centroid
    estate = np.hypot(middle.x - 596_300, middle.y - 417_900) < 1_200
    people = city.areas["population"]
    rate, elsewhere = home[estate].sum() / people[estate].sum(), home[~estate].sum() / people[~estate].sum()
    assert rate > 2.5 * elsewhere


def test_clusters_of_ambulance_calls_find_hidden_places_that_police_records_miss(city):
    graph = hs.contiguity(city.areas)
    high = {}
    for source in ("police", "ambulance"):
        codes = city.truth["area_code"][city.truth[f"{source}_row"].notna()]
        counts = codes.value_counts().reindex(city.areas.index, fill_value=0)
        lisa = hs.local_moran_rate(counts, city.areas["population"], graph, permutations=9_999, seed=0)
        high[source] = set(lisa.index[lisa["moran_label"] == "High-High"])
    hidden = city.truth[city.truth["kind"] == "hidden"]
    areas = {name: set(codes) for name, codes in hidden.groupby("near")["area_code"]}
    for place in ("docks", "common"):
        assert areas[place] & high["ambulance"]
        assert not areas[place] & high["police"]
    assert high["police"]


def test_the_page_shows_the_figures_of_this_city(city):
    text = DOCS.read_text(encoding="utf-8")
    for kind, share in KINDS.items():
        assert f"| {kind} | {share:.0%} |".replace("%", " %") in text
    tables = {"police/2025-MM/2025-MM-northport-street.csv": city.police, "ed.csv": city.ed}
    tables |= {"ambulance.csv": city.ambulance, "gazetteer.csv": city.gazetteer, "truth.csv": city.truth}
    for name, table in tables.items():
        assert f"| `{name}` | {len(table):,} |" in text
    for figure, row in calibration(city).iterrows():
        line = f"| {figure} | {100 * row['share']:.1f} % | {row['published']} |"
        assert line in text, f"docs/synthetic_city.md should say: {line}"
