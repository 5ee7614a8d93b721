"""The page in a real browser with the network cut: it shows the release, asks for nothing, runs nothing but its own."""

from __future__ import annotations

import shutil

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import box

import hotspot as hs
from hotspot.outputs.offline import check_page

CHROMIUM = shutil.which("chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PAYLOADS = (
    "<img src=x onerror=\"document.title='ran'\">",
    "</script><script>document.title='ran'</script>",
    "{{191*7}}",
    "{% raw",
    "{# note",
    "`${191*7}`",
    "'\"",
    "<!--",
    "\u2028 line",
)


def some_release(text="Quayside", policy=None):
    """Release a 6 x 6 city with one hidden count in each row, every text field set to ``text``."""
    side, codes = 6, [f"A{number:02d}" for number in range(36)]
    squares = [box(600_000 + 800 * (i % side), 200_000 + 800 * (i // side), 600_800 + 800 * (i % side),
                   200_800 + 800 * (i // side)) for i in range(36)]  # fmt: skip
    counts = gpd.GeoDataFrame(
        {
            "name": [f"{text} {code}" for code in codes],
            "population": 1_500,
            "n_police": [3 * (i % 7) + (40 if i in {14, 15, 20, 21} else 1) for i in range(36)],
            "n_ed": [3 if i % side == 0 else 13 + i for i in range(36)],
        },
        index=pd.Index(codes, name="area_code"),
        geometry=squares,
        crs=27700,
    )
    graph = hs.contiguity(counts)

    def analyse(protected):
        parts = []
        for source in ("police", "ed"):
            rates = hs.incidence_rate(protected, of=f"n_{source}")
            lisa = hs.local_moran_rate(protected[f"n_{source}"], protected["population"], graph, permutations=999)
            parts.append(rates.join(lisa).add_suffix(f"_{source}"))
        return pd.concat(parts, axis=1)

    about = {
        "title": text,
        "organisation": text,
        "period": text,
        "geography": text,
        "sources": [
            {"id": "police", "label": f"P {text}", "note": text},
            {"id": "ed", "label": f"E {text}", "note": text},
        ],
        "caveats": [text],
        "method": [text],
    }
    policy = policy or hs.DisclosurePolicy.shareable(public_sources=("police",), handling=text)
    return hs.release(counts, analyse=analyse, policy=policy, about=about)


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        pytest.skip("needs Debian's chromium on the path")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture
def watched(browser):
    """Open a page without network; collect what it says and what it asks for."""
    context = browser.new_context(viewport={"width": 1400, "height": 900}, offline=True)
    page = context.new_page()
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    yield page, said, asked
    context.close()


@pytest.mark.browser
def test_the_page_asks_for_nothing_and_says_nothing(watched, tmp_path):
    page, said, asked = watched
    file = hs.save_map(some_release(), tmp_path / "map.html")
    page.goto(file.as_uri())
    page.wait_for_timeout(500)
    for view in ("Rate", "Clusters"):
        page.get_by_role("button", name=view, exact=True).first.click()
    page.get_by_role("button", name="E Quayside", exact=True).first.click()
    page.wait_for_timeout(200)
    assert page.locator("path.leaflet-interactive").count() >= 36
    assert said == []
    assert [url for url in asked if not url.startswith(("data:", "blob:"))] == [file.as_uri()]


@pytest.mark.browser
def test_a_click_in_the_list_chooses_and_zooms(watched, tmp_path):
    page, said, _asked = watched
    page.goto(hs.save_map(some_release(), tmp_path / "map.html").as_uri())
    page.wait_for_timeout(400)
    zoom = "window[document.querySelector('.folium-map').id].getZoom()"
    before = page.evaluate(zoom)
    first = page.locator("ol button").first
    name = first.inner_text()
    first.click()
    page.wait_for_timeout(600)
    assert page.evaluate(zoom) > before
    assert page.locator("aside h2").first.inner_text() in name
    assert said == []


@pytest.mark.browser
def test_the_phone_layout_needs_no_sideways_scrolling(watched, tmp_path):
    page, said, _asked = watched
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(hs.save_map(some_release(), tmp_path / "map.html").as_uri())
    page.wait_for_timeout(400)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert said == []


@pytest.mark.browser
def test_it_prints_on_one_page(watched, tmp_path):
    page, _said, _asked = watched
    page.goto(hs.save_map(some_release(), tmp_path / "map.html").as_uri())
    page.wait_for_timeout(400)
    paper = page.pdf(prefer_css_page_size=True)
    assert paper.count(b"/Type /Page\n") + paper.count(b"/Type /Page/") + paper.count(b"/Type /Page ") == 1


@pytest.mark.browser
@pytest.mark.parametrize("payload", PAYLOADS)
def test_text_from_data_is_shown_and_never_run(watched, tmp_path, payload):
    page, said, _asked = watched
    file = hs.save_map(some_release(payload), tmp_path / "map.html")
    page.goto(file.as_uri())
    page.wait_for_timeout(300)
    page.locator("ol button").first.click()
    page.wait_for_timeout(200)
    assert page.title().strip() == payload.strip()
    assert page.locator("h1").first.text_content() == payload
    assert "1337" not in page.locator("body").inner_text()
    assert said == []


def test_the_same_release_gives_the_same_page(tmp_path):
    release = some_release()
    first = hs.save_map(release, tmp_path / "a.html").read_bytes()
    assert hs.save_map(release, tmp_path / "b.html").read_bytes() == first
    figure = hs.build_map(release).get_root()
    assert figure.render() == figure.render()


def test_the_page_holds_a_policy_and_nothing_to_fetch(tmp_path):
    page = hs.save_map(some_release(), tmp_path / "map.html").read_text(encoding="utf-8")
    assert "default-src 'none'" in page
    assert "connect-src 'none'" in page
    for sign in ('src="http', "url(http", "@import", '<link rel="stylesheet'):
        assert sign not in page


def test_what_could_fetch_or_run_is_refused():
    for page in (
        '<img src="https://example.org/x.png">',
        '<link rel="stylesheet" href="//example.org/x.css">',
        "<style>@import 'https://example.org/x.css';</style>",
        "<div style=\"background:url('https://example.org/x.png')\"></div>",
        "<script>foreign()</script>",
        '<b onclick="foreign()">x</b>',
    ):
        with pytest.raises(hs.OutputError, match="would load from elsewhere or run"):
            check_page(page, [])
    check_page('<a href="#list">list</a><img src="data:image/png;base64,AA=="><script>ours()</script>', ["ours()"])


def test_hidden_counts_are_nowhere_in_the_page(tmp_path):
    page = hs.save_map(some_release(), tmp_path / "map.html").read_text(encoding="utf-8")
    block = page.split('id="hotspot-data">')[1].split("</script>")[0]
    assert '"n":3,' not in block
    assert "Suppressed" in block


def test_only_a_release_is_drawn(tmp_path):
    with pytest.raises(hs.DisclosureError):
        hs.save_map(some_release().areas, tmp_path / "map.html")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.browser
@pytest.mark.parametrize("width", [1200, 390])
def test_the_page_of_a_back_test_asks_for_nothing_and_fits(watched, tmp_path, width):
    page, said, asked = watched
    counts = pd.DataFrame({"2023": [9, 4, 1, 0], "2024": [8, 5, 0, 1]}, index=list("ABCD"))
    table = hs.backtest({}, counts, pd.Series(1.0, index=list("ABCD")), train=1, shares=[0.25, 0.5], draws=99)
    file = hs.save_evaluation(table, tmp_path / "evaluation", title=PAYLOADS[0], method=PAYLOADS) / "evaluation.html"
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(file.as_uri())
    page.wait_for_timeout(200)
    assert said == []
    assert asked == [file.as_uri()]
    assert PAYLOADS[0] in page.title()
    assert page.locator("figure svg").bounding_box()["width"] > 300
    assert page.evaluate("document.documentElement.scrollWidth") <= width
