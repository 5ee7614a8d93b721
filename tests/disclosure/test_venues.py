"""A table of single venues goes into a restricted release, and into no other by any of the ways one might try."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import box

import hotspot as hs
from hotspot.errors import DisclosureError

RESTRICTED = hs.DisclosurePolicy.restricted(reason="licensing review inside the protocol")
OTHERS = [
    hs.DisclosurePolicy.shareable(),
    hs.DisclosurePolicy.public(),
    hs.DisclosurePolicy.shareable(public_sources=("police", "ed")),
]


@pytest.fixture
def counts():
    shapes = [box(0, 0, 900, 900), box(900, 0, 1800, 900)]
    codes = pd.Index(["A", "B"], name="area_code")
    return gpd.GeoDataFrame({"n_ed": [9, 12], "population": [900, 800]}, index=codes, geometry=shapes, crs=27700)


@pytest.fixture
def venues():
    return gpd.GeoDataFrame(
        {"name": ["The Anchor", "Club Blue"], "seats": [120, 400]},
        index=["A", "B"],  # as bad as can be: the labels of the areas
        geometry=gpd.points_from_xy([100, 1000], [100, 100]),
        crs=27700,
    )


@pytest.fixture
def table(venues):
    incidents = gpd.GeoDataFrame(
        {"source": "ed", "uncertainty_m": 10.0, "occurred_from": pd.Timestamp("2025-06-01")},
        index=range(31),
        geometry=gpd.points_from_xy([100] * 20 + [1000] * 11, [100] * 31),
        crs=27700,
    )
    return hs.venue_table(incidents, venues, until="2026-01-01", half_life="180D", capacity="seats", thresholds=(2, 9))


def test_a_restricted_release_takes_it_as_it_is_and_writes_it_marked(counts, table, tmp_path):
    done = hs.release(counts, tables={"venues": table}, policy=RESTRICTED)
    pd.testing.assert_frame_equal(done.tables["venues"], table)
    assert not done.tables_hidden["venues"].to_numpy().any()
    folder = hs.save_folder(done, tmp_path / "restricted")
    text = (folder / "tables" / "venues.csv").read_text(encoding="utf-8-sig")
    assert text.startswith("venue_id,name,light,n,n_ed")
    assert text.count("The Anchor") == 1
    assert all("OFFICIAL-SENSITIVE" in line for line in text.splitlines()[1:])


@pytest.mark.parametrize("policy", OTHERS, ids=str)
def test_no_other_release_takes_it(counts, table, policy):
    with pytest.raises(DisclosureError, match=r"tables\['venues'\]: its rows are single venues"):
        hs.release(counts, tables={"venues": table}, policy=policy)


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t[["n_ed"]],
        lambda t: t[["name", "n_ed"]],
        lambda t: t.rename(columns={"points": "n_fire", "points_ed": "score", "light": "agreement"}),
        lambda t: t.drop(columns=["light", "points", "points_ed", "ambiguous", "capacity"]),
        lambda t: t.groupby("light")[["n_ed"]].sum(),
        lambda t: hs.prioritise(t, by="points"),
        lambda t: t.reset_index(),
        lambda t: t.reset_index(drop=True),
        lambda t: t.reset_index(drop=True)[["n_ed"]],
        lambda t: t.set_index("name")[["n_ed"]],
        lambda t: t[["n_ed"]].T,
        lambda t: t.rename_axis("month"),
        lambda t: t[["name", "n_ed"]].rename_axis("month"),
        lambda t: t[["n_ed"]].set_index(t["light"].rename("month"), append=True),
        lambda t: t.set_index(t["name"].rename("month"))[["n_ed"]],
    ],
)
@pytest.mark.parametrize("policy", OTHERS, ids=str)
def test_dropping_and_renaming_columns_does_not_get_it_through_as_a_table(counts, table, policy, change):
    with pytest.raises(DisclosureError):
        hs.release(counts, tables={"venues": change(table)}, policy=policy)


@pytest.mark.parametrize("policy", OTHERS, ids=str)
def test_it_cannot_pass_as_areas(table, venues, policy):
    round_them = venues.geometry.buffer(50)
    as_areas = gpd.GeoDataFrame(table[["name", "n_ed"]], geometry=round_them, crs=27700)
    assert as_areas.index.name == "venue_id"
    with pytest.raises(DisclosureError, match="counts: its rows are single venues"):
        hs.release(as_areas, policy=policy)
    with pytest.raises(DisclosureError, match="'venue_id' tells of single venues"):
        hs.release(as_areas.reset_index(), policy=policy)
    assert hs.release(as_areas, policy=RESTRICTED).areas["n_ed"].tolist() == [20, 11]


@pytest.mark.parametrize("column", ["light", "points", "points_ed", "points_per_1000", "ambiguous", "capacity"])
def test_its_columns_joined_to_counts_are_refused_and_from_analyse_dropped(counts, table, column):
    joined = counts.join(table[[column]])
    assert joined.index.name == "area_code"
    with pytest.raises(DisclosureError, match=f"counts: column '{column}' tells of single venues"):
        hs.release(joined)
    done = hs.release(counts, analyse=lambda areas: table[[column]].reindex(areas.index))
    assert column not in done.areas
    dropped = [note.facts["dropped"] for note in done.notes if note.step == "release_internal"]
    assert dropped == [[column]]
    with pytest.raises(DisclosureError, match="no disclosure rule"):
        hs.release(counts.join(table[[column]].add_prefix("pub_")))


def test_what_is_relabelled_by_hand_is_protected_like_any_other_count(table, venues):
    # The gate reads labels: who renames the index too says that these are areas. What is left is the count's own rule.
    plain = table[["n_ed"]].rename_axis("area_code")
    areas = gpd.GeoDataFrame(plain, geometry=venues.geometry.buffer(50), crs=27700)
    assert hs.release(areas).areas["n_ed"].tolist() == [20, 10]


@pytest.mark.parametrize("policy", OTHERS, ids=str)
def test_a_list_of_places_is_refused_also_without_its_derived_columns(counts, policy):
    listed = hs.prioritise(counts, by="n_ed", budget=1, merge=2)
    for kept in (["n_ed", "geometry"], ["n_ed", "areas", "geometry"]):
        with pytest.raises(DisclosureError, match="exact counts"):
            hs.release(listed[kept], policy=policy)
    with pytest.raises(DisclosureError, match="'areas' is derived from exact counts"):
        hs.release(listed[["n_ed", "areas", "geometry"]].rename_axis("area_code"), policy=policy)
    with pytest.raises(DisclosureError, match=r"places of a list \(place_id\)"):
        hs.release(counts, tables={"places": pd.DataFrame(listed[["n_ed"]])}, policy=policy)
    assert "areas" in hs.release(listed, policy=RESTRICTED).areas


@pytest.mark.parametrize("policy", OTHERS, ids=str)
def test_areas_named_after_a_venue_are_refused_and_after_a_street_are_not(counts, policy):
    names = {"name": ["The Anchor", "Quay Street"], "kind": ["venue", "street"]}
    gazetteer = gpd.GeoDataFrame(names, geometry=gpd.points_from_xy([100, 1000], [100, 100]), crs=27700)
    with pytest.raises(DisclosureError, match=r"1 row\(s\) are named after a venue \(first: row 0\)") as refusal:
        hs.release(hs.name_places(counts, gazetteer), policy=policy)
    assert "Anchor" not in str(refusal.value)
    with pytest.raises(DisclosureError, match="named after a venue"):  # near venue
        hs.release(hs.name_places(counts, gazetteer.iloc[:1], within=2_000), policy=policy)
    streets = hs.name_places(counts, gazetteer, kinds=["street"], within=2_000)
    assert hs.release(streets, policy=policy).areas["name"].str.contains("Quay Street").all()
    assert hs.release(hs.name_places(counts, gazetteer), policy=RESTRICTED).areas["name"].iloc[0] == "The Anchor"


@pytest.mark.parametrize("policy", OTHERS, ids=str)
def test_counts_at_points_are_refused_whatever_their_rows_are_called(counts, policy):
    points = counts.set_geometry(counts.geometry.centroid)
    with pytest.raises(DisclosureError, match=r"2 row\(s\) are points or lines, no areas \(first: row 0\)"):
        hs.release(points, policy=policy)
    assert len(hs.release(points, policy=RESTRICTED).areas) == 2
