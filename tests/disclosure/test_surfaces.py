"""A released surface shows few classes, none where it rests on few events or addresses, and no values."""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS
from shapely.geometry import box

import hotspot as hs
from hotspot.disclosure import choose_level
from hotspot.errors import ConfigError, DisclosureError

SHAREABLE = hs.DisclosurePolicy.shareable()
POLICE_PUBLIC = hs.DisclosurePolicy.shareable(public_sources=["police"])
RESTRICTED = hs.DisclosurePolicy.restricted(reason="tasking meeting")
X = 600_050.0 + 100 * np.arange(40)
Y = 200_050.0 + 100 * np.arange(30)


def make_surface(density=None, *, support=500, bandwidth=400.0, name="ed"):
    rng = np.random.default_rng(1)
    values = rng.gamma(0.5, 40.0, (len(Y), len(X))) if density is None else np.asarray(density, dtype=float)
    return hs.Surface(
        density=values,
        x=X,
        y=Y,
        crs=CRS(27700),
        unit="events per km²",
        kernel="quartic",
        bandwidth=bandwidth,
        cell_size=100.0,
        edge="none",
        n=1000,
        support=np.broadcast_to(np.asarray(support, dtype=np.int64), values.shape).copy(),
        name=name,
    )


@pytest.fixture
def areas():
    """Give two halves of the grid: thousands live in the west, almost nobody in the east."""
    shapes = [box(600_000, 200_000, 602_000, 203_000), box(602_000, 200_000, 604_000, 203_000)]
    return gpd.GeoDataFrame(
        {"population": [60_000, 12], "n_ed": [100, 100]}, index=["W", "E"], geometry=shapes, crs=27700
    )


def shown(counts, surface, policy=SHAREABLE):
    return hs.release(counts, surfaces=[surface], policy=policy).surfaces[0]


def test_a_small_bandwidth_is_refused(areas):
    with pytest.raises(DisclosureError, match=r"surface 'ed': bandwidth 399 m is below the 400 m .* bandwidth=400"):
        shown(areas, make_surface(bandwidth=399.0))
    with pytest.raises(DisclosureError, match="below the 800 m"):
        shown(areas, make_surface(bandwidth=400.0), hs.DisclosurePolicy.public())
    with pytest.raises(DisclosureError, match="below the 400 m"):
        shown(areas, make_surface(bandwidth=200.0, name="police"), POLICE_PUBLIC)
    assert shown(areas, make_surface(bandwidth=50.0), RESTRICTED).bandwidth == 50.0


def test_two_surfaces_of_one_source_are_refused(areas):
    with pytest.raises(DisclosureError, match="one can be subtracted from the other"):
        hs.release(areas, surfaces=[make_surface(), make_surface(bandwidth=500.0)])


def test_thin_cells_are_masked(areas):
    support = np.full((len(Y), len(X)), 500)
    support[10:20, 5:9] = 7
    found = shown(areas.drop(columns="population"), make_surface(support=support))
    assert (found.classes[support < 8] == -1).all()
    assert (found.classes >= 0).any()


def test_the_mask_is_made_of_blocks(areas):
    support = np.full((len(Y), len(X)), 500)
    support[15, 15] = 7
    masked = shown(areas.drop(columns="population"), make_surface(support=support)).classes == -1
    # 400 m bandwidth: blocks of 200 m, that is of 2 by 2 cells; one thin cell masks its whole block.
    blocks = masked.reshape(len(Y) // 2, 2, len(X) // 2, 2).sum(axis=(1, 3))
    assert set(np.unique(blocks)) == {0, 4}
    assert masked.sum() == 4


def test_places_with_few_addresses_are_masked(areas):
    found = shown(areas, make_surface())
    far_east = X > 602_600
    assert (found.classes[:, far_east] == -1).all()
    assert (found.classes[:, X < 601_400] >= 0).any()


def test_public_and_restricted_are_not_masked(areas):
    thin = make_surface(support=1, name="police")
    for policy in (POLICE_PUBLIC, RESTRICTED):
        assert (shown(areas, thin, policy).classes >= 0).all()
    assert (shown(areas, make_surface(support=1)).classes == -1).all()


def test_no_values_leave_unless_restricted(areas):
    surface = make_surface()
    for policy in (SHAREABLE, POLICE_PUBLIC):
        found = shown(areas, surface, policy)
        assert found.density is None
        held = [field.name for field in dataclasses.fields(found) if hasattr(getattr(found, field.name), "dtype")]
        assert held == ["classes", "x", "y"]
        assert found.classes.dtype == np.int8
    np.testing.assert_array_equal(shown(areas, surface, RESTRICTED).density, surface.density)


def test_the_surface_is_copied(areas):
    surface = make_surface()
    before = surface.density.copy()
    found = shown(areas, surface, RESTRICTED)
    found.density[:] = 0
    found.x[:] = 0
    np.testing.assert_array_equal(surface.density, before)
    assert surface.x[0] == X[0]


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6), st.floats(0.05, 5), st.floats(1e-6, 1e6), st.sampled_from(["shareable", "public"]))
def test_classes_and_limits(seed, shape, scale, name):
    policy = getattr(hs.DisclosurePolicy, name)()
    density = np.random.default_rng(seed).gamma(shape, scale, (len(Y), len(X)))
    counts = gpd.GeoDataFrame({"n_ed": [9]}, index=["A"], geometry=[box(600_000, 200_000, 604_000, 203_000)], crs=27700)
    found = shown(counts, make_surface(density, bandwidth=800.0), policy)
    assert 1 <= len(found.breaks) + 1 <= policy.max_classes
    assert found.classes.max() == len(found.breaks)
    assert all(limit == float(f"{limit:.2g}") for limit in found.breaks)
    assert density.max() not in found.breaks
    assert list(found.breaks) == sorted(set(found.breaks))
    inside = found.classes >= 0
    expected = (density[inside, None] >= np.array(found.breaks)).sum(axis=1)
    np.testing.assert_array_equal(found.classes[inside], expected)


def test_a_limit_never_equals_a_round_maximum(areas):
    density = np.full((len(Y), len(X)), 10.0)
    density[0, 0] = 80.0
    found = shown(areas.drop(columns="population"), make_surface(density))
    assert 80.0 not in found.breaks


def test_an_empty_surface_has_no_classes(areas):
    for density in (np.zeros((len(Y), len(X))), np.full((len(Y), len(X)), np.nan)):
        found = shown(areas, make_surface(density))
        assert found.breaks == ()
        assert (found.classes == -1).all()


def test_the_statement_speaks_of_surfaces(areas):
    text = hs.release(areas, surfaces=[make_surface()]).statement
    assert "Density is shown in at most 7 classes, with a bandwidth of at least 400 m" in text
    assert "masked" in text
    assert "Density" not in hs.release(areas).statement


def level(*counts, **more):
    return gpd.GeoDataFrame({"n_ed": list(counts), **more})


def test_the_finest_level_with_enough_shown_is_chosen():
    levels = {"lsoa": level(8, 9, 3, 0), "msoa": level(11, 9, 20), "lad": level(40)}
    assert choose_level(levels, SHAREABLE) == "msoa"
    assert choose_level(levels, SHAREABLE, share=0.5) == "lsoa"
    assert choose_level(levels, hs.DisclosurePolicy.public()) == "lad"
    assert choose_level(levels, RESTRICTED) == "lsoa"
    assert choose_level(levels, hs.DisclosurePolicy.shareable(public_sources=["ed"])) == "lsoa"


def test_the_coarsest_level_is_taken_if_none_has_enough():
    with hs.recording() as notes:
        assert choose_level({"lsoa": level(1, 2), "msoa": level(3, 20)}, SHAREABLE) == "msoa"
    assert notes[-1].facts["share_at_threshold"] == {"lsoa": {"ed": 0.0}, "msoa": {"ed": 0.5}}


def test_uncovered_areas_do_not_count_against_a_level():
    assert choose_level({"lsoa": level(9, None, None), "msoa": level(50)}, SHAREABLE) == "lsoa"


def test_every_protected_source_must_have_enough():
    levels = {"lsoa": level(9, 9, n_ambulance=[1, 2]), "msoa": level(18, n_ambulance=[30])}
    assert choose_level(levels, SHAREABLE) == "msoa"


def test_shared_rates_are_judged_by_their_counts():
    fine = gpd.GeoDataFrame({"rate_ed": [2.0, 1.0], "population": [1000, 1000]})
    coarse = gpd.GeoDataFrame({"rate_ed": [1.5], "population": [20_000]})
    assert choose_level({"lsoa": fine, "msoa": coarse}, SHAREABLE) == "msoa"


def test_no_level_is_refused():
    with pytest.raises(ConfigError, match="levels: give at least one"):
        choose_level({}, SHAREABLE)
    with pytest.raises(ConfigError, match=r"share: 1\.5"):
        choose_level({"lsoa": level(1)}, SHAREABLE, share=1.5)
