"""Areal interpolation: nothing made, nothing lost, nothing pressed in, and no coverage is never 0."""

from __future__ import annotations

import warnings
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import interpolation as twin
from shapely import Point, box

from hotspot.errors import ConfigError, CRSError, HotspotWarning, InputError
from hotspot.geography import area_coverage, interpolate_counts, interpolate_rates, read_areas
from hotspot.record import recording


def layer(boxes, crs=27700, **columns):
    index = [f"{chr(65 + number)}" for number in range(len(boxes))]
    return gpd.GeoDataFrame(columns, index=index, geometry=[box(*one) for one in boxes], crs=crs)


def quietly(function, *args, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", HotspotWarning)
        return function(*args, **options)


def test_a_target_over_half_a_source_gets_half_and_the_rest_stays_outside():
    source = layer([(0, 0, 200, 100)], n_ed=[100])
    with recording() as notes:
        result = interpolate_counts(source, layer([(0, 0, 100, 100)]))
    assert result.to_dict("list") == {"n_ed": [50.0], "coverage": [1.0]}
    facts = notes[0].facts
    assert (facts["read"], facts["given"], facts["withheld"], facts["outside"]) == (100, 50, 0, 50)


def test_a_half_covered_target_is_missing_or_if_allowed_partial_and_never_scaled_up():
    source = layer([(0, 0, 100, 100)], n=[80])
    target = layer([(0, 0, 200, 100), (500, 500, 600, 600)])
    with pytest.warns(HotspotWarning, match="2 of 2 targets have no value"):
        result = interpolate_counts(source, target)
    assert result["n"].isna().all()
    assert result["coverage"].to_list() == [0.5, 0.0]
    with pytest.warns(HotspotWarning, match="1 of 2 targets"):
        allowed = interpolate_counts(source, target, min_coverage=0.5)
    assert allowed["n"].fillna(-1).to_list() == [80, -1]


def test_a_source_without_value_does_not_cover():
    source = layer([(0, 0, 100, 100), (100, 0, 200, 100)], n=pd.array([80, None], dtype="Int64"))
    with recording() as notes, pytest.warns(HotspotWarning, match="no value"):
        result = interpolate_counts(source, layer([(50, 0, 150, 100), (150, 0, 200, 100)]))
    assert result["coverage"].to_list() == [0.5, 0.0]
    assert result["n"].isna().all()
    assert notes[0].facts["withheld"] == 40


def test_counts_go_where_the_people_are():
    source = layer([(0, 0, 200, 100)], n=[90])
    halves = layer([(0, 0, 100, 100), (100, 0, 200, 100)])
    points = gpd.GeoDataFrame({"people": [1, 1, 4]}, geometry=[Point(10, 10), Point(20, 90), Point(150, 50)], crs=27700)
    assert interpolate_counts(source, halves)["n"].to_list() == [45, 45]
    assert interpolate_counts(source, halves, weights=points)["n"].to_list() == [60, 30]
    assert interpolate_counts(source, halves, weights=points, weight_column="people")["n"].to_list() == [30, 60]


def test_sources_without_a_point_go_by_area_and_it_is_said():
    source = layer([(0, 0, 100, 100), (100, 0, 200, 100)], n=[10, 20])
    points = gpd.GeoDataFrame(geometry=[Point(10, 10), Point(900, 900)], crs=27700)
    with recording() as notes, pytest.warns(HotspotWarning, match="1 sources hold no weight"):
        result = interpolate_counts(source, layer([(0, 0, 50, 100), (50, 0, 200, 100)]), weights=points)
    assert result["n"].to_list() == [10, 20]
    assert (notes[-1].facts["sources_by_area"], notes[-1].facts["points_outside"]) == (1, 1)


def test_points_outside_the_targets_keep_their_part_of_the_count():
    source = layer([(0, 0, 200, 100)], n=[90])
    points = gpd.GeoDataFrame(geometry=[Point(10, 10), Point(150, 50), Point(160, 50)], crs=27700)
    with recording() as notes:
        result = interpolate_counts(source, layer([(0, 0, 100, 100)]), weights=points)
    assert result["n"].to_list() == [30]
    assert notes[0].facts["outside"] == pytest.approx(60)


def test_rates_are_averaged_by_area_or_by_people():
    source = layer([(0, 0, 100, 100), (100, 0, 200, 100)], rate_ed=[2.0, 8.0])
    whole = layer([(0, 0, 200, 100), (0, 0, 0.5, 0.5)][:1])
    points = gpd.GeoDataFrame({"people": [5, 1]}, geometry=[Point(10, 10), Point(150, 50)], crs=27700)
    assert interpolate_rates(source, whole, of="rate_ed")["rate_ed"].to_list() == [5]
    by_people = interpolate_rates(source, whole, of="rate_ed", weights=points, weight_column="people")
    assert by_people["rate_ed"].to_list() == [3]


def test_a_target_without_people_has_no_rate_per_person():
    source = layer([(0, 0, 200, 100)], rate=[2.0])
    points = gpd.GeoDataFrame(geometry=[Point(10, 10)], crs=27700)
    with pytest.warns(HotspotWarning, match="1 targets have no value because no weight"):
        result = interpolate_rates(source, layer([(0, 0, 100, 100), (100, 0, 200, 100)]), of="rate", weights=points)
    assert result["rate"].fillna(-1).to_list() == [2, -1]


def test_inputs_are_left_alone_and_the_result_is_aligned():
    source, target = layer([(0, 0, 10, 10)], n=[4]), layer([(0, 0, 5, 10), (5, 0, 10, 10)])
    before = source.copy(), target.copy()
    result = interpolate_counts(source, target)
    pd.testing.assert_index_equal(result.index, target.index)
    pd.testing.assert_frame_equal(source, before[0])
    pd.testing.assert_frame_equal(target, before[1])
    assert result["n"].dtype == "Float64"


@pytest.mark.parametrize("which", ["target", "source"])
def test_layers_that_overlap_themselves_are_refused(which):
    good, bad = [(0, 0, 100, 100)], [(0, 0, 100, 100), (0, 0, 50, 100)]
    source, target = (good, bad) if which == "target" else (bad, good)
    with pytest.raises(InputError, match=f"^{which}: its areas overlap"):
        interpolate_counts(layer(source, n=1), layer(target))


def test_slivers_of_overlap_do_not_make_counts_grow():
    target = layer([(0, 0, 50.5, 100), (50, 0, 100, 100)])
    result = interpolate_counts(layer([(0, 0, 100, 100)], n=[1_000]), target)
    assert result["n"].sum() == pytest.approx(1_000)


def test_misuse_is_refused():
    source, target = layer([(0, 0, 10, 10)], n=[4], rate_ed=[1.0]), layer([(0, 0, 10, 10)])
    points = gpd.GeoDataFrame({"w": [None]}, geometry=[Point(1, 1)], crs=27700).astype({"w": "float64"})
    with pytest.raises(ConfigError, match="rates are no counts"):
        interpolate_counts(source, target, of="rate_ed")
    with pytest.raises(ConfigError, match="from 0 to 1"):
        interpolate_counts(source, target, min_coverage=95)
    with pytest.raises(ConfigError, match="no weights"):
        interpolate_counts(source, target, weight_column="w")
    with pytest.raises(InputError, match=r"1 point.s. have no 'w'"):
        interpolate_counts(source, target, weights=points, weight_column="w")
    with pytest.raises(InputError, match="no point lies in both"):
        interpolate_counts(source, target, weights=points.set_geometry([Point(99, 99)], crs=27700))
    with pytest.raises(CRSError):
        interpolate_counts(source, target.to_crs(32630))
    with pytest.raises(InputError, match="no area of it meets"):
        interpolate_counts(source, layer([(50, 50, 60, 60)]))
    bow_tie = target.set_geometry([box(0, 0, 1, 1).symmetric_difference(box(0, 0, 1, 1))], crs=27700)
    with pytest.raises(InputError, match="missing, invalid or no polygons"):
        interpolate_counts(source, bow_tie)


cuts = st.lists(st.integers(1, 39), min_size=0, max_size=4, unique=True).map(sorted)


@st.composite
def strips(draw):
    """Cut a band from 0 to 40 across into strips, and each strip in two."""
    edges = [0, *draw(cuts), 40]
    boxes = []
    for left, right in pairwise(edges):
        middle = draw(st.integers(1, 9))
        boxes += [(left, 0, right, middle), (left, middle, right, 10)]
    return boxes


values = st.one_of(st.none(), st.integers(0, 1_000))


@given(strips(), strips(), st.data())
@settings(max_examples=50, deadline=None)
def test_both_ways_equal_their_slow_twins(sources, targets, data):
    held = data.draw(st.lists(values, min_size=len(sources), max_size=len(sources)))
    shift = data.draw(st.sampled_from([0, 7, 25]))
    targets = [(a + shift, b, c + shift, d) for a, b, c, d in targets]
    source = layer(sources, n=pd.array(held, dtype="Int64"))
    target = layer(targets)
    counts = quietly(interpolate_counts, source, target, min_coverage=0.5)
    rates = quietly(interpolate_rates, source.rename(columns={"n": "rate"}), target, of="rate", min_coverage=0.5)
    for number, one in enumerate(targets):
        covered = twin.coverage(sources, held, one)
        assert counts["coverage"].iloc[number] == pytest.approx(float(covered))
        if abs(covered - 0.5) < 1e-9:
            continue
        if covered < 0.5:
            assert counts["n"].iloc[number] is pd.NA
            assert rates["rate"].iloc[number] is pd.NA
        else:
            assert float(counts["n"].iloc[number]) == pytest.approx(float(twin.count(sources, held, one)))
            assert float(rates["rate"].iloc[number]) == pytest.approx(float(twin.rate(sources, held, one)))


@given(strips(), strips(), st.data())
@settings(max_examples=50, deadline=None)
def test_mass_is_conserved_with_and_without_points(sources, targets, data):
    held = data.draw(st.lists(st.integers(0, 1_000), min_size=len(sources), max_size=len(sources)))
    spots = data.draw(st.lists(st.tuples(st.integers(0, 39), st.integers(0, 9)), min_size=1, max_size=20))
    heavy = data.draw(st.lists(st.integers(1, 50), min_size=len(spots), max_size=len(spots)))
    source, target = layer(sources, n=held), layer(targets)
    spots = [(x + 0.5, y + 0.5) for x, y in spots]
    points = gpd.GeoDataFrame({"w": heavy}, geometry=[Point(*spot) for spot in spots], crs=27700)
    plain = quietly(interpolate_counts, source, target)
    by_points = quietly(interpolate_counts, source, target, weights=points, weight_column="w", min_coverage=0)
    assert plain["n"].sum() == pytest.approx(sum(held))
    assert by_points["n"].sum() == pytest.approx(sum(held))
    for number, one in enumerate(targets):
        expected = twin.count_by_points(sources, held, one, spots, heavy)
        assert float(by_points["n"].iloc[number]) == pytest.approx(float(expected), abs=1e-9)


def test_rates_times_people_are_conserved():
    rng = np.random.default_rng(1)
    source = layer([(0, 0, 30, 40), (30, 0, 40, 40)], rate=[3.0, 11.0])
    target = layer([(0, 0, 40, 11), (0, 11, 17, 40), (17, 11, 40, 40)])
    points = gpd.GeoDataFrame(
        {"w": rng.integers(1, 9, 300)}, geometry=gpd.points_from_xy(*rng.uniform(0, 40, (2, 300))), crs=27700
    )
    people_in = [layer.sjoin(points, predicate="contains").groupby(level=0)["w"].sum() for layer in (source, target)]
    rates = interpolate_rates(source, target, of="rate", weights=points, weight_column="w")["rate"]
    assert (rates * people_in[1]).sum() == pytest.approx((source["rate"] * people_in[0]).sum())


def test_coverage_by_another_layer():
    areas = layer([(0, 0, 10, 10), (10, 0, 20, 10), (30, 0, 40, 10)])
    with recording() as notes:
        share = area_coverage(areas, by=layer([(0, 0, 15, 10)]))
    assert share.to_list() == [1.0, 0.5, 0.0]
    assert notes[-1].facts == {"areas": 3, "uncovered": 1, "partly": 1}


@pytest.mark.real_data
def test_a_real_invalid_outline_is_refused_until_it_is_repaired(real_data):
    path = real_data / "ew_humaniverse" / "converted" / "boundaries_lsoa11.gpkg"
    raw = gpd.read_file(path)
    raw = raw[raw["lsoa11_name"].str.startswith("North East Derbyshire")].to_crs(27700)
    plain = raw.set_index("lsoa11_code").assign(n=10)
    assert (~plain.is_valid).sum() == 1
    with pytest.raises(InputError, match=r"1 of 63 geometries .*read_areas"):
        interpolate_counts(plain, plain)
    repaired = quietly(read_areas, raw, code="lsoa11_code").assign(n=10)
    onto_itself = interpolate_counts(repaired, repaired)
    assert onto_itself["n"].sum() == pytest.approx(630)
    assert onto_itself["coverage"].min() > 0.999


@pytest.mark.real_data
def test_population_of_generalised_areas_is_conserved_over_real_gaps(real_data):
    folder = real_data / "ew_humaniverse" / "converted"
    table = folder / "population20_lsoa11.csv.gz"
    raw = gpd.read_file(folder / "boundaries_lsoa11.gpkg")
    surrey = pd.read_csv(folder / "lookup_lsoa11_ltla21.csv.gz").query("ltla21_code.str.startswith('E0700020')")
    raw = raw[raw["lsoa11_code"].isin(surrey["lsoa11_code"])]
    old = read_areas(raw, code="lsoa11_code", population=(table, "lsoa11_code", "total_population"))
    wards = gpd.read_file(folder / "boundaries_lsoa21.gpkg", mask=raw)
    new = read_areas(wards, code="lsoa21_code")
    with recording() as notes:
        result = quietly(interpolate_counts, old, new, of="population")
    facts = notes[0].facts
    assert facts["given"] + facts["withheld"] + facts["outside"] == pytest.approx(old["population"].sum(), rel=1e-9)
    # the two vintages are generalised by themselves, so that a little lies between the areas
    assert 0 < facts["outside"] < 0.01 * facts["read"]
    same = result.index.intersection(old.index)
    # an area with the same code has nearly the same people: the error of generalised outlines
    difference = (result.loc[same, "population"] / old.loc[same, "population"] - 1).abs()
    assert difference.median() < 0.01
