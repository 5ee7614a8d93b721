"""Monthly surfaces: they add up to the whole, know a gap from a zero, and lend across time as stated."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import kernel_density as twin
from shapely.geometry import Point, box

from hotspot.density import Surface, kernel_density
from hotspot.density.space_time import space_time_density
from hotspot.errors import ConfigError, CRSError, HotspotWarning, InputError
from hotspot.record import recording

GRID = 530_025 + 50.0 * np.arange(20), 180_025 + 50.0 * np.arange(16)


def dated(months, seed=0, **columns):
    rng = np.random.default_rng(seed)
    n = len(months)
    place = gpd.points_from_xy(530_000 + rng.uniform(0, 1000, n), 180_000 + rng.uniform(0, 800, n))
    when = pd.to_datetime(pd.Series(months)).to_numpy()
    labels = [f"police-{i:06d}" for i in range(n)]
    frame = {"source": "police", "occurred_from": when} | columns
    return gpd.GeoDataFrame(frame, index=labels, geometry=place, crs=27700)


@settings(deadline=None, max_examples=12)
@given(
    months=st.lists(st.integers(1, 9), min_size=1, max_size=25).filter(lambda found: set(found) - {1, 5}),
    width=st.floats(1, 6),
    kernel=st.sampled_from(["quartic", "uniform", "gaussian"]),
)
def test_every_month_is_the_weighted_sum_of_the_events_around_it(months, width, kernel):
    frame = dated([f"2023-{month:02d}-15" for month in months], seed=len(months))
    covered = [2, 3, 4, 6, 7, 8, 9]
    h = 100 if kernel == "gaussian" else 260
    with pytest.warns(HotspotWarning, match="1 month"):
        frames = space_time_density(
            frame,
            bandwidth=h,
            months=[f"2023-{m:02d}" for m in covered],
            months_bandwidth=width,
            grid=GRID,
            kernel=kernel,
        )
    x, y = frame.geometry.x.to_numpy(), frame.geometry.y.to_numpy()
    for month, surface in frames.items():
        weights = np.zeros(len(months))
        for i, own in enumerate(months):
            if own in covered:
                each = {m: max(0.0, 1 - ((m - own) / width) ** 2) if abs(m - own) < width else 0.0 for m in covered}
                weights[i] = each[month.month] / sum(each.values())
        naive = twin.density(x, y, weights, *GRID, h, kernel) * 1e6
        assert np.allclose(surface.density, naive, rtol=1e-9, atol=1e-9 * max(1, naive.max()))
        assert surface.n == (weights > 0).sum()
        assert (surface.support == twin.support(x[weights > 0], y[weights > 0], *GRID, h)).all()
    assert [month.month for month in frames] == covered


@pytest.mark.parametrize("edge", ["none", "diggle", "uniform"])
@pytest.mark.parametrize("width", [1, 3])
def test_the_months_add_up_to_the_surface_of_all(edge, width, square):
    frame = dated([f"2024-{1 + i % 12:02d}-01" for i in range(240)])
    frames = space_time_density(frame, bandwidth=250, cell_size=50, within=square, edge=edge, months_bandwidth=width)
    whole = kernel_density(frame, bandwidth=250, cell_size=50, within=square, edge=edge)
    assert np.allclose(sum(s.density for s in frames.values()), whole.density, rtol=1e-12, atol=1e-9, equal_nan=True)
    assert len(frames) == 12
    assert all(isinstance(s, Surface) and s.unit == "events per km² per month" for s in frames.values())
    assert len({(s.x.tobytes(), s.y.tobytes()) for s in frames.values()}) == 1
    if edge == "diggle":
        assert sum(s.total for s in frames.values()) == pytest.approx(240, rel=1e-3)


def test_a_month_alone_is_the_surface_of_its_events():
    frame = dated(["2024-01-31"] * 60 + ["2024-02-01"] * 70)
    frames = space_time_density(frame, bandwidth=250, grid=GRID)
    for month, part in (("2024-01", frame[:60]), ("2024-02", frame[60:])):
        surface, alone = frames[pd.Period(month, freq="M")], kernel_density(part, bandwidth=250, grid=GRID)
        assert np.array_equal(surface.density, alone.density)
        assert (surface.n, surface.name) == (alone.n, "police")


def test_a_gap_is_absent_and_a_covered_month_without_events_is_zero():
    frame = dated(["2024-01-01"] * 30 + ["2024-04-01"] * 30)
    with pytest.warns(HotspotWarning, match=r"2 month\(s\) between"):
        frames = space_time_density(frame, bandwidth=250, grid=GRID)
    assert [str(month) for month in frames] == ["2024-01", "2024-04"]
    with recording() as notes:
        frames = space_time_density(
            frame, bandwidth=250, grid=GRID, months=pd.period_range("2024-01", "2024-03", freq="M")
        )
    assert [float(s.density.max()) > 0 for s in frames.values()] == [True, False, False]
    facts = notes[0].facts
    assert facts["left_out"]["in a month that is not covered"] == 30
    assert facts["months_by"] == "given"
    assert facts["months"] == ["2024-01", "2024-02", "2024-03"]


def test_records_without_month_or_point_are_left_out_and_counted(square):
    frame = dated(["2024-01-01"] * 40 + [None] * 3)
    frame.loc[frame.index[0], "geometry"] = None
    frame.loc[frame.index[1], "geometry"] = Point(540_000, 190_000)
    with recording() as notes:
        frames = space_time_density(frame, bandwidth=250, within=square)
    left = notes[0].facts["left_out"]
    assert (left["no month"], left["no point"], left["outside the boundary"]) == (3, 1, 1)
    assert next(iter(frames.values())).n == 38


def test_a_linked_event_counts_once_in_the_month_of_its_best_record():
    frame = dated(["2024-01-31", "2024-02-01"] * 30)
    frame["event_id"] = np.repeat([f"e{i}" for i in range(30)], 2)
    frame["uncertainty_m"] = [200.0, 20.0] * 30
    frame["source"] = ["police", "ed"] * 30
    frames = space_time_density(frame, bandwidth=250, grid=GRID)
    assert {str(month): s.n for month, s in frames.items()} == {"2024-02": 30}


def test_the_order_of_rows_changes_nothing():
    frame = dated([f"2024-{1 + i % 5:02d}-01" for i in range(100)])
    one = space_time_density(frame, bandwidth=250, grid=GRID, months_bandwidth=2.5)
    two = space_time_density(frame.sample(frac=1, random_state=1), bandwidth=250, grid=GRID, months_bandwidth=2.5)
    assert [s.density.tobytes() for s in one.values()] == [s.density.tobytes() for s in two.values()]


def test_what_cannot_be_drawn_is_refused():
    frame = dated(["2024-01-01"] * 30)
    cases = [
        (CRSError, "degrees", frame.to_crs(4326), {}),
        (InputError, "occurred_from", frame.drop(columns="occurred_from"), {}),
        (InputError, "no event", frame.iloc[:0], {}),
        (InputError, "no event", frame, {"months": ["2025-01"]}),
        (InputError, "no event", frame, {"within": gpd.GeoDataFrame(geometry=[box(0, 0, 9, 9)], crs=27700)}),
        (CRSError, "same crs", frame, {"within": gpd.GeoDataFrame(geometry=[box(0, 0, 9, 9)], crs=32630)}),
        (ConfigError, "months: none", frame, {"months": []}),
        (ConfigError, "named twice", frame, {"months": ["2024-01", "2024-01"]}),
        (ConfigError, "months: give", frame, {"months": ["spring"]}),
        (ConfigError, "below 1", frame, {"months_bandwidth": 0.5}),
        (ConfigError, "bandwidth", frame, {"bandwidth": 0}),
        (InputError, "not a time", frame.assign(occurred_from=frame["occurred_from"].astype(str)), {}),
        (ConfigError, "kernel", frame, {"kernel": "conical"}),
        (ConfigError, "edge", frame, {"edge": "uniform"}),
    ]
    for error, match, rows, change in cases:
        with pytest.raises(error, match=match):
            space_time_density(rows, **({"bandwidth": 250} | change))
    with pytest.warns(HotspotWarning, match=r"1\.5 cells"):
        space_time_density(frame, bandwidth=50, cell_size=50)


@pytest.mark.real_data
def test_a_year_of_surrey_month_by_month(real_data):
    files = sorted((real_data / "police_uk_surrey").glob("*/*/*-surrey-street.csv"))
    rows = pd.concat([pd.read_csv(file) for file in files], ignore_index=True)
    rows = rows[rows["Crime type"] == "Violence and sexual offences"].dropna(subset=["Longitude"])
    place = gpd.points_from_xy(rows["Longitude"], rows["Latitude"], crs=4326)
    frame = gpd.GeoDataFrame({"occurred_from": pd.to_datetime(rows["Month"])}, geometry=place).to_crs(27700)
    frames = space_time_density(frame, bandwidth=2000, cell_size=500, months_bandwidth=2)
    assert len(frames) == rows["Month"].nunique() == 13
    assert sum(s.total for s in frames.values()) == pytest.approx(len(rows), rel=1e-3)
