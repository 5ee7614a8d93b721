"""What is changed after the gate is not written."""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import box

import hotspot as hs


@pytest.fixture
def counts():
    return gpd.GeoDataFrame(
        {"n_ed": [3, 12, 21]},
        index=pd.Index(["A", "B", "C"], name="area_code"),
        geometry=[box(6e5 + 900 * i, 2e5, 600_900 + 900 * i, 200_900) for i in range(3)],
        crs=27700,
    )


def test_a_release_that_was_not_touched_is_written(counts, tmp_path):
    assert hs.export(hs.release(counts), tmp_path / "a.csv").is_file()


@pytest.mark.parametrize("write", [hs.export, hs.save_map])
def test_exact_counts_put_back_are_refused(counts, tmp_path, write):
    release = hs.release(counts)
    release.areas["n_ed"] = counts["n_ed"].astype("Int64")
    with pytest.raises(hs.DisclosureError, match="changed after the gate"):
        write(release, tmp_path / ("a.csv" if write is hs.export else "a.html"))
    assert list(tmp_path.iterdir()) == []


def test_an_added_column_a_changed_mask_and_swapped_areas_are_refused(counts, tmp_path):
    added, unmasked = hs.release(counts), hs.release(counts)
    added.areas["secret"] = 1
    unmasked.hidden.loc[:, :] = False
    swapped = dataclasses.replace(hs.release(counts), areas=counts)
    for release in (added, unmasked, swapped):
        with pytest.raises(hs.DisclosureError, match="changed after the gate"):
            hs.save_folder(release, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_policy_that_hides_nothing_is_refused():
    with pytest.raises(hs.ConfigError, match=r"DisclosurePolicy\.restricted"):
        dataclasses.replace(hs.DisclosurePolicy.shareable(), threshold=1, base=1)
