"""Back-tests: the future stays unseen, steps add up, and what does not fit is refused."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

import hotspot as hs
from hotspot.errors import ConfigError, InputError
from hotspot.evaluation import Past, methods

MONTHS = [str(month) for month in pd.period_range("2022-01", "2024-06", freq="M")]


@pytest.fixture(scope="module")
def grid():
    cells = [box(500 * i, 500 * j, 500 * i + 500, 500 * j + 500) for j in range(8) for i in range(8)]
    people = np.random.default_rng(9).integers(50, 2_000, 64)
    return gpd.GeoDataFrame(
        {"population": people}, index=[f"C{i:02d}" for i in range(64)], geometry=cells, crs=27700
    ).rename_axis("area_code")


@pytest.fixture(scope="module")
def counts(grid):
    rng = np.random.default_rng(3)
    rate = rng.gamma(0.6, 3, 64)
    return pd.DataFrame(rng.poisson(rate[:, None], (64, len(MONTHS))), index=grid.index, columns=MONTHS)


@pytest.fixture(scope="module")
def records(grid, counts):
    rng = np.random.default_rng(4)
    rows = [(c, m) for c in counts.index for m in counts.columns for _ in range(int(counts.loc[c, m]))]
    corner = grid.geometry.bounds.loc[[c for c, _ in rows]]
    x, y = (corner[side].to_numpy() + rng.uniform(1, 499, len(rows)) for side in ("minx", "miny"))
    when = pd.to_datetime([m + "-01" for _, m in rows]) + pd.to_timedelta(rng.uniform(0, 27, len(rows)), unit="D")
    return gpd.GeoDataFrame(
        {"source": "police", "time_precision": "minute", "occurred_from": when.as_unit("us")},
        index=[f"r{i:05d}" for i in range(len(rows))], geometry=gpd.points_from_xy(x, y), crs=27700,
    )  # fmt: skip


def test_a_method_never_sees_the_future(grid, counts, records):
    seen = []

    def watching(past):
        assert past.counts.shape == (64, 12)
        seen.append((past.counts.columns[0], past.counts.columns[-1], past.origin))
        assert (past.incidents["occurred_from"] < past.origin).all()
        assert (past.incidents["occurred_from"] >= pd.Timestamp(past.counts.columns[0])).all()
        assert len(past.incidents) == past.counts.to_numpy().sum()
        return past.total

    table = hs.backtest({"watching": watching}, counts, grid, incidents=records, test=3, gap=1, draws=0)
    assert seen[-1] == ("2023-03", "2024-02", pd.Timestamp("2024-03-01"))
    assert list(dict.fromkeys(table.index.get_level_values("step"))) == [
        "all", "2023-04 to 2023-06", "2023-07 to 2023-09", "2023-10 to 2023-12", "2024-01 to 2024-03",
        "2024-04 to 2024-06",
    ]  # fmt: skip


def test_changing_the_future_changes_no_list(grid, counts, records):
    lists = {}

    def keep(name):
        def method(past):
            lists.setdefault(name, []).append(
                pd.DataFrame({label: ask(past) for label, ask in every(grid).items()}).round(9)
            )
            return past.total

        return method

    hs.backtest({"true": keep("true")}, counts, grid, incidents=records, steps=1, draws=0)
    later = records["occurred_from"] >= "2024-06-01"
    changed = counts.copy()
    changed["2024-06"] = changed["2024-06"].to_numpy()[::-1] * 7
    hs.backtest({"other": keep("other")}, changed, grid, incidents=records[~later], steps=1, draws=0)
    pd.testing.assert_frame_equal(lists["true"][0], lists["other"][0])


def every(grid):
    graph = hs.contiguity(grid)
    return {
        "count": methods.count(),
        "count 3": methods.count(3),
        "rate": methods.rate(),
        "eb": methods.empirical_bayes(),
        "eb local": methods.empirical_bayes(graph=graph),
        "moran": methods.local_moran(graph),
        "moran of rates": methods.local_moran(graph, population="population"),
        "density": methods.kernel_density(800),
        "near repeat": methods.near_repeat(600, weeks=6),
    }


def test_every_ready_made_method_beats_a_blind_list_on_lasting_places(grid, counts, records):
    made = every(grid)
    table = hs.backtest(made, counts, grid, incidents=records, shares=[0.1], draws=99)
    whole = table.loc["all"]["pai"].droplevel("area_share")
    assert set(whole.index) == {"last period", *made, "random"}
    assert whole["random"] == 1.0
    assert (whole[list(made)].drop("rate") > 1.5).all()
    assert whole["count"] > whole["last period"]
    assert whole["count"] > whole["rate"]


def test_all_steps_together_add_up_and_one_step_is_a_list_by_itself(grid, counts):
    made = {"count": methods.count()}
    table = hs.backtest(made, counts, grid, steps=4, shares=[0.05, 0.2], draws=0)
    steps = [name for name in dict.fromkeys(table.index.get_level_values("step")) if name != "all"]
    for name in ("count", "last period", "random"):
        for share in (0.05, 0.2):
            parts = [table.loc[(step, name, share), "hits"] for step in steps]
            assert table.loc[("all", name, share), "hits"] == pytest.approx(sum(parts))
    past = counts.iloc[:, -13:-1].sum(axis=1)
    alone = hs.list_accuracy(
        counts["2024-06"], past / 0.25, pd.Series(0.25, index=grid.index), shares=[0.05, 0.2], before=past, draws=0
    )
    found = table.loc[("2024-06", "count")]
    for column in ("hits", "hit_rate", "pai", "pei", "penalised_pai", "rri"):
        assert found[column].to_numpy() == pytest.approx(alone[column].to_numpy())


def test_a_gain_is_a_paired_difference_and_nothing_against_itself(grid, counts):
    made = {"count": methods.count(), "copy": methods.count(), "blind": lambda past: past.total * 0}
    table = hs.backtest(made, counts, grid, shares=[0.1], against="count", draws=199)
    gain = table.loc["all"].droplevel("area_share")
    assert gain.loc[["count", "copy"], ["gain", "gain_lower", "gain_upper"]].to_numpy().tolist() == [[0.0] * 3] * 2
    assert gain.loc["blind", "gain_upper"] < 0
    assert gain.loc["blind", "gain"] == pytest.approx(gain.loc["blind", "hit_rate"] - gain.loc["count", "hit_rate"])


def test_places_and_rows_may_stand_in_any_order(grid, counts):
    made = {"count": methods.count(), "eb": methods.empirical_bayes()}
    usual = hs.backtest(made, counts, grid, steps=3, draws=0)
    mixed = np.random.default_rng(0).permutation(64)
    moved = hs.backtest(made, counts.iloc[mixed], grid.iloc[mixed[::-1]], steps=3, draws=0)
    pd.testing.assert_frame_equal(usual, moved)


def test_a_place_that_is_missing_when_tested_is_left_out_there_only(grid, counts):
    holed = counts.astype("Float64")
    holed.loc["C05", "2024-06"] = pd.NA
    with hs.recording() as notes:
        hs.backtest({}, holed, grid, steps=2, draws=0)
    assert notes[-1].facts["left_out_missing"] == [0, 1]


def test_harm_that_follows_events_scores_like_them(grid, counts):
    table = hs.backtest({}, counts, grid, steps=2, shares=[0.1], harm=counts * 3.5, draws=0)
    rows = table.loc[("all", "last period")]
    assert rows["harm_rate"].to_numpy() == pytest.approx(rows["hit_rate"].to_numpy())


def test_length_of_street_may_stand_for_ground(counts):
    length = pd.Series(np.linspace(1, 3, 64), index=counts.index)
    table = hs.backtest({"count": methods.count()}, counts, length, steps=2, shares=[0.1], draws=0)
    assert table.loc[("all", "count", 0.1), "pai"] > 1


def test_the_fused_list_counts_an_event_once(grid):
    records = gpd.GeoDataFrame(
        {"source": ["police", "ed", "ed"], "event_id": ["a", "a", "b"],
         "occurred_from": pd.to_datetime(["2024-01-02", "2024-01-02", "2024-01-05"])},
        index=["r1", "r2", "r3"], geometry=gpd.points_from_xy([10, 12, 700], [10, 10, 10]), crs=27700,
    )  # fmt: skip
    past = Past(
        pd.DataFrame({"2024-01": 0}, index=grid.index), pd.Series(0.25, index=grid.index), grid, records,
        pd.Timestamp("2024-02-01"),
    )  # fmt: skip
    found = methods.events()(past)
    assert found[found > 0].to_dict() == {"C00": 4.0, "C01": 4.0}


def test_a_density_by_area_is_the_mean_over_its_cells(grid, records):
    past = Past(
        pd.DataFrame({"2024-01": 0}, index=grid.index), pd.Series(0.25, index=grid.index), grid, records,
        pd.Timestamp("2024-07-01"),
    )  # fmt: skip
    found = methods.kernel_density(700, cell_size=50)(past)
    surface = hs.kernel_density(records, bandwidth=700, cell_size=50, grid=(np.arange(25, 4000, 50),) * 2)
    by_hand = surface.density.reshape(8, 10, 8, 10).mean(axis=(1, 3)).ravel()
    assert found.to_numpy() == pytest.approx(by_hand)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"methods": {"random": methods.count()}}, ConfigError, "baseline"),
        ({"methods": [methods.count()]}, ConfigError, "functions by name"),
        ({"methods": {"it": 3}}, ConfigError, "no function"),
        ({"methods": {"it": lambda _past: 3}}, ConfigError, "int, not a Series"),
        ({"methods": {"it": lambda past: past.total / 0}}, InputError, "'it', before 2024-06: .* not finite"),
        ({"methods": {"it": lambda _past: pd.Series([1.0], index=["elsewhere"])}}, InputError, "no place"),
        ({"methods": {"it": methods.kernel_density(400)}}, ConfigError, "needs records"),
        ({"methods": {"it": methods.rate("inhabitants")}}, InputError, "inhabitants"),
        ({"against": "nobody"}, ConfigError, "against"),
        ({"shares": ["a"]}, ConfigError, "shares"),
        ({"penalty": "x"}, ConfigError, "penalty"),
        ({"train": 30}, InputError, "too few"),
        ({"train": 0}, ConfigError, "train"),
        ({"steps": 99}, InputError, "steps: 99"),
        ({"draws": 10**6, "shares": list(np.linspace(0.01, 1, 100))}, ConfigError, "draws"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(grid, counts, change, error, words):
    usual = {"methods": {"count": methods.count()}, "counts": counts, "areas": grid, "steps": 1, "draws": 0}
    with pytest.raises(error, match=words):
        hs.backtest(**{**usual, **change})


def test_an_error_in_a_method_of_ones_own_says_which_and_when(grid, counts):
    with pytest.raises(ZeroDivisionError) as caught:
        hs.backtest({"mine": lambda _past: 1 / 0}, counts, grid, steps=1, draws=0)
    assert caught.value.__notes__ == ["in method 'mine' of the back-test, before 2024-06"]


def test_only_a_table_of_a_back_test_is_drawn_and_told(counts):
    for tell in (hs.findings, hs.draw_backtest):
        with pytest.raises(InputError, match="table: give the table"):
            tell(counts)


def test_periods_that_leave_a_gap_are_refused(grid, counts, records):
    with pytest.raises(InputError, match="without a gap"):
        hs.backtest({}, counts.drop(columns="2023-05"), grid, draws=0)
    named = counts.set_axis([f"round {i}" for i in range(len(MONTHS))], axis=1)
    assert not hs.backtest({}, named, grid, steps=1, draws=0).empty
    with pytest.raises(InputError, match="periods such as"):
        hs.backtest({}, named, grid, incidents=records, draws=0)


def test_weeks_cannot_be_told_of_months(grid, counts, records):
    monthly = records.assign(time_precision="month")
    with pytest.raises(InputError, match="only their month"):
        hs.backtest({"it": methods.near_repeat()}, counts, grid, incidents=monthly, steps=1, draws=0)


def test_counting_by_period_accounts_for_every_record(grid, counts, records):
    elsewhere = records.iloc[:3].set_geometry(gpd.points_from_xy([-5] * 3, [-5] * 3), crs=27700)
    elsewhere.index = ["x1", "x2", "x3"]
    undated = records.iloc[3:5].assign(occurred_from=pd.NaT).set_axis(["y1", "y2"])
    with hs.recording() as notes:
        found = hs.count_by_period(pd.concat([records, elsewhere, undated]), grid)
    assert found.astype(int).to_numpy().tolist() == counts.to_numpy().tolist()
    facts = notes[-1].facts
    assert facts["kept"] == facts["counted"] + facts["without_time"] + facts["in_no_area"]
    assert (facts["without_time"], facts["in_no_area"]) == (2, 3)


def test_a_month_without_any_record_is_missing_and_a_day_is_not(grid, records):
    gap = records[~records["occurred_from"].dt.to_period("M").astype(str).eq("2023-05")]
    assert hs.count_by_period(gap, grid)["2023-05"].isna().all()
    some = records[records["occurred_from"] < "2022-03-01"]
    days = hs.count_by_period(some[some["occurred_from"].dt.day != 5], grid, period="day")
    assert (days["2022-02-05"] == 0).all()
    with pytest.warns(hs.HotspotWarning, match="first week"):
        weeks = hs.count_by_period(some, grid, period="week")
    assert weeks.columns[0] == "2021-12-27/2022-01-02"
    assert not hs.backtest({}, weeks, grid, train=2, steps=1, incidents=some, draws=0).empty


def test_a_last_month_that_is_cut_off_is_told(grid, records):
    with pytest.warns(hs.HotspotWarning, match="last month"):
        hs.count_by_period(records[records["occurred_from"] < "2024-06-08"], grid)


def test_months_give_no_days_and_unlinked_sources_no_sum(grid, records):
    with pytest.raises(InputError, match="know only the month"):
        hs.count_by_period(records.assign(time_precision="month"), grid, period="week")
    two = records.assign(source=["police", "ed"] * (len(records) // 2) + ["ed"] * (len(records) % 2))
    with pytest.raises(hs.ComparabilityError, match="Link them"):
        hs.count_by_period(two, grid)
    linked = two.assign(event_id=[f"e{i // 2}" for i in range(len(two))])
    assert hs.count_by_period(linked, grid).to_numpy().sum() == linked["event_id"].nunique()


def test_the_figure_says_what_it_shows(grid, counts):
    table = hs.backtest({"count": methods.count()}, counts, grid, shares=[0.05, 0.1, 0.2], draws=50)
    axes = hs.draw_backtest(table).axes[0]
    caught = table.loc[("all", "count", 0.1), "hit_rate"]
    assert axes.get_title(loc="left") == f"10 % of the ground held {100 * caught:.0f} % of what came next (count)"
    labels = {text.get_text() for text in axes.texts}
    assert {"count", "last period", "a list drawn blindly"} <= labels
    drawn = {tuple(line.get_ydata().round(9)) for line in axes.lines}
    assert tuple(table.loc[("all", "count"), "hit_rate"].round(9)) in drawn
    with pytest.raises(InputError, match="no step"):
        hs.draw_backtest(table, step="1999-01")


def test_the_bandwidth_that_fits_the_places_is_chosen_and_checked_later():
    rng = np.random.default_rng(0)
    town = gpd.GeoDataFrame(index=["A"], geometry=[box(0, 0, 6_000, 6_000)], crs=27700)
    centres = rng.uniform(500, 5_500, (25, 2))
    n = 900
    xy = centres[rng.integers(0, 25, n)] + rng.normal(0, 200, (n, 2))
    when = pd.Timestamp("2022-01-01") + pd.to_timedelta(rng.uniform(0, 729, n), unit="D")
    events = gpd.GeoDataFrame(
        {"source": "police", "occurred_from": when.as_unit("us")},
        index=range(n), geometry=gpd.points_from_xy(*xy.T), crs=27700,
    )  # fmt: skip
    found = hs.forward_bandwidth(events, hs.square_grid(town, 200), [60, 300, 2_500], share=0.05, draws=199)
    assert found.index[found["chosen"]].tolist() == [300.0]
    assert found.loc[2_500, "told_apart"]
    assert not found.loc[300, "told_apart"]
    assert (found["later_lower"] <= found["later_pai"]).all()
    with pytest.raises(ConfigError, match="two or more"):
        hs.forward_bandwidth(events, hs.square_grid(town, 200), [300])
    with pytest.raises(InputError, match="at least 3"):
        hs.forward_bandwidth(events, hs.square_grid(town, 200), [300, 400], train=22)
