"""What does not fit is refused with one clear sentence, and a method cannot disturb another."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

import hotspot as hs
from hotspot.errors import ConfigError, HotspotError, InputError
from hotspot.evaluation import methods

MONTHS = [str(month) for month in pd.period_range("2023-01", "2024-12", freq="M")]


@pytest.fixture
def areas():
    cells = [box(500 * i, 500 * j, 500 * i + 500, 500 * j + 500) for j in range(4) for i in range(4)]
    return gpd.GeoDataFrame({"population": 100}, index=[f"C{i:02d}" for i in range(16)], geometry=cells, crs=27700)


@pytest.fixture
def counts(areas):
    return pd.DataFrame(np.random.default_rng(0).poisson(2, (16, 24)), index=areas.index, columns=MONTHS)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"counts": pd.Series([1])}, InputError),
        ({"harm": [1]}, InputError),
        ({"incidents": pd.DataFrame()}, InputError),
        ({"shares": [[0.1, 0.2]]}, ConfigError),
        ({"shares": [1e-300]}, ConfigError),
        ({"against": ["count"]}, ConfigError),
        ({"methods": {"\x00": methods.count()}}, ConfigError),
        ({"methods": {"x" * 100: methods.count()}}, ConfigError),
    ],
)
def test_wrong_kinds_are_refused(areas, counts, change, error):
    with pytest.raises(error):
        hs.backtest(**{"methods": {}, "counts": counts, "areas": areas, **change})


def test_a_method_cannot_disturb_the_next(areas, counts):
    seen = []

    def careless(past):
        past.areas["population"] = 99
        past.counts.iloc[:, :] = 0
        return past.total

    def watching(past):
        seen.append((int(past.areas["population"].sum()), int(past.counts.to_numpy().sum())))
        return past.total

    hs.backtest({"careless": careless, "watching": watching}, counts, areas, steps=1, draws=0)
    assert seen == [(1_600, int(counts.iloc[:, 11:23].to_numpy().sum()))]
    assert areas["population"].sum() == 1_600


@pytest.mark.parametrize(
    "call",
    [
        hs.concentration,
        lambda _c: hs.concentration(pd.Series([3, 4]), size=pd.Series([1e308, 1e308])),
        lambda _c: hs.concentration(pd.Series([1e308, 1e308])),
        lambda _c: hs.list_stability(None, k=1),
        lambda c: hs.list_stability(c * 10**18, k=1),
        lambda c: hs.place_classes(c.astype(object).assign(**{"2023-01": 10**400}), k=1),
        lambda _c: hs.pai(pd.Series(["abc"]), pd.Series([1]), pd.Series([1])),
        lambda _c: hs.trend(pd.DataFrame({"n_a": [5] * 24}, index=MONTHS), of="n_a", breaks=None),
        lambda _c: hs.trend(pd.DataFrame({"n_a": [5] * 24}, index=MONTHS), of=["n_a"]),
        lambda _c: hs.trend(pd.DataFrame({"n_a": [1e300] * 24}, index=MONTHS), of="n_a"),
        lambda _c: hs.compare_periods(pd.DataFrame({"n_a": [5] * 24}, index=MONTHS), of="n_a", compare=["x"]),
    ],
)
def test_wrong_values_give_one_clear_error_without_the_value(call, counts):
    with pytest.raises(HotspotError) as told:
        call(counts)
    assert "abc" not in str(told.value)
    assert "1e308" not in str(told.value)


def test_a_mistyped_year_is_told_before_thousands_of_periods_are_made(areas):
    when = pd.to_datetime(["1700-01-05"] + ["2023-01-05"] * 50)
    records = gpd.GeoDataFrame(
        {"source": "police", "occurred_from": when}, geometry=gpd.points_from_xy([700] * 51, [700] * 51), crs=27700
    )
    with pytest.raises(InputError, match="a date is likely mistyped") as told:
        hs.count_by_period(records, areas)
    assert "1700" not in str(told.value)


def test_cells_without_number_are_refused_and_one_cell_is_enough(areas, counts):
    when = pd.to_datetime(MONTHS * 4).astype("datetime64[us]")
    records = gpd.GeoDataFrame(
        {"source": "police", "occurred_from": when}, geometry=gpd.points_from_xy([700] * 96, [700] * 96), crs=27700
    )
    with pytest.raises(ConfigError, match="times as large"):
        hs.backtest({"d": methods.kernel_density(0.001)}, counts, areas, incidents=records, steps=1, draws=0)
    wide = hs.backtest({"d": methods.kernel_density(50_000)}, counts, areas, incidents=records, steps=1, draws=0)
    assert wide["hit_rate"].notna().all()


def test_pictures_of_exact_figures_say_that_they_are(counts):
    curve = hs.draw_lorenz(hs.lorenz(counts["2023-01"], draws=9))
    assert "Not disclosure-controlled" in curve.get_supxlabel()
    clock = hs.heat_clock(pd.DataFrame({"source": "ed", "occurred_from": pd.to_datetime(["2024-05-04 23:20"])}))
    assert "Not disclosure-controlled" in hs.draw_heat_clock(clock, of="n_ed").get_supxlabel()
    assert not hs.draw_heat_clock(clock, of="n_ed", stamp="").get_supxlabel()


def test_a_back_test_never_takes_the_place_of_a_release(areas, counts, tmp_path):
    release = hs.release(areas.assign(n_ed=[8] * 16, name="x"))
    hs.save_folder(release, tmp_path / "shareable")
    before = sorted(file.name for file in (tmp_path / "shareable").iterdir())
    table = hs.backtest({}, counts, areas, steps=1, draws=0)
    with pytest.raises(hs.OutputError, match="another kind"):
        hs.save_evaluation(table, tmp_path / "shareable", title="x")
    assert sorted(file.name for file in (tmp_path / "shareable").iterdir()) == before
    hs.save_evaluation(table, tmp_path / "evaluation", title="x")
    with pytest.raises(hs.OutputError, match="another kind"):
        hs.save_folder(release, tmp_path / "evaluation")
    for file in (tmp_path / "evaluation").iterdir():
        assert "NOT DISCLOSURE-CONTROLLED" in file.read_text(encoding="utf-8-sig")
