"""Attack the files themselves: no exact count that was hidden or rounded comes back from anything written."""

from __future__ import annotations

import base64
import io
import json
import re
import sqlite3

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from PIL import Image
from shapely.geometry import box

import hotspot as hs
from hotspot.errors import DisclosureError
from hotspot.outputs import build_run_record

# No multiples of 5, and each only once: whoever finds one of them in a file has found a leak.
EXACT = [3, 7, 13, 17, 23, 31, 0, 44, 58, 2]
PUBLISHED = [None, None, 15, 15, 25, 30, 0, 45, 60, None]
PEOPLE = [1511, 1613, 1709, 1811, 1913, 2003, 2111, 2203, 2309, 1499]
POLICE = [41, 52, 9, 64, 0, 77, 86, 31, 28, 12]


def analyse(areas):
    """Derive rates, limits, local Moran (with its internal columns) and a rank, as a study does."""
    graph = hs.contiguity(areas)
    parts = []
    for source in ("police", "ed"):
        moran = hs.local_moran_rate(areas[f"n_{source}"], areas["population"], graph, permutations=999)
        parts.append(hs.incidence_rate(areas, of=f"n_{source}").join(moran).add_suffix(f"_{source}"))
    found = pd.concat(parts, axis=1)
    rank = areas["n_ed"].rank(ascending=False, method="first").astype("Int64")
    return found.assign(rank=rank.where(rank <= 5), agreement="neither")


@pytest.fixture(scope="module")
def planted():
    """Give ten areas with planted counts."""
    columns = {
        "name": [f"Ward {letter}" for letter in "abcdefghij"],
        "population": PEOPLE,
        "n_police": pd.array(POLICE, "Int64"),
        "n_ed": pd.array(EXACT, "Int64"),
    }
    codes = pd.Index([f"A{at:02}" for at in range(10)], name="area_code")
    shapes = [box(600_000 + 900 * at, 200_000, 600_900 + 900 * at, 200_900) for at in range(10)]
    return gpd.GeoDataFrame(columns, index=codes, geometry=shapes, crs=27700)


@pytest.fixture(scope="module")
def surface(planted):
    """Spread the planted ed records over their areas."""
    rng = np.random.default_rng(7)
    where = np.repeat(np.arange(10), EXACT)
    x, y = 600_000 + 900 * (where + rng.random(len(where))), 200_000 + 900 * rng.random(len(where))
    points = gpd.GeoDataFrame({"source": ["ed"] * len(x)}, geometry=gpd.points_from_xy(x, y), crs=27700)
    return hs.kernel_density(points, bandwidth=400, cell_size=100)


@pytest.fixture(scope="module")
def done(planted, surface):
    """Release the planted counts with everything a release can hold."""
    months = pd.DataFrame(
        {"n_ed": [6, 18, 33], "n_police": [100, 146, 154]},
        index=pd.Index(["2025-01", "2025-02", "2025-03"], name="month"),
    )
    return hs.release(
        planted,
        analyse=analyse,
        surfaces=[surface],
        tables={"months": months},
        policy=hs.DisclosurePolicy.shareable(public_sources=("police",)),
        about={"title": "Planted", "sources": [{"id": "ed", "label": "Emergency department"}]},
    )


@pytest.fixture(scope="module")
def folder(done, tmp_path_factory):
    """Write the release."""
    return hs.save_folder(done, tmp_path_factory.mktemp("attacked") / "shareable")


def page_block(folder):
    text = (folder / "map.html").read_text(encoding="utf-8")
    found = re.findall(r'<script type="application/json" id="hotspot-data">(.*?)</script>', text, flags=re.DOTALL)
    assert len(found) == 1
    return json.loads(found[0])


def page_figures(block, source):
    """Take the figures of a source out of the page's data block, area by area."""
    layer = next(layer for layer in block["layers"] if layer["id"] == source)
    for at, area in enumerate(block["areas"]):
        yield area, {key: values[at] for key, values in layer["figures"].items() if values}, at in layer["hidden"]


def tables_in(folder):
    """Read every table that a reader can take out of the files, with text for a number that is not there."""
    yield "areas.geojson", pd.DataFrame(gpd.read_file(folder / "areas.geojson").drop(columns="geometry"))
    yield "areas.gpkg", pd.DataFrame(gpd.read_file(folder / "areas.gpkg", layer="areas").drop(columns="geometry"))
    yield "areas.csv", pd.read_csv(folder / "areas.csv", encoding="utf-8-sig")
    block = [
        {"area_code": area["id"], **{f"{key}_ed": value for key, value in figures.items()}}
        for area, figures, _hidden in page_figures(page_block(folder), "ed")
    ]
    yield "map.html", pd.DataFrame(block)


def test_every_kind_of_file_is_attacked(folder):
    files = {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}
    assert files == {
        "areas.csv",
        "areas.geojson",
        "areas.gpkg",
        "manifest.json",
        "map.html",
        "statement.txt",
        "tables/months.csv",
        "tables/priorities.csv",
        "tables/health_only.csv",
    }


def test_counts_are_published_protected_in_every_file(folder):
    for name, table in tables_in(folder):
        by_area = table.set_index("area_code")["n_ed"]
        values = pd.to_numeric(by_area.replace("*", None)).reindex([f"A{at:02}" for at in range(10)])
        assert [None if pd.isna(value) else int(value) for value in values] == PUBLISHED, name


def test_no_figure_of_a_hidden_area_is_written(folder):
    hidden = ["A00", "A01", "A09"]
    for name, table in tables_in(folder):
        rows = table[table["area_code"].isin(hidden)]
        own = [column for column in rows.columns if column.endswith("_ed") or column in {"rank", "score"}]
        assert own, name
        for column in own:
            values = {str(value) for value in rows[column].dropna()}
            assert values <= {"*", "Suppressed", "True"}, (name, column)


def test_rate_times_population_gives_no_exact_count(folder):
    people = dict(zip([f"A{at:02}" for at in range(10)], PEOPLE, strict=True))
    exact = dict(zip(people, EXACT, strict=True))
    for name, table in tables_in(folder):
        for row in table.to_dict("records"):
            code = row["area_code"]
            for column, value in row.items():
                if not column.endswith("_ed") or not isinstance(value, float) or np.isnan(value):
                    continue
                implied = value * people[code] / 1000
                if column == "rate_ed":
                    assert abs(implied - round(implied / 5) * 5) < 0.2, (name, code)
                    if exact[code] % 5:
                        assert round(implied) != exact[code], (name, code)


def test_totals_are_those_of_published_parts(folder):
    shown = sum(value for value in PUBLISHED if value)
    assert shown != sum(EXACT)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["counts"]["ed"] == {"shown": shown, "at_least": True}
    assert manifest["hidden"] == {"police": 0, "ed": 3}
    ed = next(source for source in page_block(folder)["layers"] if source["id"] == "ed")
    assert (ed["total"], ed["atLeast"]) == (shown, True)
    for name in ("manifest.json", "statement.txt"):
        text = (folder / name).read_text(encoding="utf-8")
        assert re.search(rf"\b{sum(EXACT)}\b", text) is None, name


def test_no_total_gives_a_hidden_count_back(planted):
    total = planted.assign(n=planted["n_police"] + planted["n_ed"])
    areas = hs.release(total, policy=hs.DisclosurePolicy.shareable(public_sources=("police",))).areas
    back = (areas["n"] - areas["n_police"]).dropna()
    assert set(back.index).isdisjoint({"A00", "A01", "A09"})
    assert back.tolist() == [value for value in PUBLISHED if value is not None]


def test_the_page_holds_no_exact_number(folder):
    block = page_block(folder)
    hidden_areas = set()
    for area, figures, hidden in page_figures(block, "ed"):
        assert set(area) <= {"id", "name", "people", "middle", "shape", "agreement", "rank", "score"}
        assert set(figures) <= {"n", "rate", "low", "high", "p", "q", "label"}
        if hidden:
            hidden_areas.add(area["id"])
            assert figures.pop("label") == "Suppressed"
            assert set(figures.values()) == {None}
            assert "rank" not in area
            assert "score" not in area
        else:
            assert figures["n"] % 5 == 0
    assert hidden_areas == {"A00", "A01", "A09"}
    unrounded = {value for value in EXACT if value % 5} | {sum(EXACT)}
    for layer in block["layers"]:
        if layer["surface"] is not None:
            assert set(layer["surface"]) == {"png", "bounds", "breaks", "unit", "kernel", "bandwidth"}
    assert unrounded.isdisjoint(block["layers"][1]["breaks"])


def test_the_order_of_rows_says_nothing(folder):
    for name, table in tables_in(folder):
        assert table["area_code"].tolist() == sorted(table["area_code"]), name


def test_the_picture_of_density_has_classes_only(folder, done):
    ed = next(source for source in page_block(folder)["layers"] if source["id"] == "ed")
    picture = Image.open(io.BytesIO(base64.b64decode(ed["surface"]["png"].partition(",")[2])))
    assert picture.mode == "P"
    classes = set(np.unique(np.asarray(picture)).tolist())
    assert classes <= set(range(1 + len(done.surfaces[0].breaks) + 1))
    assert not picture.info.keys() - {"transparency"}
    assert done.surfaces[0].density is None


def test_the_geopackage_holds_nothing_beside(folder):
    with sqlite3.connect(folder / "areas.gpkg") as database:
        rows = dict(database.execute("SELECT item, value FROM metadata"))
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        columns = [name for (_, name, *_) in database.execute("PRAGMA table_info(areas)")]
    database.close()
    own = {name for name in tables if not name.startswith(("gpkg_", "rtree_", "sqlite_"))}
    assert own == {"areas", "metadata"}
    assert not [name for name in columns if name.startswith(("moran_i", "moran_lag", "gi_z"))]
    assert "Hidden, of 10 areas: ed 3." in rows["statement"]
    for value in rows.values():
        assert re.search(rf"\b{sum(EXACT)}\b", value) is None


def test_internal_columns_are_in_no_file(folder):
    internal = re.compile(rb"moran_i_|moran_lag|gi_z|excluded")
    for file in folder.rglob("*"):
        if file.is_file() and file.name != "map.html":
            assert internal.search(file.read_bytes()) is None, file.name
    assert "moran_lag" not in json.dumps(page_block(folder))


def test_tables_are_starred(folder):
    months = pd.read_csv(folder / "tables" / "months.csv", encoding="utf-8-sig")
    assert months["n_ed"].tolist() == ["*", "20", "35"]
    assert months["n_police"].tolist() == [100, 146, 154]
    ranked = pd.read_csv(folder / "tables" / "priorities.csv", encoding="utf-8-sig")
    assert set(ranked["area_code"]).isdisjoint({"A00", "A01", "A09"})


def test_small_counts_that_only_differ_below_the_threshold_give_the_same_files(planted, tmp_path):
    def folder_of(counts, name):
        policy = hs.DisclosurePolicy.shareable(public_sources=("police",))
        return hs.save_folder(hs.release(counts, analyse=analyse, policy=policy), tmp_path / name)

    other = planted.copy()
    # Other hidden counts, and others that round alike: if one byte differs, something unprotected got out.
    other["n_ed"] = pd.array([1, 5, 16, 14, 27, 28, 0, 43, 61, 6], "Int64")
    first, second = folder_of(planted, "first"), folder_of(other, "second")
    names = sorted(file.relative_to(first).as_posix() for file in first.rglob("*") if file.is_file())
    assert names
    for name in names:
        assert (first / name).read_bytes() == (second / name).read_bytes(), name


def test_a_run_record_belongs_in_restricted_only(done, planted, tmp_path):
    record = build_run_record(done.notes, parameters={"seed": 1})
    with pytest.raises(DisclosureError, match="run_record: it holds exact counts"):
        hs.save_folder(done, tmp_path / "shareable", run_record=record)
    assert not list(tmp_path.iterdir())
    policy = hs.DisclosurePolicy.restricted(reason="tasking meeting")
    folder = hs.save_folder(hs.release(planted, policy=policy), tmp_path / "restricted", run_record=record)
    assert (folder / "run.json").is_file()


@pytest.mark.parametrize("write", [hs.save_folder, hs.export])
def test_counts_that_did_not_pass_the_gate_are_not_written(planted, tmp_path, write):
    with pytest.raises(DisclosureError, match=r"GeoDataFrame is no release\. Pass counts through"):
        write(planted, tmp_path / "areas.csv")
    assert not list(tmp_path.iterdir())
