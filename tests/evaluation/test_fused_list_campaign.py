"""The campaign behind docs/question.md: fair budgets, a ceiling that nothing beats, and figures that match the page."""

from __future__ import annotations

import importlib
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import box

import hotspot as hs
from hotspot.datasets import make_city

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def scripts():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "tests" / "campaigns")
        yield {name: importlib.import_module(name) for name in ("fused_list", "fused_list_city", "fused_list_report")}


@pytest.fixture(scope="module")
def campaign(scripts):
    return scripts["fused_list"]


@pytest.fixture(scope="module")
def report(scripts):
    return scripts["fused_list_report"]


@pytest.fixture(scope="module")
def measured(campaign, scripts):
    """Give two small cities as they are, and without hidden places."""
    varied = {name: scripts["fused_list_city"].VARIED[name] for name in ("no hidden places",)}
    base, facts = campaign.run(range(1, 3), {"as it is": campaign.AS_IT_IS}, size="small")
    without, other = campaign.run(range(1, 3), varied, size="small", units=("areas",))
    return {"as_it_is": base, "as_it_is_facts": facts, "varied": without, "varied_facts": other}


@pytest.fixture(scope="module")
def places():
    rng = np.random.default_rng(1)
    codes = pd.Index([f"A{i}" for i in range(40)])
    return pd.DataFrame(
        {"size": rng.uniform(0.1, 2, 40), "score": rng.poisson(3, 40), "came": rng.poisson(5, 40)}, index=codes
    ).astype(float)


def test_unchanged_the_agencies_send_the_very_files_of_the_city(scripts):
    city, here = make_city(4, size="small"), scripts["fused_list_city"]
    sent = here.send(4, "small", here.AS_IT_IS)
    pd.testing.assert_frame_equal(sent.ed, city.ed)
    pd.testing.assert_frame_equal(sent.ambulance, city.ambulance)
    pd.testing.assert_frame_equal(sent.published, city.police)
    assert len(sent.police) == sent.events["police"].sum() == city.truth["police_row"].notna().sum()


def test_every_list_gets_exactly_the_same_ground(campaign, places):
    """Where later events lie evenly over the ground, any list catches just the share of the ground that it has."""
    even = places[["size"]] * 7
    for score in (places["score"], places["came"], places["score"] * 0 + 1):
        found = campaign.caught(score, places["size"], even, campaign.SHARES)
        np.testing.assert_allclose(found["size"], campaign.SHARES, atol=1e-12)


def test_a_list_that_knows_nothing_catches_its_share_and_ties_count_in_part(campaign):
    later = pd.DataFrame({"came": [6.0, 2.0, 0.0, 0.0]}, index=list("abcd"))
    size = pd.Series(1.0, index=later.index)
    blind = campaign.caught(size * 3, size, later, (0.25, 0.5))
    assert blind["came"].tolist() == [0.25, 0.5]
    tied = campaign.caught(pd.Series([2.0, 2.0, 1.0, 0.0], index=later.index), size, later, (0.25, 0.5, 0.75))
    assert tied["came"].tolist() == [0.5, 1.0, 1.0]


def test_without_ties_whole_places_score_as_pai_says(campaign, places):
    score = places["score"] + np.linspace(0, 0.5, len(places))
    table = hs.pai(places["came"], score, places["size"])
    found = campaign.caught(score, places["size"], places[["came"]], table["area_share"])
    np.testing.assert_allclose(found["came"], table["hit_rate"], atol=1e-12)


def test_the_true_rates_make_the_best_list(campaign, places):
    best = campaign.caught(places["came"], places["size"], places[["came"]], campaign.SHARES)
    rng = np.random.default_rng(2)
    for _ in range(50):
        score = pd.Series(rng.random(len(places)), index=places.index)
        other = campaign.caught(score, places["size"], places[["came"]], campaign.SHARES)
        assert (other["came"] <= best["came"] + 1e-12).all()


def test_no_list_of_a_city_beats_the_best_possible_in_expectation(campaign, measured):
    raw = measured["as_it_is"]
    expected = raw[raw["when"] == "expected"].set_index(["seed", "unit", "budget", "share", "list"])
    best = expected.xs("the best possible", level="list")
    for name in expected.index.unique("list"):
        found = expected.xs(name, level="list")
        for outcome in campaign.OUTCOMES:
            assert (found[outcome] <= best[outcome].reindex(found.index) + 1e-9).all(), (name, outcome)


def test_more_ground_catches_more_and_all_lists_are_judged_alike(campaign, measured):
    raw = measured["as_it_is"]
    ground = raw[(raw["budget"] == "ground") & (raw["when"] == "expected")]
    wide = ground.pivot_table(index="share", columns=["seed", "unit", "list"], values=campaign.MAIN)
    assert (wide.diff().iloc[1:] >= -1e-12).all(axis=None)
    rows = raw.groupby(["seed", "unit", "list", "when"]).size()
    assert rows.min() == rows.max()


def test_what_was_put_into_the_city_is_what_the_facts_say(measured):
    base, without = (measured[f"{name}_facts"] for name in ("as_it_is", "varied"))
    known = base[["police", "health only", "nobody"]].sum(axis=1)
    np.testing.assert_allclose(known, 1)
    assert base["hidden places"].between(0.28, 0.38).all()
    assert (without["hidden places"] == 0).all()
    assert (without["police"].to_numpy() > base["police"].to_numpy()).all()


def test_a_share_of_records_gets_its_true_place_and_homes_none(campaign):
    ed = gpd.GeoDataFrame(
        {"setting": ["home", *["public"] * 400], "location_level": ["home", *["venue"] * 400]},
        index=[f"ed-{i}" for i in range(401)],
        geometry=gpd.points_from_xy([0] * 401, [0] * 401),
        crs=27700,
    )
    true = gpd.GeoSeries(gpd.points_from_xy(range(401), [5] * 401), index=ed.index, crs=27700)
    found = campaign.with_places(ed, true, 0.25)
    assert found.geometry.iloc[0] is None
    assert 0.18 < found.geometry.iloc[1:].notna().mean() < 0.32
    kept = found[found.geometry.notna()]
    assert (kept.geometry == true[kept.index]).all()


def test_taking_chance_out_adds_events_and_never_more_than_were_matched(campaign):
    counts = pd.DataFrame(
        {"n_police": [10, 10, 0], "n_health": [8, 8, 0], "n_health_unmatched": [4, 8, 0],
         "chance_matches": [2.0, 2.0, 0.0]},
        index=list("abc"),
    )  # fmt: skip
    # (4 - 2) / (1 - 2 / 8) of the four matches are true; where nothing matched, nothing is put back
    np.testing.assert_allclose(campaign.without_chance(counts), [18 - 8 / 3, 18, 0])


def test_the_comparison_is_by_city(report):
    table = pd.DataFrame({"police": [0.2, 0.4], "fused": [0.3, 0.4], "the best possible": [0.4, 0.5]})
    found = report.compared(table, "fused")
    assert found["gain"] == pytest.approx(0.25)
    assert found["points"] == pytest.approx(0.05)
    assert found["better"] == found["as_good"] == 0.5
    assert found["reached"] == pytest.approx(0.05 / 0.15)
    reach = 12.7062 * 0.05  # Student's t of one degree of freedom times the standard error
    assert found["points_upper"] == pytest.approx(0.05 + reach, abs=1e-4)
    assert report.compared(table, "police")["gain"] == 0


def test_the_report_is_the_same_in_every_run_and_draws_its_figure(report, measured, tmp_path):
    for name, table in measured.items():
        table.to_parquet(tmp_path / f"{name}.parquet")
    written = []
    for run in ("one", "two"):
        report.report(tmp_path, tmp_path / run)
        written.append({path.name: path.read_bytes() for path in sorted((tmp_path / run).rglob("*.*"))})
    assert written[0] == written[1]
    assert set(written[0]) == {"fused_list.csv", "fused_list_cities.csv", "fused_list_facts.csv", "fused_list.svg"}


def test_the_page_holds_the_tables_of_the_measured_figures(report):
    page = (ROOT / "docs" / "question.md").read_text(encoding="utf-8")
    table = pd.read_csv(ROOT / "docs" / "measured" / "fused_list.csv")
    facts = pd.read_csv(ROOT / "docs" / "measured" / "fused_list_facts.csv", index_col="variant")
    for lines in report.tables(table, facts).values():
        assert lines in page


def test_the_summary_agrees_with_the_values_of_the_cities(report):
    table = pd.read_csv(ROOT / "docs" / "measured" / "fused_list.csv")
    cities = pd.read_csv(ROOT / "docs" / "measured" / "fused_list_cities.csv")
    main = table[(table["variant"] == "as it is") & (table["when"] == "expected") & (table["outcome"] == report.MAIN)]
    for (unit, budget, share), part in cities.groupby(["unit", "budget", "share"]):
        chosen = (main["unit"] == unit) & (main["budget"] == budget) & (main["share"] == share)
        row = main[chosen & (main["list"] == "fused")].iloc[0]
        again = report.compared(part, "fused")
        assert row["cities"] == part["seed"].nunique() == len(part)
        for name in ("caught", "gain", "points", "points_lower", "points_upper", "better"):
            assert row[name] == pytest.approx(again[name], abs=1e-4)
        assert (part["fused"] <= part["the best possible"] + 1e-5).all()


def test_what_happened_is_counted_once_in_its_place(campaign):
    areas = gpd.GeoDataFrame(index=["A", "B"], geometry=[box(0, 0, 10, 10), box(10, 0, 20, 10)], crs=27700)
    events = gpd.GeoDataFrame(
        {"setting": ["public", "home", "licensed"], "injury": ["serious", "minor", "none"]},
        geometry=gpd.points_from_xy([1, 2, 15], [1, 1, 1]),
        crs=27700,
    )
    found = campaign.happened(events, areas)
    assert found["injured outside the home"].tolist() == [1, 0]
    assert found["all outside the home"].tolist() == [1, 1]
    assert found["all violence"].tolist() == [2, 1]
    assert found["harm outside the home"].tolist() == [1_460, 0]
