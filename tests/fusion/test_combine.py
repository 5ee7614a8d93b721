"""Putting sources together loses and changes nothing."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest

from hotspot.errors import CRSError, InputError
from hotspot.fusion import combine
from hotspot.record import recording


def records(source, n, crs=27700, **columns):
    labels = pd.Index([f"{source}-{i:06d}" for i in range(1, n + 1)], name="incident_id")
    geometry = gpd.points_from_xy([530_000.0] * n, [180_000.0] * n)
    return gpd.GeoDataFrame({"source": [source] * n} | columns, index=labels, geometry=geometry, crs=crs)


def test_rows_columns_and_types_survive():
    police = records("police", 2, offence=["8N", "5D"], injury=pd.array([True, None], dtype="boolean"))
    ed = records("ed", 3, arrived_at=pd.to_datetime(["2024-01-01 02:10", None, "2024-01-02 03:00"]))
    ed.loc["ed-000002", "geometry"] = None
    before = police.copy()
    with recording() as notes:
        both = combine([police, ed])
    assert list(both.index) == [*police.index, *ed.index]
    assert both.index.name == "incident_id"
    assert both["source"].tolist() == ["police"] * 2 + ["ed"] * 3
    assert both["injury"].dtype == "boolean"
    assert both["arrived_at"].dtype.kind == "M"
    assert both["offence"].isna().tolist() == [False, False, True, True, True]
    assert both.geometry.isna().tolist() == [False, False, False, True, False]
    assert both.crs == police.crs
    assert set(both.columns) == set(police.columns) | set(ed.columns)
    assert notes[0].facts == {"rows": {"police": 2, "ed": 3}}
    pd.testing.assert_frame_equal(police, before)


def test_a_source_without_any_point_or_row():
    home = records("ed", 2)
    home["geometry"] = gpd.GeoSeries([None, None], index=home.index, crs=27700)
    both = combine([home, records("police", 1), records("fire", 0)])
    assert both.geometry.isna().tolist() == [True, True, False]
    assert both.crs.to_epsg() == 27700
    alone = combine([home])
    assert len(alone) == 2
    assert alone.geometry.isna().all()


def test_one_frame_and_a_generator_are_fine():
    assert combine(records("police", 1) for _ in range(1)).index.tolist() == ["police-000001"]


def test_refusals():
    with pytest.raises(InputError, match="empty"):
        combine([])
    with pytest.raises(InputError, match=r"2 incident_id\(s\) stand in more than one frame \(numbers 1, 2\)"):
        combine([records("police", 2), records("police", 2)])
    with pytest.raises(CRSError, match="frames, number 2"):
        combine([records("police", 2), records("ed", 2, crs=32630)])
    with pytest.raises(CRSError, match="degrees"):
        combine([records("police", 2, crs=4326)])
    with pytest.raises(InputError, match="source"):
        combine([records("police", 2).drop(columns="source")])
    with pytest.raises(InputError, match="1 row"):
        combine([records("police", 2).assign(source=["police", None])])
    twice = records("police", 2)
    with pytest.raises(InputError, match="more than once"):
        combine([pd.concat([twice, twice])])
