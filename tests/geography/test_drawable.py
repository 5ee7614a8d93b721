"""Which records may be drawn as points."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from hotspot.errors import InputError
from hotspot.geography.drawable import choose_events


def records(**columns):
    n = len(next(iter(columns.values())))
    frame = {"source": ["police"] * n} | columns
    labels = [f"r{i}" for i in range(n)]
    return gpd.GeoDataFrame(
        frame, index=labels, geometry=gpd.points_from_xy(530_000 + np.arange(n), [180_000] * n), crs=27700
    )


def test_what_one_source_says_of_an_event_holds_for_every_record_of_it():
    linked = records(source=["police", "ed", "police"], event_id=["e1", "e1", "e2"], domestic=[True, None, False])
    assert choose_events(linked, None).ids.tolist() == ["r2"]
    unplaced = linked.copy()
    unplaced.loc["r0", "geometry"] = None  # the record that says so has no point itself
    assert choose_events(unplaced, None).ids.tolist() == ["r2"]


@pytest.mark.parametrize(
    "columns",
    [
        {"setting": ["Home ", "public"]},
        {"category": ["SEXUAL", "assault"]},
        {"location_level": ["home", "point"]},
        {"domestic": pd.array([True, pd.NA], "boolean")},
    ],
)
def test_private_records_are_never_points(columns):
    chosen = choose_events(records(**columns), None)
    assert chosen.ids.tolist() == ["r1"]
    assert chosen.left_out["home, domestic or sexual"] == 1


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"category": ["rape", "assault"]}, r"1 row\(s\) have a category .* \(first: row 1, 'rape'\)"),
        ({"setting": ["Patient's home", "Patient's home"]}, r"2 row\(s\) have a setting"),
        ({"location_level": ["hom", "point"]}, "Did you mean 'home'"),
    ],
)
def test_a_label_that_nobody_knows_could_be_private_and_is_refused(columns, message):
    with pytest.raises(InputError, match=message):
        choose_events(records(**columns), None)


def test_wrong_types_are_named():
    with pytest.raises(InputError, match="domestic must hold true, false or missing"):
        choose_events(records(domestic=["perhaps", "no"]), None)
    with pytest.raises(InputError, match=r"weights: hold \w+, not numbers"):
        choose_events(records(harm=["1", "x"]), "harm")
    with pytest.raises(InputError, match="more than once"):
        choose_events(records(harm=[1, 2]), pd.Series([1.0, 2.0], ["r0", "r0"]))
