"""The public function: mass, units, grids, edges, what is left out, what is refused."""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import kernel_density as twin
from shapely.geometry import Point, box

from hotspot.density import Surface, kernel_density
from hotspot.density.grid import Grid
from hotspot.density.kernels import KERNELS as SHAPES
from hotspot.density.work import refuse_if_too_much
from hotspot.errors import ComparabilityError, ConfigError, CRSError, HotspotWarning, InputError
from hotspot.record import recording

KERNELS = ["quartic", "epanechnikov", "triweight", "uniform", "triangular", "gaussian"]


def facts_of(notes):
    return next(note.facts for note in notes if note.step == "kernel_density")


@pytest.mark.parametrize("kernel", KERNELS)
def test_values_equal_the_twin_in_metres(city, kernel):
    h = 75.0 if kernel == "gaussian" else 130.0
    surface = kernel_density(city, bandwidth=h, cell_size=50, kernel=kernel)
    px, py = city.geometry.x.to_numpy(), city.geometry.y.to_numpy()
    expected = twin.density(px, py, np.ones(60), surface.x, surface.y, h, kernel) * 1e6
    np.testing.assert_allclose(surface.density, expected, rtol=0, atol=1e-10 * expected.max())
    np.testing.assert_array_equal(surface.support, twin.support(px, py, surface.x, surface.y, h))


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("cells", [6, 11])
def test_sum_over_cells_is_the_number_of_events(city, kernel, cells):
    h = 40.0 if kernel == "gaussian" else 240.0
    surface = kernel_density(city, bandwidth=h, cell_size=h / cells, kernel=kernel)
    # The step of the uniform kernel averages out more slowly than the smooth ones.
    assert surface.total == pytest.approx(60, rel=1e-2 if kernel == "uniform" else 1e-3)


def test_unit_is_events_per_square_kilometre_and_year(incidents):
    peak = 3 / (np.pi * 0.4**2)
    times = pd.to_datetime(["2023-01-15"] * 60 + ["2024-12-03"] * 60)
    both = incidents([530_025.0] * 120, [180_025.0] * 120, occurred_from=times)
    with pytest.warns(HotspotWarning, match="all 120 events lie on one spot"):
        once = kernel_density(both, bandwidth=400, cell_size=50)
    with pytest.warns(HotspotWarning, match="one spot"):
        yearly = kernel_density(both, bandwidth=400, cell_size=50, per_year=True)
    assert once.unit == "events per km²"
    assert once.density.max() == pytest.approx(120 * peak)
    assert yearly.unit == "events per km² per year"
    np.testing.assert_allclose(yearly.density, once.density / 2)
    with pytest.raises(ConfigError, match="years"):
        kernel_density(both, bandwidth=400, cell_size=50, per_year=True, years=0)


def test_period_unknown_is_refused(city):
    with pytest.raises(InputError, match="occurred_from"):
        kernel_density(city, bandwidth=400, per_year=True)
    with pytest.raises(ConfigError, match="no record says when"):
        kernel_density(city.assign(occurred_from=pd.NaT), bandwidth=400, per_year=True)


def test_cells_have_a_fixed_origin_and_default_size(city):
    surface = kernel_density(city, bandwidth=412)
    assert surface.cell_size == 50
    for axis in (surface.x, surface.y):
        np.testing.assert_allclose((axis / 50) % 1, 0.5, atol=1e-6)
    assert kernel_density(city, bandwidth=577).cell_size == 100
    assert kernel_density(city, bandwidth=100).cell_size == 20
    west, south, east, north = surface.bounds
    assert west <= city.total_bounds[0] - 412 < city.total_bounds[2] + 412 <= east
    assert south <= city.total_bounds[1] - 412 < city.total_bounds[3] + 412 <= north


def test_another_surfaces_grid_can_be_given(city, square):
    first = kernel_density(city, bandwidth=300, cell_size=50, within=square)
    second = kernel_density(city, bandwidth=200, grid=(first.x, first.y))
    np.testing.assert_allclose(second.x, first.x)
    assert second.density.shape == first.density.shape
    whole = kernel_density(city, bandwidth=200, cell_size=50)
    rows, columns = np.isin(whole.y, first.y), np.isin(whole.x, first.x)
    np.testing.assert_allclose(
        second.density[np.isin(first.y, whole.y)][:, np.isin(first.x, whole.x)], whole.density[rows][:, columns]
    )


@pytest.mark.parametrize(
    ("grid", "cell_size", "message"),
    [
        (([0, 50, 120], [0, 50]), None, "equal steps"),
        (([0, 50], [0, 60]), None, "equal steps"),
        (([50, 0], [50, 0]), None, "equal steps"),
        (([0, 50], [0, 50]), 40, "Give one"),
        (([0], [0]), None, "no spacing"),
        (([[0, 50]], [0, 50]), None, "one-dimensional"),
    ],
)
def test_uneven_grid_is_refused(city, grid, cell_size, message):
    with pytest.raises(ConfigError, match=message):
        kernel_density(city, bandwidth=300, grid=grid, cell_size=cell_size)


def test_a_grid_must_cover_the_boundary_where_its_edge_is_corrected(city, square):
    part = (np.arange(530_025, 530_600, 50), np.arange(180_025, 181_000, 50))
    with pytest.raises(ConfigError, match="does not cover the boundary"):
        kernel_density(city, bandwidth=300, grid=part, within=square)
    plain = kernel_density(city, bandwidth=300, grid=part, within=square, edge="none")
    whole = kernel_density(city, bandwidth=300, cell_size=50, within=square, edge="none")
    np.testing.assert_allclose(plain.density, whole.density[:, :12])
    again = kernel_density(city, bandwidth=300, grid=(whole.x, whole.y), within=square)
    np.testing.assert_allclose(again.density, kernel_density(city, bandwidth=300, within=square).density)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("boundary", ["square", "bay"])
def test_diggle_conserves_the_events_inside(incidents, request, kernel, boundary):
    within = request.getfixturevalue(boundary)
    rng = np.random.default_rng(8)
    points = incidents(rng.uniform(529_900, 531_100, 150), rng.uniform(179_900, 181_100, 150))
    inside = points.intersects(within.union_all()).sum()
    h, cell = (40, 8) if kernel == "gaussian" else (200, 20)
    with recording() as notes:
        surface = kernel_density(points, bandwidth=h, cell_size=cell, within=within, kernel=kernel)
    assert surface.edge == "diggle"
    assert surface.n == inside
    assert surface.total == pytest.approx(inside, rel=1e-2 if kernel == "uniform" else 1e-3)
    assert facts_of(notes)["left_out"]["outside the boundary"] == 150 - inside


def test_edge_corrections_equal_the_twin(incidents, bay):
    rng = np.random.default_rng(9)
    points = incidents(rng.uniform(530_000, 531_000, 80), rng.uniform(180_000, 180_400, 80))
    surfaces = {
        edge: kernel_density(points, bandwidth=250, cell_size=50, within=bay, edge=edge)
        for edge in ("none", "diggle", "uniform")
    }
    plain = surfaces["none"]
    inside = ~np.isnan(plain.density)
    xx, yy = np.meshgrid(plain.x, plain.y)
    np.testing.assert_array_equal(inside, shapely.intersects_xy(bay.geometry.iloc[0], xx, yy))
    kept = points[points.intersects(bay.geometry.iloc[0])]
    px, py = kept.geometry.x.to_numpy(), kept.geometry.y.to_numpy()
    share = twin.share_inside(px, py, inside, plain.x, plain.y, 250, "quartic")
    expected = {
        "none": twin.density(px, py, np.ones(len(px)), plain.x, plain.y, 250, "quartic"),
        "diggle": twin.density(px, py, 1 / share, plain.x, plain.y, 250, "quartic"),
    }
    at_cells = np.ones(inside.shape)
    at_cells[inside] = twin.share_inside(xx[inside], yy[inside], inside, plain.x, plain.y, 250, "quartic")
    expected["uniform"] = expected["none"] / at_cells
    for edge, surface in surfaces.items():
        np.testing.assert_allclose(surface.density[inside], expected[edge][inside] * 1e6, rtol=1e-9, err_msg=edge)
        assert np.isnan(surface.density[~inside]).all()
        assert (surface.support[~inside] == 0).all()


def test_far_from_the_boundary_corrections_change_nothing(incidents, square):
    points = incidents(np.linspace(530_450, 530_550, 60), np.linspace(180_450, 180_550, 60))
    plain, diggle, uniform = (
        kernel_density(points, bandwidth=200, cell_size=20, within=square, edge=edge).density[20:30, 20:30]
        for edge in ("none", "diggle", "uniform")
    )
    np.testing.assert_array_equal(diggle, plain)
    np.testing.assert_allclose(uniform, plain, rtol=1e-12)


def test_boundary_thinner_than_a_cell(incidents):
    """An islet that holds an event but no cell centre cannot be drawn, and that is said."""
    land = gpd.GeoDataFrame(geometry=[box(0, 0, 400, 400), box(1001, 1001, 1009, 1009)], crs=27700)
    points = incidents([*np.linspace(20, 380, 60), 1005], [*np.linspace(20, 380, 60), 1005])
    with recording() as notes, pytest.warns(HotspotWarning, match="1 event"):
        surface = kernel_density(points, bandwidth=100, cell_size=50, within=land)
    assert surface.total == pytest.approx(60, rel=0.03)
    assert facts_of(notes)["events_without_a_cell"] == 1
    sliver = gpd.GeoDataFrame(geometry=[box(1001, 1001, 1009, 1009)], crs=27700)
    with pytest.warns(HotspotWarning, match="only 1"), pytest.raises(InputError, match="no cell of 50 m"):
        kernel_density(points, bandwidth=100, cell_size=50, within=sliver)


@given(columns=st.integers(-4000, 4000), rows=st.integers(-4000, 4000))
@settings(max_examples=15, deadline=None)
def test_moving_everything_by_whole_cells_moves_the_surface(columns, rows):
    rng = np.random.default_rng(10)
    x, y = rng.uniform(530_000, 531_000, 55), rng.uniform(180_000, 180_500, 55)

    def draw(east, north):
        geometry = gpd.points_from_xy(x + east, y + north)
        frame = gpd.GeoDataFrame({"source": "ed"}, index=range(55), geometry=geometry, crs=27700)
        return kernel_density(frame, bandwidth=240, cell_size=40)

    here, there = draw(0, 0), draw(columns * 40, rows * 40)
    np.testing.assert_allclose(there.x, here.x + columns * 40)
    np.testing.assert_allclose(there.density, here.density, rtol=0, atol=1e-9 * here.density.max())
    np.testing.assert_array_equal(there.support, here.support)


def test_row_order_does_not_matter(city):
    mixed = city.sample(frac=1, random_state=1)
    first, second = (kernel_density(frame, bandwidth=300, cell_size=50) for frame in (city, mixed))
    assert first.density.tobytes() == second.density.tobytes()


def test_surfaces_of_parts_add_up(city):
    whole = kernel_density(city, bandwidth=300, cell_size=50)
    with pytest.warns(HotspotWarning, match="only"):
        parts = [kernel_density(part, bandwidth=300, grid=(whole.x, whole.y)) for part in (city[:25], city[25:])]
    np.testing.assert_allclose(parts[0].density + parts[1].density, whole.density, atol=1e-10 * whole.density.max())
    np.testing.assert_array_equal(parts[0].support + parts[1].support, whole.support)


def test_weights(city):
    heavy = pd.Series(2.0, index=city.index[::-1])
    once, twice = kernel_density(city, bandwidth=300), kernel_density(city, bandwidth=300, weights=heavy)
    by_column = kernel_density(city.assign(weight=2.0), bandwidth=300, weights="weight")
    np.testing.assert_allclose(twice.density, 2 * once.density)
    np.testing.assert_array_equal(by_column.density, twice.density)
    assert twice.unit == "weighted events per km²"
    np.testing.assert_array_equal(twice.support, once.support)


@pytest.mark.parametrize("bad", [-1.0, np.nan, np.inf])
def test_bad_weights_are_refused(city, bad):
    weights = pd.Series(1.0, index=city.index)
    weights.iloc[3] = bad
    with pytest.raises(InputError, match="first in row 3"):
        kernel_density(city, bandwidth=300, weights=weights)
    with pytest.raises(InputError, match="60 incident"):
        kernel_density(city, bandwidth=300, weights=pd.Series(1.0, index=range(60)))
    with pytest.raises(ConfigError, match="no column 'harm'"):
        kernel_density(city, bandwidth=300, weights="harm")


def test_what_has_no_point_or_must_not_have_one_is_left_out_and_counted(city):
    frame = city.assign(domestic=False, setting="public", category="assault", location_level="point")
    frame["domestic"] = frame["domestic"].astype("boolean")
    frame.loc[frame.index[0], "domestic"] = True
    frame.loc[frame.index[1], "setting"] = "home"
    frame.loc[frame.index[2], "category"] = "sexual"
    frame.loc[frame.index[3], "location_level"] = "home"
    frame.loc[frame.index[4], "domestic"] = pd.NA
    frame.loc[frame.index[5:7], "geometry"] = [None, Point()]
    before = frame.copy()
    with recording() as notes:
        surface = kernel_density(frame, bandwidth=300)
    assert surface.n == 54
    assert facts_of(notes)["left_out"] == {"no point": 2, "home, domestic or sexual": 4}
    pd.testing.assert_frame_equal(frame, before)


def test_several_sources_need_linkage(city):
    both = city.assign(source=["police"] * 30 + ["ed"] * 30)
    with pytest.raises(ComparabilityError, match="link_events"):
        kernel_density(both, bandwidth=300)
    linked = both.assign(event_id=[f"e{i % 50}" for i in range(60)], uncertainty_m=[100.0] * 50 + [20.0] * 10)
    with recording() as notes:
        surface = kernel_density(linked, bandwidth=300)
    assert (surface.n, surface.name) == (50, "events")
    assert facts_of(notes)["left_out"]["other records of the same event"] == 10
    best = kernel_density(linked.iloc[10:], bandwidth=300, grid=(surface.x, surface.y))
    np.testing.assert_allclose(surface.density, best.density)
    unlinked = linked.assign(event_id=pd.Series([None] * 60, index=linked.index, dtype="str"))
    assert kernel_density(unlinked, bandwidth=300).n == 60


def test_default_bandwidth_uses_both_axes(city):
    with recording() as notes:
        surface = kernel_density(city)
    xy = np.column_stack([city.geometry.x, city.geometry.y])
    sigma = np.sqrt(xy.var(axis=0, ddof=1).mean()) * 60 ** (-1 / 6)
    assert surface.bandwidth == round(np.sqrt(8) * sigma)
    assert "both axes" in facts_of(notes)["bandwidth_by"]
    assert kernel_density(city, kernel="gaussian").bandwidth == round(sigma)


def test_no_rule_for_one_spot(incidents):
    with pytest.raises(ConfigError, match="one spot"):
        kernel_density(incidents([1.0] * 60, [1.0] * 60))
    with pytest.raises(ConfigError, match="no spot"):
        kernel_density(incidents([], []))


def test_no_event_inside_gives_an_empty_surface(incidents, square):
    with pytest.warns(HotspotWarning, match="only 0"):
        surface = kernel_density(incidents([1.0], [1.0]), bandwidth=300, within=square)
    assert (surface.n, surface.total) == (0, 0.0)
    with pytest.raises(InputError, match="no row has a point"):
        kernel_density(incidents([], []), bandwidth=300)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"bandwidth": 50, "cell_size": 50}, r"below 1\.5 cells"),
        ({"bandwidth": 70, "cell_size": 20}, "positional uncertainty of 80 m"),
    ],
)
def test_warnings(city, options, message):
    with pytest.warns(HotspotWarning, match=message):
        kernel_density(city.assign(uncertainty_m=80.0 if "uncertainty" in message else 0.0), **options)
    with pytest.warns(HotspotWarning, match="only 10"):
        kernel_density(city[:10], bandwidth=300)


def test_refusals(city, square):
    with pytest.raises(CRSError, match="degrees"):
        kernel_density(city.to_crs(4326), bandwidth=300)
    with pytest.raises(CRSError, match="no coordinate reference system"):
        kernel_density(city.set_crs(None, allow_override=True), bandwidth=300)
    with pytest.raises(CRSError, match="within uses"):
        kernel_density(city, bandwidth=300, within=square.to_crs(32630))
    with pytest.raises(ConfigError, match="quartic"):
        kernel_density(city, bandwidth=300, kernel="quartik")
    with pytest.raises(ConfigError, match="needs a boundary"):
        kernel_density(city, bandwidth=300, edge="diggle")
    with pytest.raises(ConfigError, match=r"'none'|none"):
        kernel_density(city, bandwidth=300, within=square, edge="jones")
    for bad in (0, -5, np.nan, np.inf):
        with pytest.raises(ConfigError, match="bandwidth"):
            kernel_density(city, bandwidth=bad)
        with pytest.raises(ConfigError, match="cell_size"):
            kernel_density(city, bandwidth=300, cell_size=bad)
    with pytest.raises(InputError, match="not points"):
        kernel_density(square, bandwidth=300)
    with pytest.raises(InputError, match="more than once"):
        kernel_density(pd.concat([city, city]), bandwidth=300)
    wild = city.copy()
    wild.loc[wild.index[8], "geometry"] = Point(np.inf, 180_000)
    with pytest.raises(InputError, match="first in row 8"):
        kernel_density(wild, bandwidth=300)
    with pytest.raises(InputError, match="no polygon"):
        kernel_density(city, bandwidth=300, within=gpd.GeoDataFrame(geometry=[None], crs=27700))


def test_a_huge_grid_is_refused_before_any_work(city):
    with pytest.raises(ConfigError, match=r"cells, about .* GB; at most 100,000,000"):
        kernel_density(city, bandwidth=300, cell_size=0.01)


def test_record_says_every_choice(city, square):
    with recording() as notes:
        surface = kernel_density(city, bandwidth=300, within=square)
    facts = facts_of(notes)
    assert facts["bandwidth_m"] == 300
    assert facts["bandwidth_by"] == "given"
    assert facts["cell_size_m"] == 50
    assert facts["cells"] == [len(surface.x), len(surface.y)]
    assert facts["edge"] == "diggle"
    assert facts["n"] + sum(facts["left_out"].values()) == 60
    assert facts["total"] == surface.total


def test_surface_cannot_be_changed(city):
    surface = kernel_density(city, bandwidth=300)
    assert isinstance(surface, Surface)
    with pytest.raises(dataclasses.FrozenInstanceError):
        surface.n = 3


def test_mass_is_checked_where_nothing_is_cut_off(city, square):
    with recording() as notes:
        kernel_density(city, bandwidth=300, cell_size=50)
    assert abs(facts_of(notes)["mass_error"]) < 1e-3
    with recording() as notes:
        kernel_density(city, bandwidth=300, cell_size=50, within=square)
    assert abs(facts_of(notes)["mass_error"]) < 1e-3
    with recording() as notes:
        kernel_density(city, bandwidth=300, cell_size=50, within=square, edge="none")
    assert facts_of(notes)["mass_error"] is None


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("adaptive", [False, True])
def test_the_mass_check_never_alarms(incidents, kernel, adaptive):
    """All events on one spot, and spread ones: the worst and the best case of the sum over cells."""
    rng = np.random.default_rng(14)
    for x in (np.full(60, 530_013.0), rng.normal(530_000, 200, 60)):
        points = incidents(x, np.linspace(180_000, 180_010, 60))
        kernel_density(points, bandwidth=80, cell_size=16, kernel=kernel, adaptive=adaptive and np.ptp(x) == 0)


def test_the_mass_check_alarms_when_mass_is_lost(city, monkeypatch):
    from hotspot.density import drawing

    def lossy(*args):
        density, support, engine = real(*args)
        return density * 0.99, support, engine

    real = drawing.add_up
    monkeypatch.setattr(drawing, "add_up", lossy)
    with pytest.warns(HotspotWarning, match="differs from the sum of weights"):
        kernel_density(city, bandwidth=300, cell_size=10)


@pytest.mark.parametrize("kernel", ["triangular", "gaussian", "quartic"])
def test_what_would_not_end_is_refused_with_a_cell_size_that_does(kernel):
    options = {"shape": SHAPES[kernel], "corrected": kernel == "quartic", "adaptive": kernel == "gaussian"}
    grid = Grid(0, 0, 8, 6250, 6250)
    refuse_if_too_much(1000, 2000, grid, **options)
    with pytest.raises(ConfigError, match=r"hours of one core.*Use cells of \d+ m or more") as refusal:
        refuse_if_too_much(10_000_000, 2000, grid, **options)
    side = int(str(refusal.value).split("Use cells of ")[1].split(" m")[0])
    fits = Grid(0, 0, side, 50_000 // side, 50_000 // side)
    refuse_if_too_much(10_000_000, 2000, fits, **options)
    with pytest.raises(ConfigError, match="smaller bandwidth or fewer events"):
        refuse_if_too_much(10**12, 2000, grid, **options)


def test_a_chosen_bandwidth_becomes_the_kernels_own_radius(city):
    @dataclasses.dataclass(frozen=True)
    class Chosen:
        standard_deviation: float
        method: str

    with recording() as notes:
        surface = kernel_density(city, bandwidth=Chosen(100.0, "least-squares cross-validation"))
    assert surface.bandwidth == pytest.approx(100 * np.sqrt(8))
    assert facts_of(notes)["bandwidth_by"] == "least-squares cross-validation"
    assert kernel_density(city, bandwidth=Chosen(100.0, "x"), kernel="gaussian").bandwidth == 100
    assert kernel_density(city, bandwidth=Chosen(100.0, "x"), kernel="triangular").bandwidth == pytest.approx(258.1989)
    with pytest.raises(ConfigError, match="bandwidth"):
        kernel_density(city, bandwidth=Chosen(float("nan"), "x"))
    with pytest.raises(ConfigError, match="a str is no bandwidth"):
        kernel_density(city, bandwidth="silverman")


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_quarter_turn_turns_the_surface(incidents, kernel):
    rng = np.random.default_rng(16)
    x, y = rng.uniform(-400, 400, 60), rng.uniform(-300, 300, 60)
    axis = np.arange(-790, 800, 20.0)
    straight = kernel_density(incidents(x, y), bandwidth=110, grid=(axis, axis), kernel=kernel)
    turned = kernel_density(incidents(-y, x), bandwidth=110, grid=(axis, axis), kernel=kernel)
    peak = straight.density.max()
    np.testing.assert_allclose(turned.density, np.rot90(straight.density, -1), rtol=0, atol=1e-10 * peak)


def test_two_surfaces_of_one_cell_size_share_their_cells(incidents):
    rng = np.random.default_rng(17)
    for _ in range(5):
        first, second = (
            kernel_density(incidents(*rng.uniform(180_000, 181_000, (2, 60))), bandwidth=h, cell_size=50)
            for h in (rng.uniform(100, 400), rng.uniform(100, 400))
        )
        for one, other in ((first.x, second.x), (first.y, second.y)):
            shared = np.intersect1d(one, other)
            assert shared.size >= min(one.max(), other.max()) / 50 - max(one.min(), other.min()) / 50
            assert np.isin(one[(one >= shared[0]) & (one <= shared[-1])], shared).all()
