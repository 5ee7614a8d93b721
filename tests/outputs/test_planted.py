"""Planted counts that no other number can be are looked for in every byte that leaves."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest

import hotspot as hs
from hotspot.outputs import build_run_record
from hotspot.record import Note, note, recording

PLANTED = {"n_ed": [731_953, 4, 846_271, 917_654], "n_fire": [2, 652_187, 738_211, 0]}
"""No multiples of 5, and each so long that it does not stand in a file by chance."""
MONTH = 2_495_887
PEOPLE = 2_000_000


@pytest.fixture
def planted(squares):
    """Give four areas with planted counts, a source that shares only rates, and frames that carry something beside."""
    counts = squares(4, name=["Ash", "Elm", "Fir", "Oak"], population=[PEOPLE] * 4, **PLANTED)
    counts["rate_ambulance"] = [number / PEOPLE * 1_000 for number in (563_418, 3, 471_239, 0)]
    counts.attrs["exact"] = 731_953
    return counts


def analyse(areas):
    parts = []
    for source in ("ed", "fire"):
        graph = hs.nearest(areas, 2)
        moran = hs.local_moran(areas[f"n_{source}"], graph, permutations=99, seed=0)
        parts.append(hs.incidence_rate(areas, of=f"n_{source}").join(moran).add_suffix(f"_{source}"))
    return pd.concat(parts, axis=1)


def write(planted, policy, folder):
    months = pd.DataFrame({"n_ed": [MONTH]}, index=pd.Index(["2025-01"], name="month", dtype="str"))
    release = hs.release(planted, analyse=analyse, tables={"by_month": months}, policy=policy)
    hs.save_folder(release, folder)
    hs.export(release, folder / "areas.parquet")
    return [path for path in folder.rglob("*") if path.is_file()]


def stands_in(number, content):
    """Tell whether a number stands in bytes: as a whole number in text, with separators, or as eight bytes."""
    texts = "|".join({str(number), f"{number:,}", f"{number} "}).encode()
    packed = [np.asarray(number, dtype=kind).tobytes() for kind in ("<i8", ">i8", "<f8", ">f8")]
    return re.search(rb"(?<![\d.])(?:" + texts + rb")(?!\d)", content) is not None or any(p in content for p in packed)


EXACT = [number for values in PLANTED.values() for number in values if number > 7] + [MONTH, 563_418, 471_239]


def test_no_exact_count_stands_in_a_shareable_folder(planted, tmp_path):
    files = write(planted, hs.DisclosurePolicy.shareable(), tmp_path / "shareable")
    assert len(files) == 8
    found = [(file.name, number) for file in files for number in EXACT if stands_in(number, file.read_bytes())]
    assert found == []


def test_the_search_finds_them_in_a_restricted_folder(planted, tmp_path):
    files = {path.name: path for path in write(planted, hs.DisclosurePolicy.restricted(reason="x"), tmp_path / "r")}
    for name in ("areas.csv", "areas.geojson", "map.html", "areas.parquet"):
        assert stands_in(731_953, files[name].read_bytes()), name
    assert stands_in(MONTH, files["by_month.csv"].read_bytes())


def test_no_rate_gives_an_exact_count_back(planted, tmp_path):
    """The population is public: rate times population is a published count, never the one behind it."""
    write(planted, hs.DisclosurePolicy.shareable(), tmp_path / "shareable")
    areas = pd.read_csv(tmp_path / "shareable" / "areas.csv", encoding="utf-8-sig", na_values=["*"])
    for source in ("ed", "fire", "ambulance"):
        back = (areas[f"rate_{source}"] * PEOPLE / 1_000).dropna().round(2)
        assert len(back) == 3
        assert (back % 5 == 0).all()


def test_the_log_and_the_notes_of_a_release_hold_no_count(planted, caplog):
    with caplog.at_level("DEBUG", logger="hotspot"), recording() as notes:
        hs.release(planted, analyse=analyse)
    assert len(notes) > 0
    told = caplog.text + " ".join(map(str, notes))
    assert [number for number in EXACT if stands_in(number, told.encode())] == []


def test_the_run_record_has_versions_parameters_and_every_note_as_plain_values():
    with recording() as notes:
        note("first", n=np.int64(3), share=float("nan"), names=("a", "b"), size=np.float64(1.5))
    record = build_run_record([*notes, Note("second", {"kinds": {"y", "x"}})], parameters={"seed": np.int32(7)})
    again = build_run_record([*notes, Note("second", {"kinds": {"x", "y"}})], parameters={"seed": 7})
    assert json.dumps(record, sort_keys=True, allow_nan=False) == json.dumps(again, sort_keys=True, allow_nan=False)
    assert record["notes"] == [
        {"step": "first", "facts": {"n": 3, "share": "nan", "names": ["a", "b"], "size": 1.5}},
        {"step": "second", "facts": {"kinds": ["x", "y"]}},
    ]
    assert record["parameters"] == {"seed": 7}
    assert {"python", "numpy", "geopandas", "scikit-learn", "folium"} <= set(record["versions"])
    assert not {"pytest", "esda"} & set(record["versions"])
