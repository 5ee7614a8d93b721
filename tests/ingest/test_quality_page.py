"""The page that goes back to a provider: one sheet, no network, no script, no record's values."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

import hotspot as hs
from hotspot.record import Note

PAYLOADS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</title></style><svg onload=alert(1)>",
    "North & South <b>Trust</b>",
    "javascript:alert(1)//'`{{7*7}}",
]
GAZETTEER = {"name": "name", "longitude": "longitude", "latitude": "latitude", "kind": "kind"}


@pytest.fixture(scope="module")
def city(city_folder):
    """Read the synthetic city's ED file, and keep the notes."""
    places = hs.read_gazetteer(city_folder / "gazetteer.csv", **GAZETTEER)
    with hs.recording() as notes:
        records = hs.read_incidents(city_folder / "ed.csv", source="ed_istv", gazetteer=places)
    return records, notes


class Tags(HTMLParser):
    """Collect tags, attributes and text."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes, self.text = [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        """Keep the tag."""
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        """Keep the text."""
        self.text.append(data)


def test_the_page_needs_nothing_from_outside_and_runs_nothing(city):
    page = hs.quality_report(city[0]).to_html()
    parsed = Tags(page)
    allowed = {
        "html", "head", "meta", "title", "style", "body", "p", "b", "header", "div", "h1", "h2", "section", "strong",
        "dl", "dt", "dd", "table", "thead", "tbody", "caption", "tr", "th", "td", "svg", "rect", "line", "span", "ol",
        "li", "br", "footer",
    }  # fmt: skip
    assert set(parsed.tags) <= allowed
    names = {name for name, _ in parsed.attributes}
    assert not names & {"src", "href", "srcset", "data", "action", "style"}
    assert not any(name.startswith("on") for name in names)
    assert "default-src 'none'" in page
    assert not re.search(r"url\(|@import|https?:", page)


def test_the_page_says_whom_it_is_for_and_what_it_does_not_control(city):
    page = hs.quality_report(city[0]).to_html()
    assert "For site SYNTHETIC01 only" in page
    assert "small counts are shown, not disclosure-controlled for others" in page
    assert '<html lang="en">' in page
    assert page.count("<h1") == 1


def test_every_row_and_column_of_the_tables_has_a_heading(city):
    parsed = Tags(hs.quality_report(city[0]).to_html())
    scopes = [value for name, value in parsed.attributes if name == "scope"]
    assert parsed.tags.count("th") == len(scopes)
    assert scopes.count("col") == 12
    assert parsed.tags.count("tr") == scopes.count("row")


def test_figures_on_the_page_are_those_of_the_tables(city):
    report = hs.quality_report(city[0])
    row = report.indicators.loc[("site SYNTHETIC01", "all")]
    text = " ".join(Tags(report.to_html()).text)
    assert f"{row['records']:,}" in text
    assert f"{row['usable_lsoa'] * 100:.0f}%" in text
    silent = round((1 - row["description"]) * row["placeable"])
    assert f"{silent:,} of {row['placeable']:,} records away from home do not say where it happened." in text
    assert "Usable, with the caveats below" in text


@pytest.mark.parametrize("name", PAYLOADS)
def test_hostile_provider_names_are_text(city, name):
    report = hs.quality_report(city[0].assign(provider=name))
    parsed = Tags(report.to_html())
    assert not {"script", "img", "onload"} & set(parsed.tags)
    assert parsed.tags.count("svg") == Tags(hs.quality_report(city[0]).to_html()).tags.count("svg")
    assert any(name in text for text in parsed.text)


def test_names_that_steer_a_terminal_or_turn_the_writing_are_defused(city):
    report = hs.quality_report(city[0].assign(provider="North\x1b[2J\u202etsurT"))
    for text in (report.to_html(), report.summary(), str(report)):
        assert "\x1b" not in text
        assert "\u202e" not in text


def test_a_very_long_name_is_cut(city):
    page = hs.quality_report(city[0].assign(provider="Ω" * 5_000)).to_html()
    assert "Ω" * 80 + "…" in page
    assert "Ω" * 81 not in page


def test_no_value_of_a_record_is_on_the_page(city):
    records, _ = city
    page = hs.quality_report(records).to_html()
    for stamp in records["occurred_from"].dropna().dt.strftime("%Y-%m-%d"):
        assert stamp not in page
    for place in records.geometry.dropna().head(50):
        assert f"{place.x:.0f}" not in page
    assert not any(name in page for name in records.index[:50])


def test_months_that_did_not_come_are_named_and_hatched(city):
    records, _ = city
    gone = records["arrived_at"].dt.strftime("%Y-%m") == "2025-04"
    page = hs.quality_report(records[~gone & (records["occurred_from"].dt.month != 4)]).to_html()
    assert "1 of 12 months did not come in full: Apr 2025 missing." in page
    assert 'class="state missing">missing' in page


@pytest.fixture(scope="module")
def damaged(city):
    """Copy the arrival into August's times, put October's records at the hospital, and send June twice."""
    records = city[0].copy()
    month = records["arrived_at"].dt.strftime("%Y-%m")
    august, october = (month == "2025-08").to_numpy(), (month == "2025-10").to_numpy()
    records.loc[august, "occurred_from"] = records["arrived_at"][august]
    records.loc[august, "time_precision"] = "minute"
    records.loc[october & (np.arange(len(records)) % 3 == 0), "location_level"] = "hospital"
    again = records[(month == "2025-06").to_numpy()]
    return pd.concat([records, again.set_axis(again.index + "-again")])


def test_what_is_wrong_in_one_month_only_is_told_with_the_month(damaged):
    report = hs.quality_report(damaged)
    months = report.indicators.loc["site SYNTHETIC01"]
    june, august, october = months.loc["2025-06"], months.loc["2025-08"], months.loc["2025-10"]
    text = " ".join(Tags(report.to_html()).text)
    assert f"Jun 2025 has {june['records']:,} records, {june['volume_ratio']:.1f} times the usual month" in text
    assert "times of the assault equal the time of arrival. All of them are of Aug 2025." in text
    assert august["same_as_arrival"] == 1
    here = round(october["at_hospital"] * october["records"])
    assert f"Oct 2025: {here:,} of {october['records']:,} records are placed at the hospital itself." in text


def test_months_far_from_the_usual_one_carry_an_arrow_and_a_word_for_it(city, damaged):
    page = hs.quality_report(damaged).to_html()
    assert '<span role="img" aria-label="high">▲</span>' in page
    assert page.count("▲") == 2
    assert "▲" not in hs.quality_report(city[0]).to_html().partition("</caption>")[2]


def test_the_period_of_the_report_is_no_identifier(city):
    records, notes = city
    assert hs.quality_report(records, notes=notes).red_flags["count"].iloc[0] == 0


def test_only_twelve_months_are_shown_and_the_page_says_so(city):
    page = hs.quality_report(city[0], period=("2023-07", "2025-12")).to_html()
    assert "The last 12 of 30 months are shown." in page


def test_identifiers_seen_at_reading_come_first():
    table = pd.DataFrame(
        {"when": ["2024-01-05 10:07"] * 25, "Patient surname": ["x"] * 25, "x": 318500, "y": 176500, "id": range(25)}
    )
    mapping = {
        "name": "ed", "label": "Synthetic", "health": True, "category": {"value": "assault"},
        "columns": {"occurred_from": "when", "easting": "x", "northing": "y"},
    }  # fmt: skip
    with hs.recording() as notes:
        records = hs.read_incidents(table, source=mapping)
    report = hs.quality_report(records, notes=notes)
    assert report.red_flags["count"].iloc[0] == 1
    text = report.summary()
    assert "1. 1 column looks like personal identifiers. It was dropped." in text
    assert "surname" not in report.to_html().casefold()
    assert hs.quality_report(records).red_flags.empty


def test_rows_that_could_not_be_used_are_told_with_their_reason():
    table = pd.DataFrame({"when": ["2024-01-05 10:07"] * 9 + ["31/31/2024"], "x": 318500, "y": 176500})
    mapping = {
        "name": "fire", "label": "Synthetic", "health": False, "category": {"value": "fire_deliberate"},
        "columns": {"occurred_from": "when", "easting": "x", "northing": "y"},
    }  # fmt: skip
    report = hs.quality_report(hs.read_incidents(table, source=mapping, max_reject=0.5))
    assert "1 of 10 rows could not be used: time unreadable (1)." in report.to_html()
    assert "assault" not in report.to_html().casefold()


@pytest.mark.parametrize("extreme", [False, True])
def test_it_prints_on_one_sheet(city, extreme, tmp_path):
    sync_api = pytest.importorskip("playwright.sync_api")
    records, notes = city
    options = {"notes": notes}
    if extreme:
        records = records.assign(
            provider="The Royal and Ancient University Hospitals of North Northport & Southport Trust " * 2,
            weapon_group="unknown", setting="unknown", occurred_from=records["arrived_at"],
        )  # fmt: skip
        records.loc[records.index[::3], ["occurred_from", "arrived_at"]] = pd.NaT
        records.attrs["reading"] = records.attrs["reading"] | {"rejected": {"time unreadable": 99}, "read": 716}
        seen = Note("read_incidents", {"source": "ed", "identifier_columns_dropped": {"a": "name", "b": "name"}})
        options = {"notes": [seen], "period": ("2022-01", "2026-02"), "received": "2026-09-01"}
    file = tmp_path / "page.html"
    file.write_text(hs.quality_report(records, **options).to_html(), encoding="utf-8")
    with sync_api.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=_chromium(), args=["--no-sandbox"])
        page = browser.new_page()
        said = []
        page.on("console", lambda message: said.append(message.text))
        page.on("request", lambda request: said.append(request.url) if not request.url.startswith("file:") else None)
        page.goto(file.as_uri())
        pdf = page.pdf(prefer_css_page_size=True)
        page.set_viewport_size({"width": 390, "height": 800})
        too_wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        browser.close()
    assert len(re.findall(rb"/Type\s*/Page[^s]", pdf)) == 1
    assert not said
    assert not too_wide


def _chromium():
    """Find a Chromium, or skip."""
    import shutil

    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("no Chromium on this machine")
    return path
