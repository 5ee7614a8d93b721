"""Harm is summed beside the count, and what has no weight is said."""

from __future__ import annotations

import warnings

import geopandas as gpd
import pandas as pd
import pytest
from shapely import Point, box

import hotspot as hs
from hotspot.errors import ComparabilityError, ConfigError, DisclosureError, HotspotWarning, InputError

WEIGHTS = pd.Series({"8N": 20.0, "5D": 1460.0, "1": 5475.0}, name="cambridge")
AREAS = gpd.GeoDataFrame(index=["A", "B", "C"], geometry=[box(i * 9, 0, i * 9 + 9, 9) for i in range(3)], crs=27700)


def records(rows, source="police"):
    offence, category, x = zip(*rows, strict=True)
    points = [None if at is None else Point(at, 1) for at in x]
    return gpd.GeoDataFrame({"source": source, "offence": offence, "category": category}, geometry=points, crs=27700)


SOME = [("008N", "violence_with_injury", 1), ("5D ", "violence_with_injury", 2), ("zz", "robbery", 10),
        (None, "sexual", 11), ("1", "homicide", 1)]  # fmt: skip


def test_what_has_no_weight_is_missing_and_said():
    with (
        hs.recording() as notes,
        pytest.warns(HotspotWarning, match=r"2 of 5 records have no weight .*robbery, sexual"),
    ):
        found = hs.weigh_harm(records(SOME), WEIGHTS)
    assert found["weight"].isna().tolist() == [False, False, True, True, False]
    assert notes[-1].facts["by"] == {"offence": 3, "group": 0, "left out": 0, "none": 2}
    assert notes[-1].facts["without_weight"] == {"robbery": 1, "sexual": 1}
    counts = hs.count_harm(found, AREAS)
    assert counts["n_police"].tolist() == [3, 2, 0]
    assert counts["harm_police"].astype("Float64").fillna(-1).tolist() == [6955, -1, 0]
    assert counts["harm_unweighted_police"].tolist() == [0, 2, 0]
    assert counts.loc["A", "harm_largest_share_police"] == pytest.approx(5475 / 6955)


def test_groups_are_used_only_when_told_and_never_for_a_mixed_category():
    with pytest.warns(HotspotWarning, match="1 are weighed by the median of their group"):
        found = hs.weigh_harm(records(SOME), WEIGHTS, fallback="group")
    assert found["weight_basis"].tolist() == ["offence", "offence", "group", "none", "offence"]
    with pytest.raises(ComparabilityError, match="another unit"):
        hs.weigh_harm(records(SOME), WEIGHTS.rename("ons"), fallback="group")
    groups = hs.harm_weights_by_group()["weight"]
    assert [groups[g] for g in ("homicide", "rape", "possession of weapons", "public order")] == [
        5475,
        2555,
        273.75,
        7.5,
    ]


def test_a_single_homicide_is_capped_or_left_out():
    rows = [SOME[0], SOME[4]]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert hs.weigh_harm(records(rows), WEIGHTS, cap=365)["weight"].tolist() == [20, 365]
        left = hs.weigh_harm(records(rows), WEIGHTS, leave_out=["homicide"])
    assert left["weight_basis"].tolist() == ["offence", "left out"]
    many = hs.weigh_harm(records([SOME[0]] * 9 + [SOME[4]]), WEIGHTS)
    with pytest.warns(HotspotWarning, match=r"1 areas one record is more than half .*\(A\)"):
        hs.count_harm(many, AREAS)


def test_the_combined_class_is_named():
    with pytest.warns(HotspotWarning, match="159 to 235 days"):
        hs.weigh_harm(records([(None, "violence_and_sexual_offences", 1)]), WEIGHTS, fallback="group")


@pytest.mark.parametrize("source", ["ed", "ed_north", "ambulance"])
def test_health_records_are_never_put_on_days_of_imprisonment(source):
    with pytest.raises(ComparabilityError, match="do not measure injury"):
        hs.weigh_harm(records(SOME, source), WEIGHTS, sources=("police", source))
    with pytest.raises(ComparabilityError, match="name the source"):
        hs.weigh_harm(records(SOME, "fire"), WEIGHTS)


def test_records_with_an_area_only_count_where_they_are():
    rows = records([("8N", "violence_with_injury", None), ("8N", "violence_with_injury", 1)])
    found = hs.count_harm(hs.weigh_harm(rows.assign(area_code=["B", "C"]), WEIGHTS), AREAS)
    assert found["harm_police"].tolist() == found["n_police"].mul(20).tolist() == [20, 20, 0]


def test_harm_is_refused_outside_a_restricted_release():
    counts = hs.count_harm(hs.weigh_harm(records([SOME[0]]), WEIGHTS), AREAS)
    with pytest.raises(DisclosureError, match="harm_police"):
        hs.release(counts, policy=hs.DisclosurePolicy.shareable())


def test_a_table_with_titles_above_and_sections_between_is_read(tmp_path):
    path = tmp_path / "css.csv"
    head = "Crime severity,,\n,,\nOffence code,Offence,Weight\nViolence,,\n"
    path.write_text(head + '8N,Assault,184\n105A,Assault,\n1,Murder,"7,979"\n')
    with hs.recording() as notes:
        found = hs.read_harm_weights(path, scheme="ons")
    assert (found.name, found.to_dict()) == ("ons", {"8N": 184.0, "1": 7979.0})
    assert (notes[-1].facts["without_code"], notes[-1].facts["without_weight"]) == (1, 1)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("8N,-1", "1 of 1 weights are text, negative or infinite .first in row 2"),
        ("8N,inf", "infinite"),
        ("8N,ten", "text"),
        ("8N,20\n008N,21", "two weights .first: 8N, in row 3"),
        ("8N,\n", "no row has an offence code and a weight"),
    ],
)
def test_hostile_tables_are_refused(tmp_path, body, message):
    path = tmp_path / "weights.csv"
    path.write_text("Code,Days\n" + body)
    with pytest.raises(InputError, match=message):
        hs.read_harm_weights(path)


def test_headings_that_are_not_known_are_asked_for(tmp_path):
    path = tmp_path / "weights.csv"
    path.write_text("Class,Code,Days\n8N,8N,20\n")
    with pytest.raises(InputError, match="more than one column of row 1 could be the offence"):
        hs.read_harm_weights(path)
    assert hs.read_harm_weights(path, columns={"offence": "code", "weight": "DAYS"})["8N"] == 20
    with pytest.raises(InputError, match="no row among the first 30"):
        hs.read_harm_weights(path, columns={"offence": "ref", "weight": "Days"})
    with pytest.raises(InputError, match="no file"):
        hs.read_harm_weights(tmp_path / "gone.csv")
    for bad in ({"8N": -1.0}, {"Affray": 1.0}):
        with pytest.raises(InputError, match="weights"):
            hs.weigh_harm(records(SOME), pd.Series(bad))
    with pytest.raises(InputError, match="more than once"):
        hs.weigh_harm(records(SOME), pd.Series([1.0, 2.0], index=["8N", "008n"]))


def test_a_police_force_may_have_a_name_that_begins_like_a_hospital():
    frame = records([("8N", "violence_with_injury", 1)], source="edinburgh_police")
    assert hs.weigh_harm(frame, pd.Series({"8N": 20.0}), sources=["edinburgh_police"])["weight"].tolist() == [20]
    for name in ("ed", "ed_north", "ambulances", "health", "hospital admissions"):
        with pytest.raises(ComparabilityError, match="do not measure injury"):
            hs.weigh_harm(records([(None, "assault", 1)], source=name), pd.Series({"8N": 20.0}), sources=[name])


@pytest.mark.parametrize(
    ("text", "value"), [('"1,460"', 1460.0), ('"1,460.5"', 1460.5), ('"182,5"', None), ("9" * 200_000, None)]
)
def test_a_comma_groups_thousands_and_is_never_dropped_from_a_fraction(tmp_path, text, value):
    path = tmp_path / "weights.csv"
    path.write_text(f"Offence code,Days\n8N,{text}\n", encoding="utf-8")
    columns = {"offence": "Offence code", "weight": "Days"}
    if value is None:
        with pytest.raises(InputError, match="path: "):
            hs.read_harm_weights(path, columns=columns)
    else:
        assert hs.read_harm_weights(path, columns=columns).to_dict() == {"8N": value}


def test_a_broken_workbook_is_named(tmp_path):
    path = tmp_path / "weights.xlsx"
    path.write_bytes(b"PK\x03\x04 no workbook")
    with pytest.raises(InputError, match=r"path: 'weights\.xlsx' cannot be read"):
        hs.read_harm_weights(path)


def test_words_of_records_stay_out_of_messages_and_a_mistyped_category_is_not_weighed_in():
    at = gpd.points_from_xy([1.0], [1.0])
    facts = {"source": "police", "category": "homicide", "offence": "1"}
    incidents = gpd.GeoDataFrame(facts, index=["i"], geometry=at, crs=27700)
    weights = pd.Series({"1": 5475.0}, name="cambridge")
    with pytest.raises(InputError, match="category that is not of the vocabulary") as refusal:
        hs.weigh_harm(incidents.assign(category="Jane Doe, stabbed"), weights)
    assert "Jane" not in str(refusal.value)
    with pytest.raises(ConfigError, match=r"leave_out: 'homocide' is not known\. Did you mean 'homicide'"):
        hs.weigh_harm(incidents, weights, leave_out=["homocide"])
    areas = gpd.GeoDataFrame(index=[7], geometry=[box(0, 0, 9, 9)], crs=27700)
    with pytest.raises(InputError, match="'weight' holds") as refusal:
        hs.count_harm(incidents.assign(weight="Jane"), areas)
    assert "Jane" not in str(refusal.value)
    assert hs.count_harm(hs.weigh_harm(incidents, weights), areas)["harm_police"].tolist() == [5475.0]
