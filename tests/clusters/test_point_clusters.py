"""DBSCAN and HDBSCAN hotspots."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.point_clusters import core_groups

import hotspot as hs
from hotspot.errors import ComparabilityError, ConfigError, CRSError, InputError


def incidents(places, **columns):
    x, y = np.asarray(places, float).reshape(-1, 2).T
    labels = [f"police-{i:06d}" for i in range(len(x))]
    return gpd.GeoDataFrame(
        {"source": ["police"] * len(x)} | columns, index=labels, geometry=gpd.points_from_xy(x, y), crs=27700
    )


def blobs(seed=0, sizes=(60, 40), scale=20):
    rng = np.random.default_rng(seed)
    centres = [(530_000, 180_000), (531_500, 180_400), (530_300, 181_900)]
    parts = [rng.normal(centre, scale, (n, 2)) for centre, n in zip(centres, sizes, strict=False)]
    return np.vstack([*parts, rng.uniform((529_000, 179_000), (533_000, 183_000), (30, 2))])


places = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=0, max_size=40)


@settings(deadline=None, max_examples=60)
@given(places, st.integers(2, 5), st.sampled_from([1.0, 1.5, 2.0]))
def test_equals_the_definition(spots, least, distance):
    found = hs.dbscan_hotspots(incidents([(530_000 + x, 180_000 + y) for x, y in spots]), distance=distance,
                               min_events=least)  # fmt: skip
    cores, border = core_groups(spots, distance, least)
    ours = [{int(member[7:]) for member in members} for members in found["members"]]
    assert len(ours) == len(cores)
    assert sum(map(len, ours)) == sum(map(len, cores)) + len(border)
    for group in cores:
        home = next(members for members in ours if group <= members)
        assert all(i in border and cores.index(group) in border[i] for i in home - group)


def test_planted_clusters_are_found_largest_first():
    when = pd.Timestamp("2024-03-05")
    frame = incidents(blobs(), occurred_from=[when] * 100 + [pd.NaT] * 30)
    with hs.recording() as notes:
        found = hs.dbscan_hotspots(frame, distance=40, min_events=10)
    assert found.index.tolist() == [1, 2]
    assert found["n"].iloc[0] > found["n"].iloc[1] > 30
    assert (found["first"] == "2024-03").all()
    assert found.geometry.is_valid.all()
    assert found["density"].to_numpy() == pytest.approx((found["n"] / (found.area / 1e6)).to_numpy())
    assert found.crs.to_epsg() == 27700
    assert notes[0].facts["clusters"] == 2
    assert notes[0].facts["clustered"] == found["n"].sum()


@pytest.mark.parametrize("method", ["dbscan", "hdbscan"])
def test_rows_in_another_order_give_the_same_clusters(method):
    frame = incidents(blobs())
    options = {"distance": 40, "min_events": 10, "method": method}
    base = hs.dbscan_hotspots(frame, **options)
    other = hs.dbscan_hotspots(frame.sample(frac=1, random_state=0), **options)
    assert len(base) >= 2
    pd.testing.assert_frame_equal(
        pd.DataFrame(base.drop(columns="geometry")), pd.DataFrame(other.drop(columns="geometry"))
    )
    assert base.geom_equals_exact(other, 1e-6).all()


def test_events_on_one_spot_count_each_and_have_an_outline():
    frame = incidents([(530_000, 180_000)] * 12 + [(531_000, 180_000 + 5 * i) for i in range(11)])
    found = hs.dbscan_hotspots(frame, distance=30, min_events=10)
    assert found["n"].tolist() == [12, 11]
    assert (found["area_km2"] > 0).all()
    assert found.geometry.iloc[0].bounds == pytest.approx((529_997, 179_997, 530_003, 180_003))
    weighted = hs.dbscan_hotspots(frame, distance=30, min_events=10, weights=pd.Series(0.5, frame.index))
    assert weighted.empty
    doubled = hs.dbscan_hotspots(frame, distance=30, min_events=24, weights=pd.Series(2.0, frame.index))
    assert doubled["weight"].tolist() == [24.0]


def test_hdbscan_finds_clusters_of_different_density():
    rng = np.random.default_rng(1)
    spots = np.vstack([rng.normal((530_000, 180_000), 10, (60, 2)), rng.normal((533_000, 180_000), 150, (60, 2))])
    found = hs.dbscan_hotspots(incidents(spots), min_events=15, method="hdbscan")
    assert len(found) == 2
    assert found["n"].sum() > 90


@pytest.mark.parametrize("kind", ["convex", "concave", "ellipse"])
def test_outlines(kind):
    found = hs.dbscan_hotspots(incidents(blobs()), distance=40, min_events=10, outline_as=kind)
    assert found.geometry.is_valid.all()
    assert (found.geom_type == "Polygon").all()
    if kind == "ellipse":
        n = found["n"].iloc[0]
        members = [int(member[7:]) for member in found["members"].iloc[0]]
        apart = blobs()[members] - blobs()[members].mean(axis=0)
        area = np.pi * np.sqrt(np.linalg.det(2 * apart.T @ apart / (n - 2)))
        assert found.area.iloc[0] == pytest.approx(area, rel=0.002)  # 64 corners


def test_private_records_and_records_without_a_point_stay_out():
    frame = incidents(blobs(), category="violence_with_injury", setting="public")
    frame.loc[frame.index[:5], "setting"] = "home"
    frame.loc[frame.index[5:8], "category"] = "sexual"
    frame.loc[frame.index[8], "geometry"] = None
    with hs.recording() as notes:
        found = hs.dbscan_hotspots(frame, distance=40, min_events=10)
    assert notes[0].facts["left_out"] == {"no point": 1, "home, domestic or sexual": 8}
    assert not {f"police-{i:06d}" for i in range(9)} & {m for members in found["members"] for m in members}


def test_nothing_to_find():
    assert hs.dbscan_hotspots(incidents(blobs()).iloc[:0], distance=40).empty
    empty = hs.dbscan_hotspots(incidents(blobs(sizes=())), distance=10, min_events=20)
    assert empty.empty
    assert list(empty.columns) == ["n", "area_km2", "density", "members", "geometry"]


def test_errors_teach():
    frame = incidents(blobs())
    with pytest.raises(ConfigError, match="distance: DBSCAN needs one"):
        hs.dbscan_hotspots(frame)
    with pytest.raises(ConfigError, match="min_events"):
        hs.dbscan_hotspots(frame, distance=10, min_events=1)
    with pytest.raises(ConfigError, match="method"):
        hs.dbscan_hotspots(frame, distance=10, method="optics")
    with pytest.raises(ConfigError, match="HDBSCAN takes none"):
        hs.dbscan_hotspots(frame, method="hdbscan", weights=pd.Series(1.0, frame.index))
    with pytest.raises(ConfigError, match="outline_as"):
        hs.dbscan_hotspots(frame, distance=10, outline_as="star")
    with pytest.raises(CRSError):
        hs.dbscan_hotspots(frame.to_crs(4326), distance=10)
    mixed = frame.assign(source=["police", "ed"] * 65)
    with pytest.raises(ComparabilityError, match="link_events"):
        hs.dbscan_hotspots(mixed, distance=10)
    with pytest.raises(InputError, match="weights"):
        hs.dbscan_hotspots(frame, distance=10, weights=pd.Series(-1.0, frame.index))


@pytest.mark.real_data
def test_london_violence(real_data):
    table = pd.read_parquet(real_data / "police_uk_london_api" / "london_wards_crimes_2017.parquet")
    table = table[table["category"] == "violent-crime"].drop_duplicates("id")  # ward polygons overlap
    points = gpd.GeoSeries(
        gpd.points_from_xy(table["longitude"].astype(float), table["latitude"].astype(float)), crs=4326
    ).to_crs(27700)
    frame = gpd.GeoDataFrame({"source": "police"}, index=range(len(points)), geometry=points.to_numpy(), crs=27700)
    found = hs.dbscan_hotspots(frame, distance=100, min_events=100)
    assert len(frame) == 161_530
    assert found["n"].is_monotonic_decreasing
    assert found["n"].iloc[0] > 1_000  # the West End
    assert found.geometry.iloc[0].distance(gpd.points_from_xy([529_700], [180_900])[0]) < 1_000
