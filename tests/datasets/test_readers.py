"""The city's files go through the public readers, and what comes out agrees with the truth."""

from __future__ import annotations

import pandas as pd
import pytest
import shapely
from rapidfuzz import fuzz

import hotspot as hs
from hotspot.datasets import make_city

HOME = ("home", "own flat", "partners house", "friends house")
SAYS_NOTHING = {
    "the", "street", "road", "avenue", "lane", "crescent", "gardens", "square", "terrace", "drive", "station", "way",
}  # fmt: skip
CRS = 27700


@pytest.fixture(scope="module")
def truth(city_folder):
    return pd.read_csv(city_folder / "truth.csv", keep_default_na=False)


@pytest.fixture(scope="module")
def gazetteer(city_folder):
    path = city_folder / "gazetteer.csv"
    columns = {"name": "name", "kind": "kind", "longitude": "longitude", "latitude": "latitude"}
    return hs.read_gazetteer(path, **columns, area_code="area_code", crs=CRS)


def read(data, **options):
    with hs.recording() as notes:
        frame = hs.read_incidents(data, crs=CRS, **options)
    return frame, next(note.facts for note in notes if note.step == "read_incidents")


@pytest.fixture(scope="module")
def police(city_folder):
    return read(city_folder / "police", source="police_uk")


@pytest.fixture(scope="module")
def ed(city_folder, gazetteer):
    return read(city_folder / "ed.csv", source="ed_istv", gazetteer=gazetteer)


@pytest.fixture(scope="module")
def ambulance(city_folder):
    return read(city_folder / "ambulance.csv", source="ambulance")


def told_by(truth, source):
    """Give the events that a source tells of, indexed by the record that `read_incidents` makes of its row."""
    known = truth[truth[f"{source}_row"] != ""]
    return known.set_axis([f"{source}-{int(row):06d}" for row in known[f"{source}_row"]])


def metres(records, events):
    """Measure from each located record to where its event was."""
    placed = records.index[records.geometry.notna()].intersection(events.index)
    there = shapely.points(events.loc[placed, ["easting", "northing"]].to_numpy(dtype=float))
    return pd.Series(shapely.distance(records.geometry.loc[placed].to_numpy(), there), placed)


@pytest.mark.parametrize("name", ["police", "ed", "ambulance"])
def test_rows_balance_and_nothing_is_unmapped(name, request):
    frame, facts = request.getfixturevalue(name)
    assert facts["read"] == facts["kept"] + sum(facts.get("rejected", {}).values())
    assert facts["kept"] == len(frame) == facts["located"] + facts["unlocatable"]
    assert "unknown" not in set(frame["category"])


def test_police_rows_keep_their_twins_and_lose_their_duplicates(police, city_folder):
    frame, facts = police
    rows = pd.concat([pd.read_csv(path) for path in sorted((city_folder / "police").rglob("*.csv"))])
    ids = rows["Crime ID"].dropna()
    assert facts["read"] - facts["kept"] == ids.duplicated().sum() > 0
    asb = rows[rows["Crime ID"].isna()]
    assert asb.duplicated().sum() > 0
    assert (frame["category"] == "antisocial_behaviour").sum() == len(asb)
    assert frame.geometry.isna().mean() == pytest.approx(0.02, abs=0.005)
    assert set(frame["time_precision"]) == {"month"}


def test_police_points_lie_near_the_truth(police, truth):
    away = metres(police[0], told_by(truth, "police"))
    assert len(away) > 5_000
    assert (away < 300).mean() > 0.95  # half way to the next map point, seldom more


def test_ed_points_lie_near_the_truth(ed, truth):
    events = told_by(truth, "ed")
    away = metres(ed[0], events)
    assert len(away) > 0.3 * len(events)
    assert (away < 300).mean() > 0.85
    says = events.loc[away.index, "ed_text"]
    assert (away[says.isin(["named", "misspelt"])] < 300).mean() > 0.93
    assert set(says) <= {"named", "misspelt", "wrong place"}


def test_texts_that_say_a_home_are_homes_without_a_point(ed, truth):
    frame = ed[0]
    home = told_by(truth, "ed").query("ed_text == 'home'").index
    assert (frame.loc[home, "location_level"] == "home").all()
    assert frame.geometry[frame["location_level"] == "home"].isna().all()
    assert frame.geometry[frame["setting"] == "home"].isna().all()


def test_ambulance_points_lie_where_the_calls_came_from(ambulance, truth):
    frame, facts = ambulance
    away = metres(frame, told_by(truth, "ambulance"))
    assert len(away) > 0.6 * len(frame)
    assert away.max() <= 8  # rounded to ten metres
    assert facts["positions"]["null_island"] > 0


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_shares_hold_when_measured_from_the_rows(seed):
    # Judged by what the text shares with the true place or its street, not by what the generator says it wrote.
    city = make_city(seed)
    events = city.truth.dropna(subset="ed_row")
    street = city.gazetteer.drop_duplicates("name").set_index("name")["street"]
    texts = city.ed["ASSAULT LOCATION DESCRIPTION"].iloc[events["ed_row"].to_numpy(dtype=int) - 1].str.casefold()
    known = (events["place"] + "|" + events["place"].map(street).fillna("")).str.casefold()
    says = [at_home(text) or names_a_part(text, place) for text, place in zip(texts, known, strict=True)]
    assert 0.5 <= sum(says) / len(says) <= 0.65
    assert 0.53 <= events["police_row"].isna().mean() <= 0.65
    assert 0.5 <= city.ambulance.drop_duplicates("Call ID")["Conveyed"].eq("Y").mean() <= 0.66
    assert city.police["Longitude"].eq("").mean() == pytest.approx(0.02, abs=0.005)


def at_home(text):
    return any(phrase in text for phrase in HOME) and not text.endswith(("way home", "walking home"))


def names_a_part(text, place):
    """Say whether the telling words of the place or of its street stand in the text, but for a slip."""
    told = (" ".join(word for word in part.split() if word not in SAYS_NOTHING) for part in place.split("|"))
    return any(len(part) > 3 and fuzz.partial_ratio(part, text) >= 80 for part in told if len(text) > 3)


def test_health_sees_a_larger_share_than_the_police_where_violence_is_hidden(police, ambulance, truth, city_folder):
    areas = hs.read_areas(city_folder / "lsoa.gpkg", code="lsoa_code", crs=CRS)
    violent = police[0][police[0]["category"].isin(["violence_and_sexual_offences", "robbery"])]
    counts = hs.count_incidents(hs.combine([violent, ambulance[0]]), areas)
    places = truth["area_code"][truth["kind"] == "hidden"].value_counts().head(6).index
    share = counts.loc[places, ["n_police", "n_ambulance"]].sum() / counts[["n_police", "n_ambulance"]].sum()
    assert share["n_ambulance"] > 2 * share["n_police"]
