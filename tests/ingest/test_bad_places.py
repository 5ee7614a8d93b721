"""Bad places: entries 59 to 70 of the bad-input catalogue, each with its required outcome, and what any input keeps."""

from __future__ import annotations

from contextlib import suppress

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from shapely import Point, box

import hotspot as hs
from hotspot.errors import CRSError, HotspotError, HotspotWarning, InputError
from hotspot.schema import LOCATION_LEVELS

RNG = np.random.default_rng(4)
DEGREES = {"longitude": "lon", "latitude": "lat"}
METRES = {"easting": "lon", "northing": "lat"}
NO_RADIUS = {"none", "home", "hospital", "ambiguous"}


def mapping(columns=DEGREES, place=None, **more):
    tables = {"name": "fire", "label": "Synthetic", "health": False, "columns": {"occurred_from": "when", **columns}}
    return tables | {"category": {"value": "other"}, "place": place or {}} | more


def table(x, y, **more):
    return pd.DataFrame({"when": "2023-05-06 10:00", "lon": x, "lat": y, **more})


def read(frame, source, **options):
    with hs.recording() as notes:
        found = hs.read_incidents(frame, source=source, **options)
    facts = next(n.facts for n in notes if n.step == "read_incidents")
    assert facts["read"] == facts["kept"] + sum(facts.get("rejected", {}).values())
    assert facts["kept"] == len(found) == facts["located"] + facts["unlocatable"]
    no_radius = found["uncertainty_m"].isna()
    assert (no_radius == (found.geometry.isna() & found["area_code"].isna())).all()
    assert set(found["location_level"]) <= set(LOCATION_LEVELS)
    assert set(found["location_level"][no_radius]) <= NO_RADIUS
    return found, facts.get("positions", {})


def cardiff(n=60):
    """Longitudes and latitudes of a city, with six decimals."""
    return np.round(RNG.normal(-3.18, 0.03, n), 6), np.round(RNG.normal(51.48, 0.02, n), 6)


def london(n=60):
    """Eastings and northings of a city, to the metre."""
    return RNG.integers(520_000, 545_000, n).astype(float), RNG.integers(170_000, 190_000, n).astype(float)


# 59


@pytest.mark.parametrize(
    ("columns", "place", "message"),
    [(DEGREES, cardiff, "only when swapped"), (METRES, london, "at sea, and on land only when swapped")],
)
def test_59_swapped_columns_are_refused_never_swapped_silently(columns, place, message):
    x, y = place()
    with pytest.raises(InputError, match=message):
        read(table(y, x), mapping(columns))


@pytest.mark.parametrize("share", [0.02, 0.2, 0.8])
def test_59_rows_with_swapped_degrees_have_no_point_and_are_counted(share):
    x, y = cardiff(100)
    some = np.arange(100) < 100 * share
    with pytest.warns(HotspotWarning, match=r"of 100 rows have columns 'lon' and 'lat' swapped.*kept without a point"):
        found, facts = read(table(np.where(some, y, x), np.where(some, x, y)), mapping())
    assert facts["swapped_axes"] == some.sum()
    assert found.geometry.isna().tolist() == some.tolist()
    assert (found["location_level"][some] == "none").all()
    assert found.geometry[~some].x.between(300_000, 340_000).all()


def test_59_a_single_swapped_row_among_three_is_found():
    with pytest.warns(HotspotWarning, match="1 of 3 rows"):
        found, facts = read(table([-3.18123, -3.17456, 51.48321], [51.48123, 51.47456, -3.18321]), mapping())
    assert facts["swapped_axes"] == 1
    assert found.geometry.notna().tolist() == [True, True, False]


@pytest.mark.parametrize(
    ("columns", "place", "crs", "middle"),
    [
        (METRES, {}, None, (530_000, 180_000)),
        (METRES, {"crs": 32616}, None, (230_000, 3_890_000)),
        (DEGREES, {}, None, (-122.33, 47.61)),
        (DEGREES, {}, None, (10.0, 50.0)),
    ],
)
def test_59_swapped_rows_are_found_wherever_the_others_lie(columns, place, crs, middle):
    spread = 8_000 if columns is METRES else 0.05
    x, y = (np.round(RNG.normal(m, spread, 80), 5) for m in middle)
    some = np.arange(80) >= 72
    with pytest.warns(HotspotWarning, match="8 of 80 rows"):
        found, facts = read(table(np.where(some, y, x), np.where(some, x, y)), mapping(columns, place), crs=crs)
    assert facts["swapped_axes"] == 8
    assert "far_away" not in facts
    assert found.geometry.isna().tolist() == some.tolist()


def test_59_so_many_swapped_metres_that_nobody_can_tell_are_refused():
    x, y = london(100)
    some = np.arange(100) < 45
    with pytest.raises(InputError, match="Nobody can tell which of them are right"):
        read(table(np.where(some, y, x), np.where(some, x, y)), mapping(METRES))


def test_59_a_swapped_row_still_has_its_area_and_its_radius():
    x, y = cardiff(30)
    x[0], y[0] = y[0], x[0]
    with pytest.warns(HotspotWarning, match="swapped"):
        found, _ = read(table(x, y, lsoa="W01001767"), mapping({**DEGREES, "area_code": "lsoa"}))
    assert found.iloc[0][["location_level", "uncertainty_m"]].tolist() == ["area", 3_000]


def test_59_a_country_wide_extract_has_no_swapped_and_no_far_rows():
    cities = np.array([[-0.1, 51.5], [-3.18, 51.48], [-2.24, 53.48], [-1.61, 54.97], [-4.25, 55.86], [-2.09, 57.15],
                       [-5.05, 50.26], [1.29, 52.63], [-3.55, 54.55]])  # fmt: skip
    at = cities[RNG.integers(0, len(cities), 500)] + np.round(RNG.normal(0, 0.02, (500, 2)), 6)
    found, facts = read(table(*at.T), mapping())
    assert found.geometry.notna().all()
    assert not {"swapped_axes", "far_away"} & set(facts)


# 60, 61, 63


def test_60_metres_in_columns_of_degrees_are_refused_and_the_other_way_round():
    with pytest.raises(InputError, match=r"look like easting and northing \(EPSG:27700\)"):
        read(table(*london()), mapping())
    with pytest.raises(InputError, match="look like degrees"):
        read(table(*cardiff()), mapping(METRES))


@pytest.mark.parametrize(("columns", "place"), [(DEGREES, cardiff), (METRES, london)])
def test_61_null_island_is_kept_without_a_point_and_counted(columns, place):
    x, y = place()
    x[:3], y[:3] = 0, 0
    found, facts = read(table(x, y), mapping(columns))
    assert facts["null_island"] == 3
    assert found.geometry.isna().sum() == 3
    assert (found["location_level"].iloc[:3] == "none").all()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(("columns", "place"), [(DEGREES, cardiff), (METRES, london)])
def test_63_a_position_that_is_no_number_is_kept_without_a_point(columns, place, value):
    x, y = place()
    x[5] = value
    found, facts = read(table(x, y), mapping(columns))
    assert found.geometry.isna().tolist() == (np.arange(60) == 5).tolist()
    assert facts.get("infinite", 0) == int(np.isinf(value))


# 62, 66


def test_62_far_away_rows_keep_their_point_are_warned_of_and_count_as_outside():
    x, y = cardiff(60)
    x[:2], y[:2] = [-0.1278, -1.6178], [51.5074, 54.9783]
    with pytest.warns(HotspotWarning, match="2 of 60 rows lie far from all others.*count as outside"):
        found, facts = read(table(x, y), mapping())
    assert facts["far_away"] == 2
    assert found.geometry.notna().all()
    middle = found.geometry.iloc[30]
    areas = gpd.GeoDataFrame(index=["A"], geometry=[middle.buffer(40_000)], crs=found.crs)
    with hs.recording() as notes:
        counts = hs.count_incidents(found, areas)
    assert counts["n_fire"].tolist() == [58]
    assert next(n.facts for n in notes if n.step == "count_incidents")["outside"] == 2


def test_62_one_far_row_in_thousands_is_counted_without_a_warning():
    x, y = cardiff(2_000)
    x[0], y[0] = -0.1278, 51.5074
    _, facts = read(table(x, y), mapping())
    assert facts["far_away"] == 1


def test_62_a_row_on_another_continent_is_far_away_however_wide_the_others_lie():
    at = np.column_stack([RNG.uniform(-5, 1.5, 300), RNG.uniform(50.2, 58, 300)]).round(6)
    at[0] = [2.3522, 48.8566]
    with pytest.warns(HotspotWarning, match="1 of 300 rows lie far"):
        _, facts = read(table(*at.T), mapping())
    assert facts["far_away"] == 1


def test_66_a_lost_sign_of_the_longitude_is_named():
    x, y = cardiff(60)
    x[:6] *= -1
    with pytest.warns(HotspotWarning, match="6 of them only because the sign of the longitude is lost"):
        _, facts = read(table(x, y), mapping())
    assert (facts["far_away"], facts["longitude_sign_lost"]) == (6, 6)


# 64, 65


def test_64_areas_without_a_system_are_refused():
    found, _ = read(table(*cardiff()), mapping())
    areas = gpd.GeoDataFrame(index=["A"], geometry=[box(0, 0, 700_000, 1_300_000)])
    with pytest.raises(CRSError, match="no coordinate reference system"):
        hs.count_incidents(found, areas)


def test_65_a_gazetteer_in_another_system_is_projected_and_areas_in_another_are_refused():
    places = gpd.GeoDataFrame(
        {"name": ["CF10 1AA"], "kind": ["postcode"]}, geometry=[Point(318_284, 176_230)], crs=27700
    )
    source = mapping({"postcode": "pc"})
    frame = pd.DataFrame({"when": ["2023-05-06"], "pc": ["CF10 1AA"]})
    found, _ = read(frame, source, gazetteer=places.to_crs(32630), crs=27700)
    assert found.geometry.iloc[0].distance(Point(318_284, 176_230)) < 0.01
    areas = gpd.GeoDataFrame(index=["A"], geometry=[box(0, 0, 700_000, 1_300_000)], crs=32630)
    with pytest.raises(CRSError, match="uses"):
        hs.count_incidents(found, areas)


# 67


def test_67_two_decimals_are_a_square_of_a_kilometre_and_a_finer_bandwidth_is_warned_of():
    x, y = cardiff(80)
    with pytest.warns(HotspotWarning, match="rounded to 0.01 degrees: every point stands for a square of about 0.9 km"):
        found, facts = read(table(x.round(2), y.round(2)), mapping())
    assert facts["rounded_to"] == {"columns 'lon' and 'lat'": "0.01 degrees"}
    assert set(found["location_level"]) == {"sector"}
    assert found["uncertainty_m"].unique() == pytest.approx([653], abs=3)
    within = gpd.GeoDataFrame(geometry=[found.geometry.union_all().envelope.buffer(2_000)], crs=found.crs)
    with pytest.warns(HotspotWarning, match="below the median positional uncertainty"):
        hs.kernel_density(found, bandwidth=400, cell_size=200, within=within)


@pytest.mark.parametrize(
    ("step", "offset", "level", "radius"),
    [
        (1, 0, "point", 50),
        (10, 5, "point", 50),
        (100, 50, "street", 70.7),
        (100, 0, "street", 70.7),
        (1_000, 500, "sector", 707),
        (10_000, 0, "locality", 7_071),
    ],
)
def test_67_metres_rounded_to_a_grid_have_the_radius_of_its_squares(step, offset, level, radius):
    x, y = (
        RNG.integers(low // step, high // step, 90) * float(step) + offset for low, high in [(4e5, 5e5), (2e5, 3e5)]
    )
    if step >= 1_000:
        with pytest.warns(HotspotWarning, match="rounded to"):
            found, _ = read(table(x, y), mapping(METRES))
    else:
        found, _ = read(table(x, y), mapping(METRES))
    assert set(found["location_level"]) == {level}
    assert found["uncertainty_m"].to_numpy() == pytest.approx(np.full(90, radius), rel=0.001)


def test_67_columns_that_name_squares_of_100_km_only_are_no_places():
    x, y = RNG.integers(0, 7, 60) * 100_000.0, RNG.integers(1, 13, 60) * 100_000.0
    with pytest.warns(HotspotWarning, match="rounded to 100000 m"):
        found, facts = read(table(x, y), mapping(METRES))
    assert facts["too_coarse"] == 60
    assert set(found["location_level"]) == {"none"}


def test_67_few_or_heaped_places_prove_no_rounding():
    found, facts = read(table([-3.2, -3.1] * 40, [51.4, 51.5] * 40), mapping(place={"level": "street"}))
    assert "rounded_to" not in facts
    assert set(found["location_level"]) == {"street"}
    assert set(found["uncertainty_m"]) == {150}


@pytest.mark.parametrize(
    ("columns", "middle", "size"), [(DEGREES, (-3.18, 51.48), 1e-6), (METRES, (318_500, 176_500), 1)]
)
def test_67_places_close_together_are_not_rounded_to_a_wide_grid(columns, middle, size):
    steps = np.arange(40) * size
    found, facts = read(table(middle[0] + steps, middle[1] - steps), mapping(columns))
    assert "rounded_to" not in facts
    assert set(found["uncertainty_m"]) == {50}


def test_a_radius_is_taken_from_the_column_then_the_source_then_the_level():
    x, y = cardiff(12)
    given = {**DEGREES, "uncertainty_m": "radius"}
    frame = table(x, y, radius=["30", "", "0", "-5", *["200"] * 8])
    found, _ = read(frame, mapping(given, {"uncertainty_m": 80}))
    assert found["uncertainty_m"].tolist() == [30, 80, 80, 80, *[200] * 8]
    found, _ = read(frame, mapping(given, {"level": "venue"}))
    assert found["uncertainty_m"].tolist()[:4] == [30, 25, 25, 25]


def test_a_source_that_claims_more_than_its_rounded_columns_show_is_not_believed():
    x, y = (RNG.integers(4_000, 4_900, 40) * 100.0 for _ in range(2))
    found, _ = read(table(x, y), mapping(METRES, {"uncertainty_m": 20}))
    assert found["uncertainty_m"].to_numpy() == pytest.approx(np.full(40, 70.7), rel=0.001)


def test_letters_only_are_no_place_and_a_reference_has_the_level_of_its_square():
    squares = ["TQ", "TQ 38", "TQ 3080", "TQ 300 804", "TQ 3000 8040"]
    frame = pd.DataFrame({"when": "2023-05-06", "square": squares})
    found, facts = read(frame, mapping({"grid_reference": "square"}))
    assert found["location_level"].tolist() == ["none", "locality", "sector", "street", "point"]
    assert found["uncertainty_m"].round(1).tolist()[1:] == [7_071.1, 707.1, 70.7, 7.1]
    assert facts["too_coarse"] == 1
    street, _ = read(frame, mapping({"grid_reference": "square"}, {"level": "street"}))
    assert street["location_level"].tolist()[-1] == "street"


@pytest.mark.parametrize(
    ("code", "radius"),
    [("E01000001", 1_700), (" w01001767 ", 3_000), ("E05000001", 4_100), ("E09000001", 5_200), ("95AA01S1", 3_000)],
)
def test_an_area_code_alone_has_the_radius_of_its_kind(code, radius):
    found, facts = read(pd.DataFrame({"when": ["2023-05-06"], "code": [code]}), mapping({"area_code": "code"}))
    assert found.iloc[0][["location_level", "uncertainty_m"]].tolist() == ["area", radius]
    assert facts == {}
    found, facts = read(pd.DataFrame({"when": ["2023-05-06"], "code": ["Beat 7"]}), mapping({"area_code": "code"}))
    assert found["uncertainty_m"].tolist() == [32_000]
    assert facts["area_codes_of_unknown_kind"]["rows"] == 1


# 68


def test_68_the_projection_and_its_exactness_are_noted():
    _, facts = read(table(*cardiff()), mapping())
    assert (facts["projection"]["from"], facts["projection"]["to"]) == ("EPSG:4326", "EPSG:27700")
    assert "British National Grid" in facts["projection"]["operation"]
    assert 0 < facts["projection"]["accuracy_m"] <= 5
    _, facts = read(table(*london()), mapping(METRES))
    assert "projection" not in facts


def test_68_northern_ireland_is_not_great_britain():
    x, y = np.round(RNG.normal(-5.93, 0.04, 40), 6), np.round(RNG.normal(54.6, 0.02, 40), 6)
    found, _ = read(table(x, y), mapping())
    assert found.crs.to_epsg() == 2157
    east, north = RNG.integers(330_000, 338_000, 40), RNG.integers(370_000, 378_000, 40)
    irish, facts = read(table(east, north), mapping(METRES, {"crs": 29903}))
    assert irish.crs.to_epsg() == 2157
    assert facts["projection"]["accuracy_m"] <= 5
    assert found.geometry.union_all().centroid.distance(irish.geometry.union_all().centroid) < 10_000
    kintyre, _ = read(
        table(np.round(RNG.normal(-5.6, 0.005, 40), 6), np.round(RNG.normal(55.42, 0.005, 40), 6)), mapping()
    )
    assert kintyre.crs.to_epsg() == 27700


# 69


def test_69_a_place_that_holds_a_tenth_of_the_rows_is_warned_of_without_its_coordinates():
    x, y = cardiff(200)
    x[10:35], y[10:35] = -3.17654, 51.47654
    with pytest.warns(HotspotWarning, match=r"1 place\(s\) hold more than a tenth of the 200 located rows") as caught:
        found, facts = read(table(x, y), mapping())
    assert facts["heaped_places"] == [{"rows": 25, "percent": 12.5, "first": "DataFrame row 11"}]
    assert "51.47" not in str(caught[0].message)
    assert found.geometry.notna().all()


def test_69_the_hospital_itself_is_not_where_it_happened():
    x, y = cardiff(200)
    x[:40], y[:40] = -3.19, 51.507
    source = mapping({**DEGREES, "area_code": "lsoa"}, {"near": {"longitude": -3.19, "latitude": 51.5072}}, health=True)
    found, facts = read(table(x, y, lsoa="W01001767"), source)
    assert facts["at_hospital"] >= 40
    assert (found["location_level"].iloc[:40] == "hospital").all()
    assert found.geometry.iloc[:40].isna().all()
    assert found["area_code"].iloc[:40].isna().all()
    assert "heaped_places" not in facts


def test_69_a_text_that_names_the_place_wins_over_the_coordinates_of_the_hospital():
    places = hs.read_gazetteer(
        pd.DataFrame({"pub": ["The Black Lion"], "x": [318_500], "y": [176_500]}), name="pub", easting="x", northing="y"
    )
    source = mapping(
        {**DEGREES, "location_text": "text"}, {"near": {"longitude": -3.19, "latitude": 51.5072}}, health=True
    )
    frame = table([-3.19, -3.19], [51.507, 51.507], text=["outside Black Lion", ""])
    found, facts = read(frame, source, gazetteer=places)
    assert found["location_level"].tolist() == ["venue", "hospital"]
    assert facts["at_hospital"] == 2


# 70


def test_70_snapped_points_with_a_bandwidth_below_their_radius_are_warned_of():
    rows = 60
    x, y = cardiff(rows)
    frame = pd.DataFrame(
        {"Crime ID": [f"{i:064x}" for i in range(rows)], "Month": "2023-07", "Reported by": "South Wales Police",
         "Longitude": x, "Latitude": y, "LSOA code": "W01001767", "Crime type": "Robbery",
         "Last outcome category": "Under investigation"}
    )  # fmt: skip
    found = hs.read_incidents(frame, source="police_uk")
    assert set(found["uncertainty_m"]) == {150}
    within = gpd.GeoDataFrame(geometry=[found.geometry.union_all().envelope.buffer(2_000)], crs=found.crs)
    with pytest.warns(HotspotWarning, match="below the median positional uncertainty of 150 m"):
        hs.kernel_density(found, bandwidth=140, cell_size=50, within=within)


NUMBERS = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True, width=64),
    st.floats(-180, 180),
    st.sampled_from([0.0, -3.18, 51.48, 530_000.0, 180_000.0, 1e300, -1e300, 5e-324, 181.0, 90.0, -90.0]),
)
TEXTS = st.one_of(
    NUMBERS.map(str), st.sampled_from(["", "NA", "51,5", "5 1", "TQ 38", "1,234", "x"]), st.text(max_size=6)
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    places=st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=40),
    columns=st.sampled_from([DEGREES, METRES]),
    near=st.booleans(),
)
@example(places=[(1e300, 1e300)] * 12, columns=METRES, near=False)
@pytest.mark.filterwarnings("ignore::hotspot.errors.HotspotWarning")
def test_any_numbers_are_read_in_balance_or_refused(places, columns, near):
    x, y = zip(*places, strict=True)
    place = {"near": {"longitude": -3.18, "latitude": 51.48}} if near else {}
    with suppress(HotspotError):
        read(table(list(x), list(y)), mapping(columns, place), max_reject=1)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=st.lists(st.tuples(TEXTS, TEXTS, TEXTS, TEXTS, TEXTS), min_size=1, max_size=30), data=st.data())
@pytest.mark.filterwarnings("ignore::hotspot.errors.HotspotWarning")
def test_any_texts_are_read_in_balance_or_refused(rows, data):
    frame = pd.DataFrame(rows, columns=["lon", "lat", "square", "code", "radius"]).assign(when="2023-05-06")
    columns = data.draw(st.sampled_from([DEGREES, METRES, {}]))
    columns = columns | {"grid_reference": "square", "area_code": "code", "uncertainty_m": "radius"}
    with suppress(HotspotError):
        read(frame, mapping(columns), max_reject=1)
