"""Any Folium map becomes one page that fetches nothing, or is refused with the reason."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from pathlib import Path

import folium
import geopandas as gpd
import numpy as np
import pytest
from branca.element import Element
from folium import plugins
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box
from xstatic.pkg import leaflet

import hotspot as hs
from hotspot.outputs.offline import check_page, leaflet_asset

PINNED = {
    "leaflet.js": "5819285cec137b229c94e1ee5ad73e8b6b84345a4367d60f75fe477fe0fb7b03",
    "leaflet.css": "90b693d86392a4779c861b28cf307e7e59c3fb35328c4d8b95f58f814d38c722",
}
PAYLOADS = (
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "{{191*7}}",
    "{% raw",
    "`",
    "${191*7}",
)
ADDRESS = "https://example.org/a"


def some_map(*layers):
    found = folium.Map([51.5, -3.2], tiles=None)
    for layer in layers:
        layer.add_to(found)
    return found


@pytest.mark.parametrize("name", PINNED)
def test_leaflet_is_the_one_that_was_looked_at(name):
    assert hashlib.sha256((Path(leaflet.BASE_DIR) / name).read_bytes()).hexdigest() == PINNED[name]


def test_leaflet_brings_its_images_and_asks_for_no_source_map():
    for name in PINNED:
        text = leaflet_asset(name)
        assert "sourceMappingURL" not in text
        assert not re.search(r"url\((?!data:|#)", text)
    assert leaflet_asset("leaflet.css").count("url(data:image/png;base64,") == 3


@pytest.mark.parametrize(
    "make",
    [
        lambda: some_map(folium.Marker([51.5, -3.2], popup="Hello", tooltip="There")),
        lambda: some_map(folium.CircleMarker([51.5, -3.2]), folium.LayerControl()),
        lambda: some_map(folium.raster_layers.ImageOverlay(np.zeros((2, 2, 4)), [[51.5, -3.2], [51.6, -3.1]])),
        lambda: gpd.GeoDataFrame({"n": [1]}, geometry=[box(-3.2, 51.5, -3.1, 51.6)], crs=4326).explore(
            "n", tiles=None, legend=False, popup=True
        ),
    ],
    ids=["marker", "circle", "image", "explore"],
)
def test_maps_without_remote_parts_become_one_stamped_page(make, tmp_path):
    figure = hs.offline(make(), title="Cardiff & around")
    figure.save(tmp_path / "map.html")
    page = (tmp_path / "map.html").read_text(encoding="utf-8")
    assert "NOT DISCLOSURE-CONTROLLED" in page
    assert "<title>Cardiff &amp; around</title>" in page
    assert "default-src 'none'" in page
    assert 'src="http' not in page
    assert figure.render() == page


def test_every_script_of_the_page_has_its_hash_in_the_policy():
    page = hs.offline(some_map(folium.Marker([51.5, -3.2], popup="Hello"))).render()
    allowed = set(re.findall(r"'(sha256-[^']+)'", page))
    scripts = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    digests = {"sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in scripts}
    assert digests == allowed
    assert len(scripts) == 4


@pytest.mark.parametrize(
    ("layer", "reason"),
    [
        (lambda: folium.TileLayer("OpenStreetMap"), "TileLayer would fetch"),
        (lambda: folium.TileLayer("tiles/{z}/{x}/{y}.png", attr="here"), "TileLayer would fetch"),
        (lambda: folium.raster_layers.WmsTileLayer(ADDRESS, layers="a"), "WmsTileLayer would fetch"),
        (lambda: folium.raster_layers.ImageOverlay(ADDRESS, [[0, 0], [1, 1]]), "ImageOverlay would fetch"),
        (lambda: plugins.FloatImage(ADDRESS), "FloatImage would fetch"),
        (lambda: folium.Marker([0, 0], icon=folium.CustomIcon(ADDRESS)), "CustomIcon would fetch"),
        (lambda: folium.Marker([0, 0], icon=folium.Icon()), "needs a web font"),
        (lambda: folium.Marker([0, 0], popup=folium.Popup(folium.IFrame("text"))), "page within the page"),
        (lambda: plugins.HeatMap([[0, 0]]), "no offline copy"),
        (lambda: plugins.MarkerCluster([[0, 0]]), "no offline copy"),
    ],
)
def test_what_would_fetch_or_could_not_work_is_refused_by_name(layer, reason):
    with pytest.raises(hs.OutputError, match=reason):
        hs.offline(some_map(layer())).render()


@pytest.mark.parametrize(
    "foreign",
    [
        "<img src='//example.org/a.png'>",
        "<script src='https://example.org/a.js'></script>",
        "<script>alert(1)</script>",
        "<b onclick='alert(1)'>here</b>",
        "<style>b { background: url(https://example.org/a.png) }</style>",
        "<style>@import 'https://example.org/a.css';</style>",
        "<p style=\"background: url('//example.org/a.png')\">here</p>",
        "<iframe src='https://example.org'></iframe>",
        "<form action='https://example.org'></form>",
        "<svg><image xlink:href='https://example.org/a.png'/></svg>",
    ],
)
def test_html_that_would_load_or_run_something_is_refused(foreign):
    with pytest.raises(hs.OutputError, match="would load from elsewhere or run"):
        check_page(f"<!DOCTYPE html><html><body>{foreign}</body></html>", [])
    page = some_map()
    page.get_root().html.add_child(Element(foreign))
    with pytest.raises(hs.OutputError, match="would load from elsewhere or run"):
        hs.offline(page).render()


def test_html_without_remote_parts_passes():
    check_page('<a href="#list">list</a><img src="data:image/png;base64,AA=="><script>ours()</script>', ["ours()"])


def test_only_something_that_stands_in_a_figure_is_taken():
    with pytest.raises(hs.OutputError, match="stands in no figure"):
        hs.offline(folium.CircleMarker([0, 0]))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_safe_text_stays_text_in_a_pop_up(payload):
    marker = folium.Marker([51.5, -3.2], popup=hs.safe_html(payload), tooltip=hs.safe_html(payload))
    page = hs.offline(some_map(marker), title=payload).render()
    assert hs.safe_html(payload) in page
    assert "1337" not in page
    assert "36481" not in page


@given(st.text())
def test_safe_text_has_no_sign_that_ends_or_starts_anything_and_reads_the_same(text):
    escaped = hs.safe_html(text)
    assert not set("<>\"'`{}$\\%") & set(escaped)
    assert html.unescape(escaped) == text or any(ord(sign) < 32 or 127 <= ord(sign) < 160 for sign in text)
