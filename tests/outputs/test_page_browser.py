"""What a reader does on the page, in headless Chromium with a server that counts every request."""

from __future__ import annotations

import http.server
import re
import shutil
import threading
from functools import partial

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

import hotspot as hs

pytestmark = pytest.mark.browser

FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync")
ZOOM = "window[document.querySelector('.folium-map').id].getZoom()"


@pytest.fixture(scope="module")
def chromium():
    """Start a browser, or skip: the page can be made without one."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("no chromium on the path: what the page does is not looked at")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser.new_context(viewport={"width": 1400, "height": 900}, reduced_motion="reduce")
        browser.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """Serve a folder from this machine and list what was asked for."""
    folder, asked = tmp_path_factory.mktemp("served"), []

    class Counting(http.server.SimpleHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            super().do_GET()

        def log_message(self, *_message):
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Counting, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def show(chromium, served):
    """Open a release's page; at the end nothing else was asked for and nothing was said."""
    folder, address, asked = served
    said, opened = [], []
    asked.clear()

    def show_release(release):
        file = folder / f"{release.seal}.html"
        if not file.exists():
            hs.save_map(release, file)
        page = chromium.new_page()
        opened.append(page)
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.set_default_timeout(5_000)
        page.goto(f"{address}/{file.name}")
        page.wait_for_selector("html[data-ready=yes]")
        return page

    yield show_release
    for page in opened:
        page.close()
    assert said == []
    assert set(asked) <= {f"/{file.name}" for file in folder.iterdir()}


def press(page, name):
    page.get_by_role("button", name=name, exact=True).first.click()


def legend(page):
    """Read the legend: class and number of areas."""
    rows = page.locator(".hs-legend li button").all()
    return {
        row.text_content().removesuffix(row.locator("b").text_content()): row.locator("b").text_content()
        for row in rows
    }


def hover_beside_the_middle(page):
    """Put the pointer on an area but not on its number."""
    frame = page.locator(".leaflet-overlay-pane path").first.bounding_box()
    at = frame["x"] + 0.5 * frame["width"], frame["y"] + 0.25 * frame["height"]
    page.mouse.move(*at)
    return at


def fills(page):
    return page.locator(".leaflet-overlay-pane path").evaluate_all("all => all.map(one => one.getAttribute('fill'))")


def test_the_page_opens_on_clusters_and_names_what_it_shows(show, shareable):
    page = show(shareable)
    assert page.locator("h1").text_content() == "Violence in Northport (synthetic)"
    assert page.locator(".hs-chip").text_content() == "Police clusters"
    assert page.locator(".mark").first.text_content() == "OFFICIALshareable release"
    assert page.locator("footer").text_content().count("NOT been done") == 1
    assert page.locator(".leaflet-overlay-pane path").count() == len(shareable.areas)


def test_the_legend_counts_every_class_and_all_areas(show, shareable):
    page = show(shareable)
    for name, source in (("Police", "police"), ("Emergency department", "ed"), ("Ambulance", "ambulance")):
        press(page, name)
        known = shareable.areas[f"moran_label_{source}"].value_counts()
        found = legend(page)
        assert list(found) == [
            "High-High", "High-Low", "Low-High", "Low-Low", "Not significant",
            "No data", "Suppressed", "No neighbours", "Undefined",
        ]  # fmt: skip
        assert {label: int(many) for label, many in found.items() if many != "0"} == known.to_dict()
        assert page.locator(".hs-chip").text_content() == f"{name} clusters"


def test_each_view_draws_what_it_says(show, shareable):
    page = show(shareable)
    assert "#d7191c" in fills(page)
    press(page, "Rate")
    assert set(fills(page)) <= {"#fef0d9", "#fdcc8a", "#fc8d59", "#e34a33", "#a8100d"}
    assert sum(int(many) for many in legend(page).values()) == len(shareable.areas)
    assert page.locator(".hs-legend .head").text_content() == "RatePer 1,000 people per year"
    press(page, "Density")
    assert page.locator(".leaflet-image-layer").get_attribute("src").startswith("data:image/png")
    assert page.locator(".hs-legend .head").text_content() == "DensityEvents per km² per year; quartic, 400 m"
    press(page, "Agreement")
    assert page.locator(".leaflet-image-layer").count() == 0
    assert {"Agree hot", "Police only", "Health only", "Neither", "Not covered", "Suppressed"} == set(legend(page))


def test_what_is_no_health_service_is_not_called_one(show, squares):
    kinds = ["agree hot", "health only", "police only", "not covered"]
    counts = squares(4, n_police=[30, 10, 31, 12], n_sensor=pd.array([40, 41, 9, None], dtype="Int64"))
    policy = hs.DisclosurePolicy.restricted(reason="a sensor that hears gunfire")
    release = hs.release(
        counts,
        analyse=lambda frame: pd.DataFrame({"agreement": kinds}, index=frame.index),
        policy=policy,
        about={"beside_police": "gunshot sensor"},
    )
    page = show(release)
    press(page, "Agreement")
    assert list(legend(page))[:3] == ["Agree hot", "Police only", "Gunshot sensor only"]
    assert page.locator(".hs-chip").text_content() == "Police and gunshot sensor agreement"
    said = page.locator("body").inner_text()
    assert "Do police and gunshot sensor agree?" in said
    assert "High for gunshot sensor, not for the police" in said
    assert "health" not in said.split("Disclosure.")[0].casefold()


def test_a_view_that_a_source_lacks_cannot_be_chosen(show, shareable):
    page = show(shareable)
    press(page, "Density")
    press(page, "Ambulance")
    assert page.get_by_role("button", name="Density", exact=True).is_disabled()
    assert page.locator(".hs-chip").text_content() == "Ambulance clusters"


def test_hidden_areas_are_hatched_and_starred(show, shareable):
    page = show(shareable)
    press(page, "Emergency department")
    hidden = int(shareable.hidden["ed"].sum())
    assert fills(page).count("url(#hs-dots)") == hidden > 0
    code = shareable.hidden.index[shareable.hidden["ed"]][0]
    page.locator("#hs-search").fill(code)
    page.keyboard.press("Enter")
    row = page.locator(".hs-card tbody tr").nth(1)
    assert row.locator("td").all_text_contents() == ["*", "*"]
    assert "hidden to protect people" in page.locator(".hs-card").text_content()


def test_a_click_in_the_list_zooms_and_fills_the_card(show, shareable):
    page = show(shareable)
    before = page.evaluate(ZOOM)
    third = shareable.areas[shareable.areas["rank"] == 3].iloc[0]
    page.locator(".hs-ol button").nth(2).click()
    assert page.evaluate(ZOOM) > before
    assert page.locator(".hs-card h2").first.text_content() == third["name"]
    assert page.locator(".hs-card tbody tr").first.locator("td").first.text_content() == f"{third['n_police']:,}"
    assert page.locator(".hs-ol button[aria-current=true] .name").text_content() == third["name"]
    assert page.locator("[aria-live=polite]").text_content() == f"{third['name']} chosen"
    page.keyboard.press("0")
    assert page.evaluate(ZOOM) == pytest.approx(before)
    assert page.locator(".hs-card h2").first.text_content() == "Whole area"


def test_a_click_on_the_map_chooses_the_area(show, shareable):
    page = show(shareable)
    page.mouse.click(*hover_beside_the_middle(page))
    chosen = page.locator(".hs-card h2").first.text_content()
    assert chosen == page.locator(".hs-tip strong").text_content()
    assert chosen in set(shareable.areas["name"])


def test_the_tooltip_gives_the_counts_by_source(show, squares):
    release = hs.release(squares(4, name=list("ABCD"), n_police=[20, 30, 0, 12], n_ed=[3, 0, 40, 25]))
    page = show(release)
    hover_beside_the_middle(page)
    tip = page.locator(".hs-tip")
    assert tip.locator("strong").text_content() == "A"
    assert tip.locator("tr").all_text_contents() == ["Police20", "Emergency department*"]


def test_the_search_finds_by_name_and_code_from_the_keyboard_alone(show, shareable):
    page = show(shareable)
    wanted = shareable.areas.iloc[123]
    for text in (wanted["name"].upper(), shareable.areas.index[123]):
        page.keyboard.press("/")
        page.keyboard.press("Control+A")
        page.keyboard.type(text)
        assert page.locator("#hs-search").get_attribute("aria-expanded") == "true"
        page.keyboard.press("ArrowDown")
        assert page.locator("#hs-found li[aria-selected=true]").count() == 1
        page.keyboard.press("Enter")
        assert page.locator(".hs-card h2").first.text_content() == wanted["name"]
        page.locator("#hs-search").blur()
        page.keyboard.press("Escape")
        assert page.locator(".hs-card h2").first.text_content() == "Whole area"
    page.locator("#hs-search").fill("no such place")
    assert page.locator("#hs-found").is_hidden()
    assert page.locator("[aria-live=polite]").text_content() == "No area of that name or code"


def test_switches_keep_the_keyboards_place(show, shareable):
    page = show(shareable)
    page.get_by_role("button", name="Rate", exact=True).focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.textContent") == "Rate"
    assert page.get_by_role("button", name="Rate", exact=True).get_attribute("aria-pressed") == "true"


def test_grey_tells_kinds_of_cluster_by_hatching(show, shareable):
    page = show(shareable)
    page.get_by_label("Colours").select_option("grey")
    assert "url(#hs-upright)" in fills(page)
    colours = {fill for fill in fills(page) if fill.startswith("#")}
    assert all(re.fullmatch(r"#(..)\1\1", colour) for colour in colours)


def test_a_class_can_be_taken_off_the_map(show, shareable):
    page = show(shareable)
    page.locator(".hs-legend li button").nth(4).click()
    shown = page.locator(".leaflet-overlay-pane path").evaluate_all(
        "all => all.map(one => +one.getAttribute('fill-opacity'))"
    )
    assert shown.count(0) == int((shareable.areas["moran_label_police"] == "Not significant").sum())


def test_the_numbers_on_the_map_lie_apart(show, shareable):
    page = show(shareable)
    boxes = [badge.bounding_box() for badge in page.locator(".hs-badge").all()]
    assert len(boxes) == 10
    middles = np.array([[b["x"] + b["width"] / 2, b["y"] + b["height"] / 2] for b in boxes])
    away = np.hypot(*(middles[:, None] - middles[None]).transpose(2, 0, 1))
    assert away[np.triu_indices(10, 1)].min() > 18


def test_nothing_is_cut_off_or_scrolls_sideways(show, shareable):
    page = show(shareable)
    for width, height in ((1400, 900), (1024, 768), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for part in (".mark", ".hs-head", ".hs-legend", ".controls"):
            assert page.locator(part).first.evaluate("one => one.scrollWidth <= one.clientWidth"), (part, width)


def test_it_prints_on_one_sheet_with_marking_and_list(show, shareable):
    page = show(shareable)
    paper = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", paper)) == 1
    assert re.search(rb"/MediaBox\s*\[0 0 84[12][\d.]* 59[45]", paper)
    page.emulate_media(media="print")
    assert page.locator(".paper").is_visible()
    assert page.locator(".paper tbody tr").count() == 10
    side = page.locator(".hs-card").bounding_box()
    last = page.locator(".shares-key").bounding_box()
    assert last["y"] + last["height"] <= side["y"] + side["height"]


def test_large_maps_are_drawn_on_canvas(show):
    across = 56
    codes = pd.Index([f"X{at:04}" for at in range(across * across)], name="area_code")
    shapes = [box(5e5 + 900 * (at % across), 2e5 + 900 * (at // across), 5e5 + 900 * (at % across) + 900,
                  2e5 + 900 * (at // across) + 900) for at in range(len(codes))]  # fmt: skip
    counts = gpd.GeoDataFrame({"n_ed": np.arange(len(codes)) % 40}, index=codes, geometry=shapes, crs=27700)
    page = show(hs.release(counts))
    assert page.locator(".leaflet-overlay-pane path").count() == 0
    assert page.locator(".leaflet-overlay-pane canvas").count() == 1
    assert sum(int(many.replace(",", "")) for many in legend(page).values()) == len(codes)
    page.locator(".hs-ol button").first.click()
    assert page.locator(".hs-card h2").first.text_content() == page.locator(".hs-ol .name").first.text_content()


@pytest.mark.parametrize("columns", [{}, {"n_ed": [3, 2, 1]}, {"n_police": [0, 0, 0]}], ids=["none", "hidden", "zero"])
def test_pages_with_nothing_to_show_still_open(show, squares, columns):
    page = show(hs.release(squares(3, **columns)))
    assert page.locator("h1").text_content() == "Hotspots"
    assert page.locator(".leaflet-overlay-pane path").count() == 3


def test_hostile_texts_are_shown_as_typed_and_never_run(show, hostile):
    page = show(hostile)
    assert page.title() == hostile.about["title"].rstrip(" ")
    assert page.locator("h1").text_content() == hostile.about["title"]
    for row in range(3):
        page.locator(".hs-ol button").nth(row).click()
        assert page.locator(".hs-card h2").first.text_content() in set(hostile.areas["name"])
    hover_beside_the_middle(page)
    assert page.locator(".hs-tip strong").text_content() in set(hostile.areas["name"])
    page.locator("#hs-search").fill("<img")
    assert page.locator("#hs-found li").count() == 3
    texts = page.locator("body").inner_text()
    assert "1337" not in texts
    assert "36481" not in texts
    assert page.locator("img, iframe, object, embed").count() == 0
