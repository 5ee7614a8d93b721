"""Right is within the stated radius; a point where none may be is never right; the figures of real texts hold."""

from __future__ import annotations

import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hotspot as hs
from hotspot.errors import ConfigError, CRSError, InputError

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


def frame(xs, radius=25.0):
    points = [None if x is None else (x, 0.0) for x in xs]
    geometry = gpd.GeoSeries(gpd.points_from_xy(*zip(*[p or (0, 0) for p in points], strict=True)), crs=27700)
    geometry[[p is None for p in points]] = None
    return gpd.GeoDataFrame({"uncertainty_m": np.where([p is None for p in points], np.nan, radius)}, geometry=geometry)


def test_every_text_is_in_one_box():
    found = frame([0, 100, 0, None, None])
    truth = frame([20, 0, None, 0, None]).geometry
    table = hs.score_locations(found, truth, by=pd.Series(list("aabbb")))
    assert table.index.tolist() == ["a", "b", "all"]
    row = table.loc["all"]
    assert row[["texts", "with_place", "placed", "right", "wrong", "out_of_nothing"]].tolist() == [5, 3, 3, 1, 1, 1]
    assert (row["precision"], row["recall"], row["median_error_m"]) == (pytest.approx(1 / 3), pytest.approx(1 / 3), 60)
    assert hs.score_locations(found, truth, tolerance=75).loc["all", "right"] == 2
    assert np.isnan(table.loc["b", "median_error_m"])


@given(
    xs=st.lists(st.tuples(st.none() | st.integers(-99, 99), st.none() | st.integers(-99, 99)), min_size=1, max_size=9),
    tolerance=st.integers(0, 50),
)
def test_the_counts_add_up_and_more_tolerance_is_never_less_right(xs, tolerance):
    found, truth = frame([a for a, _ in xs]), frame([b for _, b in xs]).geometry
    strict, loose = (hs.score_locations(found, truth, tolerance=t).loc["all"] for t in (0, tolerance))
    assert strict["right"] + strict["wrong"] + strict["out_of_nothing"] == strict["placed"]
    assert strict["right"] <= loose["right"] <= loose["with_place"]


def test_what_does_not_fit_is_refused():
    found, truth = frame([0, 1]), frame([0, 1]).geometry
    with pytest.raises(CRSError, match="truth"):
        hs.score_locations(found, truth.to_crs(4326))
    with pytest.raises(InputError, match="index"):
        hs.score_locations(found, truth.set_axis([5, 6]))
    with pytest.raises(InputError, match="without 'uncertainty_m'"):
        hs.score_locations(found.assign(uncertainty_m=np.nan), truth)
    with pytest.raises(ConfigError, match="tolerance"):
        hs.score_locations(found, truth, tolerance=-1)


@pytest.fixture
def locations(monkeypatch):
    monkeypatch.setattr(sys, "path", [str(BENCHMARKS), *sys.path])
    import locations

    return locations


def test_the_city_is_found_right(locations):
    table = locations.city([4])["by what the text is"]
    assert table.loc[["named", "misspelt"], "precision"].min() >= 0.97
    assert table.loc["named", "recall"] >= 0.9
    assert table.loc["misspelt", "recall"] >= 0.75
    assert table.loc[["home", "vague", "missing", "transfer"], "placed"].sum() == 0


@pytest.mark.real_data
def test_pubs_are_found_right_where_the_gazetteer_has_them(locations, real_data):
    tables = locations.pubs(real_data, texts_each=1)
    for title in ("complete, hospital", "complete, no hospital"):
        assert tables[f"{title}: by what the text is"].loc["all", "precision"] >= 0.97
        assert tables[f"{title}: by what the text is"].loc["all", "recall"] >= 0.45


@pytest.mark.real_data
def test_seattle_is_found_right(locations, real_data):
    tables = locations.seattle(real_data)
    assert tables["held-out police blocks and junctions, dispatch style"].loc["all", "precision"] >= 0.97
    dispatch = tables["the dispatch"].loc["all"]
    assert dispatch["precision"] >= 0.99
    assert dispatch["given_a_point"] / dispatch["texts"] >= 0.85
