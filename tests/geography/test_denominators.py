"""Denominators: whom a rate divides by, and where that misleads."""

from __future__ import annotations

import warnings

import pandas as pd
import pytest

from hotspot.errors import ConfigError, HotspotWarning, InputError
from hotspot.geography import choose_denominator
from hotspot.rates import incidence_rate
from hotspot.record import recording

AREAS = pd.DataFrame(
    {
        "population": [1_000, 1_500, 2_000, 0],
        "workday_population": [9_000, 3_000, 400, 100],
        "n_police": [90, 15, 8, 1],
    },
    index=["centre", "shops", "suburb", "works"],
)


def test_residents_warn_of_city_centres_the_most_extreme_first():
    with (
        recording() as notes,
        pytest.warns(HotspotWarning, match=r"City centre: 3 of 4 .* 2 times .*works, centre, shops"),
    ):
        people = choose_denominator(AREAS)
    assert people.dropna().to_dict() == {"centre": 1_000, "shops": 1_500, "suburb": 2_000}
    assert (people.name, str(people.dtype)) == ("population", "Float64")
    facts = notes[-1].facts
    assert (facts["kind"], facts["without"], facts["compared"], facts["strained"]) == ("resident", 1, 4, 3)


def test_the_ratio_decides_who_is_named():
    with pytest.warns(HotspotWarning, match="2 of 4 .* 5 times .*works, centre"):
        choose_denominator(AREAS, ratio=5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        choose_denominator(AREAS.loc[["centre", "shops"]], ratio=9.5)


def test_workday_people_warn_of_dormitories():
    with pytest.warns(HotspotWarning, match="1 of 4 .* as many residents as workday people .suburb"):
        people = choose_denominator(AREAS, kind="workday")
    assert people["centre"] == 9_000


def test_without_workday_people_it_is_said_that_nobody_can_tell():
    with pytest.warns(HotspotWarning, match="no workday_population"):
        choose_denominator(AREAS[["population"]])


def test_the_rate_uses_the_choice():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", HotspotWarning)
        by_day = AREAS.assign(population=choose_denominator(AREAS, kind="workday"))
        rates = incidence_rate(by_day, of="n_police", per=1_000)
        nobody = incidence_rate(AREAS.assign(population=choose_denominator(AREAS, kind="none")), of="n_police")
    assert rates.loc["centre", "rate"] == 10
    assert nobody["rate"].isna().all()


def test_misuse_is_refused():
    with pytest.raises(ConfigError, match="Did you mean 'resident'"):
        choose_denominator(AREAS, kind="residents")
    with pytest.raises(ConfigError, match="1 or more"):
        choose_denominator(AREAS, ratio=0.5)
    with pytest.raises(InputError, match="workday_population"):
        choose_denominator(AREAS[["population"]], kind="workday")


def test_areas_with_few_people_are_named_the_smallest_first():
    areas = pd.DataFrame({"population": [499, 500, 60, 0]}, index=["quay", "hill", "docks", "park"])
    with (
        recording() as notes,
        pytest.warns(HotspotWarning, match=r"2 of 4 areas have fewer than 500 .*\(docks, quay\)"),
    ):
        choose_denominator(areas.assign(workday_population=areas["population"]))
    assert notes[-1].facts["below_fewest"] == 2
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        choose_denominator(areas.assign(workday_population=areas["population"]), fewest=0)
    with pytest.raises(ConfigError, match="fewest"):
        choose_denominator(areas, fewest=-1)


@pytest.mark.real_data
def test_surrey_heath_has_four_areas_where_twice_as_many_work_as_live(real_data):
    path = real_data / "police_uk_surrey/2020-08_2021-08/Census Population/Data_UNIT_URESPOP.csv"
    table = pd.read_csv(path, header=None, skiprows=3).set_index(1)[[6, 7]].astype("float64")
    areas = table.set_axis(["population", "workday_population"], axis="columns")
    by_hand = areas.index[areas["workday_population"] >= 2 * areas["population"]]
    with recording() as notes, pytest.warns(HotspotWarning, match="City centre: 4 of 55 areas"):
        choose_denominator(areas)
    assert set(notes[-1].facts["strained_areas"]) == set(by_hand)
