"""Later years come from the same places with the same chances, and from new randomness."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from hotspot.datasets import later_violence, make_city
from hotspot.errors import ConfigError


@pytest.fixture(scope="module")
def later():
    return later_violence(seed=3, years=3, size="small")


def test_every_year_holds_as_many_events_as_the_city_had_and_lies_in_its_areas(later):
    city = make_city(seed=3, size="small")
    assert later.groupby("year").size().to_dict() == dict.fromkeys((1, 2, 3), len(city.truth))
    assert set(later["area_code"]) <= set(city.areas.index)
    assert later.crs == city.truth.crs
    assert set(later["kind"]) == set(city.truth["kind"])


def test_years_differ_among_themselves_and_from_the_year_of_the_files(later):
    truth = make_city(seed=3, size="small").truth
    points = [frozenset(zip(part.geometry.x, part.geometry.y, strict=True)) for _, part in later.groupby("year")]
    points.append(frozenset(zip(truth.geometry.x, truth.geometry.y, strict=True)))
    assert len(set(points)) == 4


def test_places_keep_their_chances(later):
    """Counts by area differ from the mean of the other years by chance alone: the mean squared z is about 1."""
    truth = make_city(seed=3, size="small").truth
    counts = pd.crosstab(later["area_code"], later["year"]).astype(float)
    now = truth["area_code"].value_counts().reindex(counts.index, fill_value=0)
    expected = counts.mean(axis=1)
    z = (now - expected) / np.sqrt(expected * (1 + 1 / 3))
    assert 0.6 < (z**2).mean() < 1.4


def test_one_seed_gives_one_future_and_more_years_do_not_change_the_first(later):
    first = later_violence(seed=3, years=1, size="small")
    pd.testing.assert_frame_equal(
        pd.DataFrame(first.drop(columns="geometry")),
        pd.DataFrame(later[later["year"] == 1].drop(columns="geometry")),
    )
    other = later_violence(seed=4, years=1, size="small")
    assert not first["area_code"].equals(other["area_code"])


@pytest.mark.parametrize(
    ("options", "named"), [({"size": "smal"}, "size"), ({"years": 0}, "years"), ({"seed": -1}, "seed")]
)
def test_bad_arguments_are_refused_by_name(options, named):
    with pytest.raises(ConfigError, match=named):
        later_violence(**options)
