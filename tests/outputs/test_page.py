"""The page's data block holds what is published, the way the page needs it, and nothing else."""

from __future__ import annotations

import base64
import io
import json
import re

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pyproj import Transformer
from shapely.geometry import box

import hotspot as hs
from hotspot.outputs.page import _json
from hotspot.outputs.page_data import page_data
from hotspot.outputs.palette import DENSITY
from hotspot.outputs.surface_image import surface_image

SOURCES = ("police", "ed", "ambulance")
RESTRICTED = hs.DisclosurePolicy.restricted(reason="test")


def block_of(page):
    """Read the one data block of a page, as a browser reads it."""
    return json.loads(re.search(r'id="hotspot-data">(.*?)</script>', page, flags=re.DOTALL).group(1))


def code_of(page):
    """Cut our own code out of a page."""
    return re.search(r"\(function \(\) \{\n'use strict';.*?\n\}\)\(\);", page, flags=re.DOTALL).group(0)


def layer_of(data, source):
    return next(layer for layer in data["layers"] if layer["id"] == source)


@pytest.fixture(scope="module")
def shared_page(shareable, tmp_path_factory):
    return hs.save_map(shareable, tmp_path_factory.mktemp("page") / "map.html").read_text(encoding="utf-8")


def test_the_map_is_a_folium_map_that_takes_more_layers(shareable):
    page = hs.build_map(shareable)
    assert isinstance(page, folium.Map)
    folium.CircleMarker([51.5, -3.2]).add_to(page)
    assert "circleMarker" in page.get_root().render()


def test_the_same_release_gives_the_same_bytes(shareable, shared_page):
    assert hs.build_map(shareable).get_root().render() == shared_page
    page = hs.build_map(shareable).get_root()
    assert page.render() == page.render()


def test_the_page_has_the_figures_of_the_release_area_by_area(shareable, shared_page):
    data, areas = block_of(shared_page), shareable.areas
    assert [area["id"] for area in data["areas"]] == areas.index.tolist()
    assert [area["name"] for area in data["areas"]] == areas["name"].tolist()
    assert [layer["id"] for layer in data["layers"]] == list(SOURCES)
    for source in SOURCES:
        figures = layer_of(data, source)["figures"]
        assert [pd.NA if n is None else n for n in figures["n"]] == areas[f"n_{source}"].tolist()
        assert figures["label"] == areas[f"moran_label_{source}"].tolist()
        known = areas[f"rate_{source}"].notna().to_numpy()
        rates = np.array(figures["rate"], dtype=float)
        assert (np.isnan(rates) == ~known).all()
        np.testing.assert_allclose(rates[known], areas[f"rate_{source}"][known], rtol=5e-3)


def test_what_is_hidden_is_marked_and_has_no_figure(shareable, shared_page):
    data = block_of(shared_page)
    for source in ("ed", "ambulance"):
        layer, hidden = layer_of(data, source), np.flatnonzero(shareable.hidden[source])
        assert layer["hidden"] == hidden.tolist()
        assert len(hidden) > 0
        for key, cells in layer["figures"].items():
            assert {cells[at] for at in hidden} == ({"Suppressed"} if key == "label" else {None})
    assert layer_of(data, "police")["hidden"] == []


def test_totals_are_sums_of_published_parts_and_say_when_they_are_at_least(shareable, shared_page):
    data = block_of(shared_page)
    for source in SOURCES:
        layer = layer_of(data, source)
        assert layer["total"] == shareable.areas[f"n_{source}"].sum()
        assert layer["atLeast"] == bool(shareable.hidden[source].any())


def test_a_count_that_is_hidden_changes_nothing_in_the_file(squares, tmp_path):
    """Two releases that differ only in what is hidden are the same page, byte by byte."""
    pages = []
    for hidden in ([1, 7], [6, 3]):
        counts = squares(5, name=list("ABCDE"), population=[1_000] * 5, n_ed=[hidden[0], 20, hidden[1], 0, 35])
        release = hs.release(counts, analyse=lambda frame: hs.incidence_rate(frame, of="n_ed"))
        pages.append(hs.save_map(release, tmp_path / "map.html").read_bytes())
    assert pages[0] == pages[1]


def test_a_restricted_page_says_so_and_why(restricted):
    meta = page_data(restricted)["meta"]
    assert meta["marking"] == "OFFICIAL-SENSITIVE"
    assert meta["stamp"] == "restricted, NOT DISCLOSURE-CONTROLLED | reason: tasking meeting"
    assert meta["statement"].startswith("NOT DISCLOSURE-CONTROLLED")


def test_a_shareable_page_carries_its_words(shareable, shared_page):
    meta = block_of(shared_page)["meta"]
    assert meta["stamp"] == "shareable release"
    assert meta["statement"] == shareable.statement
    assert meta["title"] == shareable.about["title"]
    assert "<title>Violence in Northport (synthetic)</title>" in shared_page


def test_classes_of_rates_are_at_most_five_and_rise(shareable):
    for layer in page_data(shareable)["layers"]:
        breaks = layer["breaks"]
        assert breaks == sorted(set(breaks))
        assert len(breaks) <= 4
        assert all(limit == float(f"{limit:.2g}") for limit in breaks)


def test_equal_values_make_one_class(squares):
    data = page_data(hs.release(squares(4, n_police=[20] * 4), policy=RESTRICTED))
    assert data["layers"][0]["breaks"] == []


def test_outlines_lie_where_the_areas_are_and_share_their_borders(shareable):
    data = page_data(shareable)
    outlines = []
    for area in data["areas"]:
        parts = [shapely.Polygon([(x, y) for y, x in part[0]], [[(x, y) for y, x in hole] for hole in part[1:]])
                 for part in area["shape"]]  # fmt: skip
        outlines.append(shapely.MultiPolygon(parts))
    drawn = gpd.GeoSeries(outlines, index=shareable.areas.index, crs=4326).to_crs(shareable.areas.crs)
    size = shareable.areas.geometry.area
    assert (drawn.symmetric_difference(shareable.areas.geometry).area < 0.02 * size).all()
    assert drawn.union_all().area == pytest.approx(size.sum(), rel=1e-3)
    middles = gpd.GeoSeries([shapely.Point(y, x) for x, y in (area["middle"] for area in data["areas"])], crs=4326)
    assert middles.to_crs(shareable.areas.crs).within(shareable.areas.geometry.reset_index(drop=True)).all()


def test_a_hole_and_a_second_part_are_kept(squares):
    counts = squares(2, n_police=[20, 30])
    ring = box(6e5, 2e5, 600_900, 200_900).difference(box(600_300, 200_300, 600_600, 200_600))
    counts.geometry = [shapely.MultiPolygon([ring, box(6e5, 201_000, 600_200, 201_200)]), counts.geometry.iloc[1]]
    shape = page_data(hs.release(counts, policy=RESTRICTED))["areas"][0]["shape"]
    assert [len(part) for part in shape] == [2, 1]
    assert [len(part[0]) for part in shape] == [4, 4]


def test_bare_columns_belong_to_the_only_source(squares):
    counts = squares(3, population=[1_000] * 3, n_police=[20, 30, 40])
    data = page_data(hs.release(counts, policy=RESTRICTED, analyse=lambda f: hs.incidence_rate(f, of="n_police")))
    assert [layer["id"] for layer in data["layers"]] == ["police"]
    assert data["layers"][0]["value"] == "rate"
    assert data["layers"][0]["figures"]["rate"] == [20.0, 30.0, 40.0]


def test_bare_columns_beside_several_sources_are_a_layer_of_their_own(squares):
    counts = squares(3, population=[1_000] * 3, n_police=[20, 30, 40], n_ed=[20, 3, 40])

    def analyse(frame):
        return hs.incidence_rate(frame, of="n_police")

    together = page_data(hs.release(counts, analyse=analyse))["layers"][2]
    assert (together["id"], together["label"], together["total"]) == ("*", "Analysis", None)
    assert together["hidden"] == [1]
    assert together["figures"]["rate"] == [20.0, None, 40.0]
    linked = counts.assign(n=[30, 31, 60])
    together = page_data(hs.release(linked, analyse=analyse, policy=RESTRICTED))["layers"][2]
    assert (together["label"], together["total"], together["figures"]["n"]) == ("Linked events", 121, [30, 31, 60])


def test_a_release_without_any_source_still_makes_a_page(squares):
    release = hs.release(squares(3, n=[1, 2, 3]), policy=RESTRICTED)
    assert [layer["id"] for layer in page_data(release)["layers"]] == ["*"]
    assert [layer["id"] for layer in page_data(hs.release(squares(3)))["layers"]] == []


def test_a_source_of_rates_alone_is_shown_as_rates(squares):
    counts = squares(3, population=[10_000] * 3, rate_fire=[1.0, 2.5, 4.0])
    layer = page_data(hs.release(counts, policy=RESTRICTED))["layers"][0]
    assert (layer["value"], layer["total"], layer["figures"]["rate"]) == ("rate", None, [1.0, 2.5, 4.0])


def test_no_coverage_is_no_figure_and_not_hidden(squares):
    counts = squares(3, n_ed=pd.array([20, None, 0], dtype="Int64"))
    layer = page_data(hs.release(counts))["layers"][0]
    assert layer["figures"]["n"] == [20, None, 0]
    assert layer["hidden"] == []
    assert layer["atLeast"] is False


def test_the_surface_is_drawn_cell_for_cell_where_it_is(shareable):
    surface = shareable.surfaces[0]
    uri, ((south, west), (north, east)) = surface_image(surface)
    image = Image.open(io.BytesIO(base64.b64decode(uri.removeprefix("data:image/png;base64,"))))
    classes = np.asarray(image).astype(int) - 1
    assert set(np.unique(classes)) == set(np.unique(surface.classes))
    assert len(surface.breaks) < len(DENSITY)
    to_mercator = Transformer.from_crs(4326, 3857, always_xy=True)
    (left, bottom), (right, top) = to_mercator.transform(west, south), to_mercator.transform(east, north)
    from_grid = Transformer.from_crs(surface.crs, 3857, always_xy=True)
    rng, down, across = np.random.default_rng(0), *classes.shape
    for _ in range(200):
        row, column = rng.integers(len(surface.y)), rng.integers(len(surface.x))
        px, py = from_grid.transform(surface.x[column], surface.y[row])
        at = int((top - py) / (top - bottom) * down), int((px - left) / (right - left) * across)
        assert classes[at] == surface.classes[row, column]


def test_every_text_of_a_hostile_release_is_text_in_the_block(hostile, tmp_path):
    page = hs.save_map(hostile, tmp_path / "map.html").read_text(encoding="utf-8")
    data = block_of(page)
    assert data["meta"]["title"] == hostile.about["title"]
    assert [area["name"] for area in data["areas"]] == hostile.areas["name"].tolist()
    assert data["meta"]["caveats"] == hostile.about["caveats"]
    assert "1337" not in page
    assert page.count("<script") == page.count("</script>") == 4
    assert "<img" not in page


@settings(deadline=None, max_examples=50)
@given(st.text())
def test_any_text_goes_through_the_block_unchanged(text):
    written = _json({"text": text.encode("utf-8", "replace").decode("utf-8")})
    assert "<" not in written
    assert not {"\u2028", "\u2029"} & set(written)
    assert json.loads(written) == {"text": text.encode("utf-8", "replace").decode("utf-8")}


def test_the_code_of_the_page_is_the_same_whatever_the_data(shared_page, hostile):
    """The script differs at most in what Folium writes about the place and zoom of the map."""
    other = hs.build_map(hostile).get_root().render()
    ours = [
        re.findall(r"\(function \(\) \{\n'use strict';.*?\n\}\)\(\);", page, flags=re.DOTALL)
        for page in (shared_page, other)
    ]
    assert len(ours[0]) == 1
    assert ours[0] == ours[1]


def test_our_code_writes_no_markup_and_no_address(shared_page):
    code = re.search(r"\(function \(\) \{\n'use strict';.*?\n\}\)\(\);", shared_page, flags=re.DOTALL).group(0)
    for sign in (
        "innerHTML",
        "outerHTML",
        "insertAdjacent",
        "document.write",
        "eval(",
        "Function(",
        "fetch(",
        "XMLHttp",
    ):
        assert sign not in code
    assert re.findall(r"https?://[^'\"\s]+", code) == ["http://www.w3.org/2000/svg"]


def test_nothing_but_a_release_is_drawn(shareable, tmp_path):
    for wrong in (shareable.areas, None, {"areas": shareable.areas}):
        with pytest.raises(hs.DisclosureError):
            hs.save_map(wrong, tmp_path / "map.html")
    assert list(tmp_path.iterdir()) == []


def test_saving_says_how_large_the_page_is(shareable, tmp_path):
    with hs.recording() as notes:
        file = hs.save_map(shareable, tmp_path / "map.html")
    facts = next(note.facts for note in notes if note.step == "save_map")
    assert facts == {"file": "map.html", "areas": 300, "kilobytes": round(file.stat().st_size / 1000)}
