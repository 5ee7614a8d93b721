"""A record is at one venue, between venues, or at none, and every one is accounted for."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.venues import RECORD
from reference.venues import venue_table as naive
from scipy.stats import spearmanr
from shapely import Point, Polygon, box

import hotspot as hs
from hotspot.datasets import make_city
from hotspot.errors import ComparabilityError, ConfigError, CRSError, HotspotWarning, InputError
from hotspot.places.venue_attribution import attribute
from hotspot.schema import declared

UNTIL = pd.Timestamp("2026-01-01")


def venues_at(*places, **columns):
    names = [f"Venue {number}" for number in range(len(places))]
    shapes = [place if hasattr(place, "geom_type") else Point(place) for place in places]
    index = [f"v{number}" for number in range(len(places))]
    return gpd.GeoDataFrame({"name": names} | columns, index=index, geometry=shapes, crs=27700)


def records(rows, **columns):
    """Make incidents from mappings like the twin's."""
    whole = [RECORD | {"source": "police"} | row for row in (rows.values() if isinstance(rows, dict) else rows)]
    frame = pd.DataFrame(
        {
            "source": [row["source"] for row in whole],
            "category": "assault",
            "setting": ["home" if row["home"] else "licensed" for row in whole],
            "location_level": [row["level"] for row in whole],
            "uncertainty_m": [float(row["u"]) for row in whole],
            "occurred_from": pd.to_datetime(
                [None if row["age"] is None else UNTIL - pd.Timedelta(days=row["age"], seconds=1) for row in whole]
            ).astype("datetime64[us]"),
            "weight": [float(row["weight"]) for row in whole],
        }
        | columns,
        index=pd.Index(list(rows) if isinstance(rows, dict) else [f"r{at:03}" for at in range(len(whole))]),
    )
    points = [None if row["x"] is None else Point(row["x"], row["y"]) for row in whole]
    return gpd.GeoDataFrame(frame, geometry=points, crs=27700)


def facts_of(*arguments, **options):
    with hs.recording() as notes:
        table = hs.venue_table(*arguments, **{"until": UNTIL} | options)
    return table, notes[-1].facts


def fates(facts, source="police"):
    return {why: number for why, number in facts["account"][source].items() if number}


def test_the_table_is_indexed_like_the_venues_and_every_column_is_declared():
    venues = venues_at((0, 0), (500, 0), seats=[100, 50], off=[0.0, 1.0])
    incidents = records([{"x": 3}, {"x": 500}, {"x": 501, "source": "ed"}], event_id=["a", "b", "b"])
    before = venues.copy(), incidents.copy()
    table = hs.venue_table(incidents, venues, until=UNTIL, capacity="seats", mitigation="off", thresholds=(1, 2))
    assert table.index.tolist() == ["v0", "v1"]
    assert table.index.name == "venue_id"
    assert not isinstance(table, gpd.GeoDataFrame)
    assert table.columns.tolist() == [
        "name", "light", "n", "n_ed", "n_police", "points", "points_ed", "points_police", "ambiguous", "capacity",
        "points_per_1000", "points_per_1000_ed", "points_per_1000_police", "mitigation", "points_net",
    ]  # fmt: skip
    assert all(declared(column) is not None for column in [*table.columns, table.index.name])
    pd.testing.assert_frame_equal(venues, before[0])
    pd.testing.assert_frame_equal(incidents, before[1])


def test_a_record_belongs_to_the_nearest_venue_within_reach():
    table, facts = facts_of(records([{"x": 30}, {"x": 31}, {"x": 1990}]), venues_at((0, 0), (2000, 0)))
    assert table["n"].tolist() == [1, 1]
    assert fates(facts) == {"tied": 2, "too far": 1}


def test_a_record_that_may_be_of_two_venues_is_counted_for_neither():
    venues = venues_at((0, 0), (40, 0), (70, 0))
    # Of 10 m: at the first. Of 40 m: the second may be meant. Half-way between two: nobody can say.
    table, facts = facts_of(records([{"u": 10}, {"u": 39}, {"u": 40}, {"x": 55, "u": 1}]), venues)
    assert table["n"].tolist() == [2, 0, 0]
    assert table["ambiguous"].tolist() == [1, 2, 1]
    assert fates(facts) == {"tied": 2, "ambiguous": 2}


def test_a_record_found_by_the_venues_name_is_its_own_whoever_is_next_door():
    venues = venues_at((0, 0), (8, 0), (500, 0), (500, 0))
    rows = [{"x": 0.4, "level": "venue"}, {"x": 0.4}, {"x": 500, "level": "venue"}]
    with pytest.warns(HotspotWarning, match="more records of police lie between venues than at one"):
        table, _ = facts_of(records(rows), venues)
    assert table["n"].tolist() == [1, 0, 0, 0]
    # Two premises at one address: even the name's place is that of both.
    assert table["ambiguous"].tolist() == [1, 1, 1, 1]


def test_inside_an_outline_is_at_the_venue_and_reach_counts_from_its_edge():
    venues = venues_at(box(0, 0, 200, 200), (300, 100))
    table, facts = facts_of(records([{"x": 100, "y": 100}, {"x": 229, "y": 100, "u": 20}, {"x": 240, "y": 50}]), venues)
    assert table["n"].tolist() == [2, 0]
    assert fates(facts) == {"tied": 2, "too far": 1}


def test_what_is_coarser_than_a_point_is_never_tied_however_near():
    rows = [{"level": "street", "u": 1}, {"level": "postcode", "u": 10}, {"u": 51}, {"u": float("nan")}, {"u": 50}]
    table, facts = facts_of(records(rows), venues_at((0, 0)), max_uncertainty=50)
    assert table["n"].tolist() == [2]  # the radius of a point is 50 m where none is stated
    assert fates(facts) == {"tied": 2, "too imprecise": 3}


def test_anonymised_police_points_are_refused_with_the_reason_and_the_count():
    public = records([{"level": "street", "u": 150}] * 7)
    with pytest.raises(InputError, match=r"none of 7 records can be tied to a venue \(too imprecise: 7\).*anonymised"):
        hs.venue_table(public, venues_at((0, 0)), until=UNTIL)


def test_a_source_that_cannot_be_tied_is_missing_never_nought():
    both = records([{"level": "street", "u": 150}] * 7 + [{"source": "ed", "x": 900}])
    with pytest.warns(HotspotWarning, match="no record of police is exact enough"):
        table = hs.venue_table(both, venues_at((0, 0)), until=UNTIL)
    assert table["n_police"].isna().all()
    assert table["points_police"].isna().all()
    assert table["n_ed"].tolist() == [0]


@pytest.mark.parametrize(
    "private", [{"setting": "home"}, {"location_level": "home"}, {"domestic": True}, {"category": "sexual"}]
)
def test_homes_domestic_and_sexual_violence_are_of_no_venue(private):
    incidents = records([{}, {}]).assign(domestic=False)
    for column, value in private.items():
        incidents.loc["r000", column] = value
    table, facts = facts_of(incidents, venues_at((0, 0)))
    assert table["n"].tolist() == [1]
    assert fates(facts) == {"tied": 1, "home, domestic or sexual": 1}
    linked = incidents.assign(event_id="one")
    with pytest.raises(InputError, match="home, domestic or sexual: 2"):
        hs.venue_table(linked, venues_at((0, 0)), until=UNTIL)


def test_an_event_of_several_sources_counts_once_at_its_best_placed_record():
    rows = [{"u": 20}, {"x": 500, "u": 5, "source": "ed"}, {"x": 500, "u": 40, "source": "ambulance"}, {"u": 20}]
    incidents = records(rows, event_id=["a", "a", "a", None]).assign(weight=[9.0, 2.0, 4.0, 1.0])
    table, facts = facts_of(incidents, venues_at((0, 0), (500, 0)), weights="weight")
    assert table["n"].tolist() == [1, 1]
    assert table["points"].tolist() == [1, 4]
    assert table[["n_ambulance", "n_ed", "n_police"]].to_numpy().tolist() == [[0, 0, 2], [1, 1, 0]]
    assert facts["events_at_two_venues"] == 1


def test_sources_that_nobody_linked_stand_side_by_side_without_a_sum():
    both = records([{}, {"source": "ed"}])
    table = hs.venue_table(both, venues_at((0, 0), seats=[200]), until=UNTIL, capacity="seats")
    assert "n" not in table
    assert "points" not in table
    assert table[["n_ed", "n_police", "points_per_1000_ed"]].to_numpy().tolist() == [[1, 1, 5.0]]
    with pytest.raises(ComparabilityError, match="Call link_events first"):
        hs.venue_table(both, venues_at((0, 0)), until=UNTIL, thresholds=(1, 2))


def at(*times, **columns):
    return records([{}] * len(times)).assign(occurred_from=pd.to_datetime(list(times)), **columns)


@pytest.mark.parametrize(("age", "weight"), [(0, 1.0), (90, 0.5), (180, 0.25), (900, 2.0**-10)])
def test_a_record_weighs_half_one_half_life_ago_exactly(age, weight):
    moment = UNTIL - pd.Timedelta(days=age) - pd.Timedelta("1us")
    incidents = at(moment, occurred_to=[moment + pd.Timedelta("2us")])
    table = hs.venue_table(incidents, venues_at((0, 0)), until=UNTIL, half_life="90D")
    assert table["points"].tolist() == [pytest.approx(weight, rel=1e-12)]
    if age:
        assert table["points"].iloc[0] == weight
    assert hs.venue_table(incidents, venues_at((0, 0)), until=UNTIL)["points"].tolist() == [1.0]


def test_what_is_known_to_the_month_counts_from_the_middle_of_the_month():
    incidents = at("2025-11-01", time_precision="month")
    table, facts = facts_of(incidents, venues_at((0, 0)), half_life="46D")
    assert table["points"].iloc[0] == 0.5  # 15 days of November and 31 of December
    assert facts["known_to_the_month_only"] == 1
    stated = incidents.assign(occurred_to=pd.Timestamp("2025-12-01"))
    assert hs.venue_table(stated, venues_at((0, 0)), until=UNTIL, half_life="46D").equals(table)
    # Cut at the end of the period: the middle of the part that lies before it.
    early = hs.venue_table(stated, venues_at((0, 0)), until="2025-11-05", half_life="2D")
    assert early["points"].iloc[0] == 0.5


def test_arrival_stands_in_for_a_missing_time_and_no_time_is_left_out():
    incidents = at(None, None).assign(arrived_at=pd.to_datetime(["2025-12-02", None]))
    table, facts = facts_of(incidents, venues_at((0, 0)), half_life="30D")
    assert table["points"].iloc[0] == 0.5
    assert facts["time_from"] == {"occurred": 0, "arrived": 1, "received": 0}
    assert fates(facts) == {"tied": 1, "no time": 1}


def test_records_after_the_period_are_refused():
    with pytest.raises(InputError, match=r"1 row\(s\) begin at or after until=2026-01-01 00:00 \(first: row 1\)"):
        hs.venue_table(at("2025-12-31", "2026-01-01"), venues_at((0, 0)), until="2026-01-01")


def test_weights_come_from_a_column_or_by_category():
    incidents = records([{"weight": 3}, {"weight": 0.5}])
    incidents["category"] = ["robbery", "Assault"]
    venues = venues_at((0, 0))
    assert hs.venue_table(incidents, venues, until=UNTIL, weights="weight")["points"].tolist() == [3.5]
    by_category = hs.venue_table(incidents, venues, until=UNTIL, weights={"robbery": 8, "assault": 5, "drugs": 1})
    assert by_category["points"].tolist() == [13]
    with pytest.raises(ConfigError, match=r"1 categories of records at venues have no points \(robbery\)"):
        hs.venue_table(incidents, venues, until=UNTIL, weights={"assault": 5})
    incidents.loc["r001", "weight"] = np.nan
    with pytest.raises(InputError, match=r"1 of 2 records at venues .*first: row 1\)"):
        hs.venue_table(incidents, venues, until=UNTIL, weights="weight")


def test_no_capacity_is_no_rate_never_nought():
    venues = venues_at((0, 0), (500, 0), (900, 0), seats=[250, 0, np.nan])
    table = hs.venue_table(records([{}, {"x": 500}, {"x": 900}]), venues, until=UNTIL, capacity="seats")
    assert table["points_per_1000"].fillna(-1).tolist() == [4, -1, -1]
    with pytest.raises(InputError, match=r"capacity: column 'seats' has 1 value\(s\) that are infinite or negative"):
        hs.venue_table(records([{}]), venues.assign(seats=[1, -1, 2]), until=UNTIL, capacity="seats")


def test_lights_are_the_users_and_begin_at_the_threshold():
    venues = venues_at((0, 0), (500, 0), (900, 0), off=[0, 0, 2.0])
    rows = [{"weight": 1.9}, {"x": 500, "weight": 2}, {"x": 900, "weight": 5}]
    options = {"weights": "weight", "thresholds": (2, 5)}
    table = hs.venue_table(records(rows), venues, until=UNTIL, **options)
    assert table["light"].tolist() == ["green", "amber", "red"]
    less = hs.venue_table(records(rows), venues, until=UNTIL, mitigation="off", **options)
    assert less["points_net"].tolist() == [1.9, 2, 3]
    assert less["light"].tolist() == ["green", "amber", "amber"]
    assert "light" not in hs.venue_table(records(rows), venues, until=UNTIL)
    with pytest.raises(InputError, match="Write 0 where nothing is taken off"):
        hs.venue_table(records(rows), venues.assign(off=[0, np.nan, 2]), until=UNTIL, mitigation="off")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"until": "soon"}, "until: 'soon' is not a date"),
        ({"until": pd.Timestamp("2026-01-01", tz="UTC")}, "without a time zone"),
        ({"half_life": 90}, "half_life: 90 has no unit"),
        ({"half_life": "0D"}, "must be above 0"),
        ({"within": 0}, "within: 0 must be a number above 0"),
        ({"max_uncertainty": -1}, "max_uncertainty: -1"),
        ({"thresholds": (5, 5)}, r"amber \(5\) must lie below red \(5\)"),
        ({"thresholds": (5,)}, "must be two numbers"),
        ({"weights": 3}, "int is no rule"),
    ],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(ConfigError, match=message):
        hs.venue_table(records([{}]), venues_at((0, 0)), **{"until": UNTIL} | options)


def test_bad_venues_and_records_are_named_with_count_and_row():
    good, here = records([{}]), venues_at((0, 0), (9, 9))
    for venues, message in (
        (here.assign(name=["A", " "]), r"1 row\(s\) have no name \(first: row 1\)"),
        (here.set_geometry([Point(0, 0), None], crs=27700), r"1 row\(s\) have no place \(first: row 1\)"),
        (here.set_geometry([Point(0, 0).buffer(9).exterior, Point(1, 1)], crs=27700), "neither points nor polygons"),
        (venues_at((0, 0), Polygon([(0, 0), (9, 9), (9, 0), (0, 9)])), "invalid outline"),
        (here.assign(kind="street"), r"none of 2 row\(s\) is a venue"),
        (here.set_axis(["v", "v"]), "stand more than once"),
    ):
        with pytest.raises(InputError, match=message):
            hs.venue_table(good, venues, until=UNTIL)
    with pytest.raises(CRSError, match="Read both with the same crs"):
        hs.venue_table(good, here.to_crs(3857), until=UNTIL)
    with pytest.raises(InputError, match="neither 'uncertainty_m' nor 'location_level'"):
        hs.venue_table(good.drop(columns=["uncertainty_m", "location_level"]), here, until=UNTIL)
    with pytest.raises(InputError, match=r"below 0 \(first: row 0\)"):
        hs.venue_table(good.assign(uncertainty_m=-1.0), here, until=UNTIL)
    with pytest.raises(InputError, match="no finite point"):
        hs.venue_table(good.set_geometry([box(0, 0, 1, 1)], crs=27700), here, until=UNTIL)
    with pytest.raises(InputError, match="there are none"):
        hs.venue_table(good.iloc[:0], here, until=UNTIL)
    with pytest.raises(InputError, match="not of the vocabulary"):
        hs.venue_table(good.assign(category="rape"), here, until=UNTIL)


_RECORD = st.fixed_dictionaries(
    {
        "source": st.sampled_from(["police", "ed", "ambulance"]),
        "x": st.one_of(st.none(), st.integers(0, 120)),
        "y": st.integers(0, 120),
        "u": st.sampled_from([1, 5, 10, 25, 50, 75]),
        "level": st.sampled_from(["point", "point", "venue", "street"]),
        "home": st.sampled_from([False] * 5 + [True]),
        "age": st.one_of(st.none(), st.integers(0, 700)),
        "event": st.sampled_from([None, "a", "b", "c", "d"]),
        "weight": st.integers(0, 9),
    }
)


@pytest.mark.filterwarnings("ignore::hotspot.errors.HotspotWarning")
@settings(max_examples=150, deadline=None)
@given(
    st.lists(_RECORD, min_size=1, max_size=25),
    st.lists(st.tuples(st.integers(0, 120), st.integers(0, 120)), min_size=1, max_size=8),
    st.permutations(range(25)),
)
def test_table_and_twin_agree_in_any_order_and_every_record_is_accounted_for(rows, places, order):
    named = {f"r{at:02}": row for at, row in enumerate(rows)}
    expected, by_venue = naive(named, places, half_life=90, within=30, max_uncertainty=50)
    incidents = records(named, event_id=[row["event"] for row in rows])
    midnight = [None if row["age"] is None else UNTIL - pd.Timedelta(days=row["age"], microseconds=2) for row in rows]
    incidents["occurred_from"] = pd.to_datetime(midnight).astype("datetime64[us]")
    options = {"half_life": "90D", "weights": "weight"}
    if not {"tied", "too far", "ambiguous"} & set(expected.values()):
        with pytest.raises(InputError, match="can be tied to a venue"):
            hs.venue_table(incidents, venues_at(*places), until=UNTIL, **options)
        return
    table, facts = facts_of(incidents, venues_at(*places), **options)
    counted = {why: sum(own[why] for own in facts["account"].values()) for why in facts["account"][rows[0]["source"]]}
    assert sum(counted.values()) == len(rows)
    assert {why: number for why, number in counted.items() if number} == pd.Series(expected).value_counts().to_dict()
    for column in table.columns.drop("name"):
        if table[column].notna().all():
            twin = [row[column] for row in by_venue]
            assert table[column].tolist() == pytest.approx(twin, rel=1e-9), column
    shuffled = incidents.iloc[[at for at in order if at < len(rows)]]
    assert hs.venue_table(shuffled, venues_at(*places), until=UNTIL, **options).equals(table)
    turned = venues_at(*places).iloc[::-1]
    assert hs.venue_table(incidents, turned, until=UNTIL, **options).iloc[::-1].equals(table)


def test_sums_are_the_same_to_the_last_bit_in_any_order():
    rng = np.random.default_rng(1)
    incidents = records([{"weight": weight} for weight in rng.lognormal(0, 3, 500)])
    options = {"until": UNTIL, "half_life": "33D", "weights": "weight"}
    table = hs.venue_table(incidents, venues_at((0, 0)), **options)
    for _ in range(5):
        shuffled = incidents.iloc[rng.permutation(500)]
        assert hs.venue_table(shuffled, venues_at((0, 0)), **options).equals(table)


@pytest.fixture(scope="module")
def city():
    """Give the truth of what happened in licensed premises, as two agencies that know it to 10 m would send it."""
    made = make_city(seed=1)
    truth = made.truth[made.truth["setting"] == "licensed"]
    gazetteer = hs.read_gazetteer(
        made.gazetteer, name="name", longitude="longitude", latitude="latitude", kind="kind", crs=27700
    )
    rng = np.random.default_rng(3)
    parts = []
    for source in ("police", "ed"):
        own = truth[truth[f"{source}_row"].notna()]
        x, y = (axis + rng.normal(0, 4, len(own)) for axis in (own.geometry.x, own.geometry.y))
        columns = {
            "source": source, "category": "assault", "uncertainty_m": 10.0, "event_id": own["event_id"].to_numpy(),
            "place": own["place"].to_numpy(), "occurred_from": pd.to_datetime(own["occurred"]).to_numpy(),
        }  # fmt: skip
        index = [f"{source}-{row:06d}" for row in own[f"{source}_row"]]
        parts.append(gpd.GeoDataFrame(columns, index=index, geometry=gpd.points_from_xy(x, y), crs=truth.crs))
    return hs.combine(parts), gazetteer


def test_the_venues_that_are_worst_in_truth_are_worst_in_the_table(city):
    incidents, gazetteer = city
    table, facts = facts_of(incidents, gazetteer, half_life=None)
    assert facts["rows_of_other_kinds"] == int((gazetteer["kind"] != "venue").sum())
    truth = incidents.drop_duplicates("event_id")["place"].value_counts().reindex(table["name"]).fillna(0)
    assert spearmanr(truth, table["n"])[0] > 0.99
    counted = table.set_index("name")["n"]
    assert len(set(truth.nlargest(10).index) & set(counted.nlargest(10).index)) >= 9
    assert 0.98 * truth.sum() < table["n"].sum() <= truth.sum()


@pytest.mark.parametrize("metres", [10, 25, 50])
def test_who_is_tied_is_tied_rightly_however_vague_the_points(city, metres):
    incidents, gazetteer = city
    rng = np.random.default_rng(metres)
    moved = incidents.geometry.translate(0, 0).to_numpy()
    turn, away = rng.uniform(0, 2 * np.pi, len(moved)), metres * np.sqrt(rng.random(len(moved)))
    shapes = gpd.points_from_xy([p.x for p in moved] + away * np.cos(turn), [p.y for p in moved] + away * np.sin(turn))
    vague = incidents.assign(uncertainty_m=float(metres)).set_geometry(shapes, crs=27700)
    venues = gazetteer[gazetteer["kind"] == "venue"]
    found = attribute(vague, venues, np.ones(len(vague), dtype=bool), within=30, max_uncertainty=50)
    right = venues["name"].to_numpy()[found.venue] == vague["place"].to_numpy()[found.row]
    assert len(found.row) > 200
    assert right.mean() > 0.97


LONDON = "gazetteer_pubs_uk/open_pubs_london/open_pubs_camden.csv"


@pytest.fixture
def pubs(real_data):
    return hs.read_gazetteer(real_data / LONDON, name="name", longitude="long", latitude="lat", crs=27700)


@pytest.mark.real_data
def test_public_police_points_near_real_pubs_are_tied_to_none(real_data, pubs):
    raw = pd.read_parquet(real_data / "police_uk_london_api/london_wards_crimes_2017.parquet")
    raw = raw[raw["category"] == "violent-crime"]
    points = gpd.points_from_xy(raw["longitude"].astype(float), raw["latitude"].astype(float), crs=4326)
    public = gpd.GeoDataFrame(
        {"source": "police", "location_level": "street", "uncertainty_m": 150.0,
         "category": "violence_and_sexual_offences", "occurred_from": pd.to_datetime(raw["month"]).to_numpy()},
        geometry=points.to_crs(27700),
    ).reset_index(drop=True)  # fmt: skip
    with pytest.raises(InputError, match=rf"none of {len(public):,} records .*too imprecise: {len(public):,}"):
        hs.venue_table(public, pubs, until="2018-01-01")


@pytest.mark.real_data
def test_real_dwelling_fires_are_homes_and_of_no_pub(real_data, pubs):
    fires = pd.read_csv(real_data / "london_lfb_dwelling_fires/fires.csv.gz").dropna(subset="easting_rounded")
    homes = gpd.GeoDataFrame(
        {"source": "fire", "setting": "home", "uncertainty_m": 36.0, "category": "other",
         "occurred_from": pd.to_datetime(fires["date"]).to_numpy()},
        geometry=gpd.points_from_xy(fires["easting_rounded"], fires["northing_rounded"]), crs=27700,
    )  # fmt: skip
    with pytest.raises(InputError, match=rf"home, domestic or sexual: {len(homes):,}\)"):
        hs.venue_table(homes, pubs, until="2026-01-01")


@pytest.mark.real_data
def test_a_record_named_after_a_real_pub_is_that_pubs_unless_two_share_an_address(pubs):
    rows = gpd.GeoDataFrame(
        {"source": "ed", "category": "assault", "location_level": "venue", "uncertainty_m": 25.0,
         "occurred_from": pd.Timestamp("2025-06-01")},
        index=pubs.index, geometry=pubs.geometry, crs=pubs.crs,
    )  # fmt: skip
    table, facts = facts_of(rows, pubs)
    alone = [pubs.geometry.distance(place).le(1).sum() == 1 for place in pubs.geometry]
    assert len(pubs) > 150
    assert table["n"].tolist() == [int(own) for own in alone]
    assert facts["account"]["ed"]["ambiguous"] == len(pubs) - sum(alone)
