"""Names of areas: what is the same name, what is ambiguous, what is never guessed."""

import warnings

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hotspot as hs
from hotspot import ConfigError, HotspotWarning, InputError
from hotspot.geography.area_names import METHODS

AREAS = pd.DataFrame(
    {
        "name": [
            "Richmond City", "Richmond County", "Henrico", "Bedford", "Fairfax County", "King and Queen",
            "Alleghany County and Covington City", "Southampton County and Franklin City", "Franklin County",
            "Norfolk", "Bath", "Rappahannock", "King's Lynn & West Norfolk",
        ]
    },
    index=[f"A{i:02}" for i in range(13)],
)  # fmt: skip


def matched(*names, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", HotspotWarning)
        found = hs.match_area_names(pd.Series(names), AREAS, **options)
    return [(code if isinstance(code, str) else None, how) for code, how in found.itertuples(index=False)]


@pytest.mark.parametrize(
    ("name", "code", "method"),
    [
        ("henrico", "A02", "same name"),
        ("Richmond (city)", "A00", "same name"),
        ("City of Richmond", "A00", "without its kind"),
        ("Fairfax", "A04", "without its kind"),
        ("KING & QUEEN", "A05", "same name"),
        ("Kings Lynn and West Norfolk", "A12", "same name"),
        ("Covington", "A06", "part of a joint area"),
        ("Covington City", "A06", "part of a joint area"),
        ("Henrico (Varina)", "A02", "name before brackets"),
        ("Varina (Henrico)", "A02", "name in brackets"),
        ("Nolfolk", "A09", "spelling"),
        ("Henirco", "A02", "spelling"),
    ],
)
def test_a_name_is_found_however_it_is_written(name, code, method):
    assert matched(name) == [(code, method)]


@pytest.mark.parametrize("name", ["Richmond", "Richmond (North Chesterfield)", "Franklin"])
def test_a_name_of_two_areas_is_ambiguous_and_gets_none(name):
    assert matched(name) == [(None, "ambiguous")]


@pytest.mark.parametrize("name", ["Tappahannock", "Bash", "Covington County", "Fairfax City", "High Street", "County"])
def test_what_is_only_alike_gets_no_area(name):
    assert matched(name) == [(None, "unknown")]


@pytest.mark.parametrize("name", ["", " - ", None])
def test_no_name_is_no_area(name):
    assert matched(name) == [(None, "no name")]


def test_aliases_come_first_and_may_say_that_a_place_lies_outside():
    found = matched(
        "RICHMOND", "Tappahannock", "Roanoke", "Henrico (Short Pump)",
        aliases={"Richmond": "Richmond City", "tappahannock": "A02", "Roanoke": None},
    )  # fmt: skip
    assert found == [("A00", "alias"), ("A02", "alias"), (None, "outside"), ("A02", "name before brackets")]


def test_an_alias_to_no_area_is_refused_with_the_nearest_name():
    with pytest.raises(ConfigError, match="Did you mean 'Henrico'"):
        matched("x", aliases={"x": "Henriko", "y": "Bedford"})


def test_rows_without_an_area_are_counted_not_shown():
    with pytest.warns(HotspotWarning, match=r"3 of 4 rows \(2 different names\) have no area") as said:
        hs.match_area_names(pd.Series(["secret", "secret", "Richmond", "Bedford"]), AREAS)
    assert "secret" not in str(said[0].message)


def test_areas_without_names_are_refused():
    with pytest.raises(InputError, match="holds no names"):
        hs.match_area_names(pd.Series(["a"]), AREAS.assign(name=None))


@given(st.lists(st.one_of(st.none(), st.text(max_size=30)), max_size=20))
def test_any_text_gets_an_area_that_exists_or_a_reason(names):
    found = matched(*names)
    assert len(found) == len(names)
    for code, method in found:
        assert method in METHODS
        assert (code is None) == (method in METHODS[-4:])
        assert code is None or code in AREAS.index


VIRGINIA = {
    "Richmond": "Richmond City", "Richmond (North Chesterfield)": "Chesterfield", "Richmond (Bon Air)": "Chesterfield",
    "Woodbridge": "Prince William County", "Dumfries": "Prince William County", "Triangle": "Prince William County",
    "Bristow": "Prince William County", "Gainesville": "Prince William County", "Franklin": "Franklin City",
    "South Boston": "Halifax", "Madison Heights": "Amherst", "Yorktown": "York", "Warrenton": "Fauquier",
    "Glen Allen": "Henrico", "Sandston": "Henrico", "Highland Springs": "Henrico", "Sterling": "Loudoun",
    "Ashburn": "Loudoun", "Leesburg": "Loudoun", "Abingdon": "Washington County", "Glade Spring": "Washington County",
    "Midlothian": "Chesterfield", "Chester": "Chesterfield", "Springfield": "Fairfax County",
    "Reston": "Fairfax County", "Centreville": "Fairfax County", "Chantilly": "Fairfax County",
    "Vinton": "Roanoke County", "Rocky Mount": "Franklin County", "Axton": "Henry County",
    "Smithfield": "Isle of Wight", "Christiansburg": "Montgomery County", "Big Stone Gap": "Wise County",
    "Farmville": "Prince Edward", "Ruther Glen": "Caroline", "Forest": "Bedford", "Locust Grove": "Orange",
    "Mineral": "Louisa", "Wytheville": "Wythe", "Ashland": "Hanover", "Rustburg": "Campbell",
    "Mechanicsville": "Hanover", "Marion": "Smyth", "Tappahannock": "Essex", "Roanoke": None, "Petersburg": None,
    "Hopewell": None, "Manassas": None, "Waynesboro": None, "Staunton": None, "Falls Church": None, "Salem": None,
    "Fairfax": None,
}  # fmt: skip
"""Towns and the locality that holds them; independent cities without a figure of their own lie outside."""


@pytest.mark.real_data
def test_virginia_s_spellings_are_reconciled_with_its_localities(real_data):
    folder = real_data / "virginia_ed_firearm"
    visits = pd.read_csv(folder / "vdh_injuries_2015_2019.csv")
    shootings = pd.read_csv(folder / "gva_incidents_virginia_2015_2019.csv")
    names = sorted(set(visits["patient_city_county"]) - {"Out of State"})
    areas = pd.DataFrame({"name": names}, index=names)
    written = shootings["city_or_county"]
    with pytest.warns(HotspotWarning, match="have no area"):
        bare = hs.match_area_names(written, areas)
    assert written.isin(names).mean() < 0.48
    assert 0.59 < bare["area_code"].notna().mean() < 0.61
    assert (bare.loc[written == "Richmond", "method"] == "ambiguous").all()
    with pytest.warns(HotspotWarning, match="have no area"):
        told = hs.match_area_names(written, areas, aliases=VIRGINIA)
    placed, outside = told["area_code"].notna(), told["method"] == "outside"
    assert (placed | outside).mean() > 0.92
    assert told.loc[written == "Danville", "area_code"].unique().tolist() == ["Pittsylvania County and Danville City"]
