"""Chance matches: a truth that is known comes back within its interval, and what cannot be said is not said."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from hotspot.datasets import make_city
from hotspot.errors import ComparabilityError, ConfigError, HotspotWarning, InputError
from hotspot.fusion import link_events, linkage_chance, match_chance, tolerance_curve, union_total
from hotspot.record import recording

START = pd.Timestamp("2024-01-01")
HOUR = 3600


def frame_of(source, xy, seconds, category="assault"):
    labels = [f"{source}-{i:05d}" for i in range(len(xy))]
    columns = {"source": source, "category": category, "occurred_from": START + pd.to_timedelta(seconds, unit="s")}
    return gpd.GeoDataFrame(columns, index=labels, geometry=gpd.points_from_xy(*np.transpose(xy)), crs=27700)


def town(seed, *, weeks=26, true=120, police=2500, ed=300, spread=600.0):
    """Invent records of one small town; the first `true` of each source are of one event, 40 m and 20 minutes apart."""
    rng = np.random.default_rng(seed)
    place = rng.normal((530_000, 180_000), spread, (police, 2))
    moment = rng.integers(0, weeks * 7 * 24 * HOUR, police)
    where = rng.normal((530_000, 180_000), spread, (ed, 2))
    when = rng.integers(0, weeks * 7 * 24 * HOUR, ed)
    where[:true] = place[:true] + rng.uniform(-40, 40, (true, 2))
    when[:true] = np.clip(moment[:true] + rng.integers(-20 * 60, 20 * 60, true), 0, weeks * 7 * 24 * HOUR - 1)
    return pd.concat([frame_of("police", place, moment), frame_of("ed", where, when)])


def plainly_shifted_mean(records, weeks):
    """Give the mean matches of copies whose records fall off the end: what the circular shift mends."""
    found = []
    for shift in range(1, weeks):
        copy = records.copy()
        moving = copy["source"] == "ed"
        copy.loc[moving, "occurred_from"] += pd.Timedelta(weeks=shift)
        with recording() as notes:
            link_events(copy, chance=False)
        found.append(notes[0].facts["matched"]["ed and police"])
    return np.mean(found)


def test_the_truth_lies_in_the_interval_and_a_plain_shift_puts_it_too_high():
    estimates, covered, plain = [], 0, []
    for seed in range(12):
        records = town(seed)
        row = tolerance_curve(records, distances=(250,), gaps=("6h",)).iloc[0]
        assert row["verdict"] == "estimated"
        assert row["m"] < row["matched"]
        estimates.append(row["m"])
        covered += row["m_lower"] <= 120 <= row["m_upper"]
        if seed < 2:
            chance = plainly_shifted_mean(records, 26)
            assert chance < 0.65 * row["chance"]  # half of the records fall off, on average
            plain.append((row["matched"] - chance) / (1 - chance / row["n_of"]))
    assert abs(np.mean(estimates) - 120) < 6
    assert covered >= 11
    assert min(plain) > 135


def test_with_one_chance_for_all_the_correction_is_the_formula():
    """Where all records have one chance p, m = (M - n p) / (1 - p)."""
    found = np.full(1000, 5)
    matched = np.arange(1000) < 400
    copies = linkage_chance.Copies(matched, found, np.full(25, 200), 10**9)
    p = 5 / 26  # (S + 1) / (S + 1 - k) = 1 / (1 - p)
    assert linkage_chance.correct(copies)["m"] == pytest.approx((400 - 1000 * p) / (1 - p), abs=1e-4)
    none = linkage_chance.Copies(matched, np.zeros(1000, int), np.zeros(25), 2000)
    assert linkage_chance.correct(none) == {
        "chance": 0.0, "chance_sd": 0.0, "m": 400.0, "m_lower": 400.0, "m_upper": 400.0, "verdict": "estimated",
    }  # fmt: skip


def test_independent_sources_have_no_point_estimate_and_a_warning():
    records = town(3, true=0)
    curve = tolerance_curve(records, distances=(100, 250), gaps=("2h", "6h"))
    assert (curve["verdict"] == "chance dominates").all()
    assert curve["m"].isna().all()
    assert (curve["m_lower"] < 10).all()
    total = union_total(curve)
    assert total[["total", "added"]].isna().all(axis=None)
    assert (total["total_upper"] == curve["n_of"] + curve["n_against"] - curve["m_lower"]).all()
    with pytest.warns(HotspotWarning, match=r"of \d+ matches between ed and police within 250 m and 6 h, chance alone"):
        link_events(records)
    with recording() as notes:
        link_events(records, chance=False)
    assert notes[0].facts["chance_matches"] == "not asked for"


def test_the_curve_is_what_linking_notes_at_the_same_tolerances():
    records = town(4)
    curve = tolerance_curve(records, distances=(100, 250), gaps=("2h", "6h"))
    for distance, hours in curve.index:
        with recording() as notes:
            link_events(records, max_distance=distance, max_gap=f"{hours}h")
        facts = notes[0].facts["chance_matches"]["ed and police"]
        row = curve.loc[(distance, hours)]
        assert facts["matched"] == row["matched"] == notes[0].facts["matched"]["ed and police"]
        assert (facts["chance"], facts["m"]) == (row["chance"], row["m"])
    assert (np.diff(curve["matched"].unstack(), axis=1) >= 0).all()  # noqa: PD010 - two levels, no values to name
    assert curve.index.names == ["distance_m", "gap_hours"]


def test_the_order_of_rows_the_side_asked_and_the_number_of_threads_change_nothing(monkeypatch):
    records = town(5)
    curve = tolerance_curve(records, distances=(50, 250), gaps=("1h", "6h"))
    shuffled = records.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(tolerance_curve(shuffled, distances=(250, 50), gaps=("6h", "1h")), curve)
    turned = tolerance_curve(records, of="police", against="ed", distances=(50, 250), gaps=("1h", "6h"))
    pd.testing.assert_frame_equal(
        turned.rename(columns={"n_of": "n_against", "n_against": "n_of"})[curve.columns], curve
    )
    chance = match_chance(records, of="ed", against="police")
    monkeypatch.setattr("hotspot.numerics.lanes.get_num_threads", lambda: 5)
    pd.testing.assert_frame_equal(tolerance_curve(records, distances=(50, 250), gaps=("1h", "6h")), curve)
    pd.testing.assert_series_equal(match_chance(shuffled, of="ed", against="police").reindex(chance.index), chance)


def test_each_records_own_chance_adds_up_to_the_chance_mean():
    records = town(6)
    row = tolerance_curve(records, distances=(250,), gaps=("6h",)).iloc[0]
    for of, against in (("ed", "police"), ("police", "ed")):
        own = match_chance(records, of=of, against=against)
        assert own.index.tolist() == records.index[records["source"] == of].tolist()
        assert own.sum() == pytest.approx(row["chance"])
        assert own.between(0, 1).all()
    centre = records[records["source"] == "ed"].distance(gpd.points_from_xy([530_000], [180_000])[0]) < 500
    own = match_chance(records, of="ed", against="police")
    assert own[centre].mean() > 1.5 * own[~centre].mean()


def test_what_cannot_be_linked_or_lies_outside_the_window_has_no_chance():
    records = town(7, weeks=27)
    first, last = records.index[records["source"] == "ed"][:2]
    records.loc[first, "geometry"] = None
    records.loc[last, "occurred_from"] = records["occurred_from"].max() + pd.Timedelta("1D")
    before = records.copy()
    own = match_chance(records, of="ed", against="police")
    assert own.index[own.isna()].tolist() == [first, last]
    pd.testing.assert_frame_equal(records, before)


def test_the_window_is_cut_to_whole_weeks_of_which_26_are_needed():
    records = town(8, weeks=29)
    with recording() as notes:
        tolerance_curve(records[records["occurred_from"] < START + pd.Timedelta("186D")], distances=(250,))
    assert {name: notes[0].facts[name] for name in ("weeks", "days_cut", "copies")} == {
        "weeks": 26, "days_cut": 4, "copies": 25,
    }  # fmt: skip
    short = records[records["occurred_from"] < START + pd.Timedelta("181D")]
    with pytest.raises(ComparabilityError, match=r"'ed' and 'police' cannot be estimated: .* 25 whole weeks only"):
        tolerance_curve(short)
    with pytest.raises(ComparabilityError, match="Give a longer period"):
        match_chance(short, of="ed", against="police")


def test_copies_keep_place_weekday_and_hour_and_come_back_after_a_whole_round():
    day = 24 * HOUR * 10**6
    window = linkage_chance.Window(3 * day, 26, 182)
    start = 3 * day + np.arange(0, 182 * day, 7 * HOUR * 10**6)
    none = np.full(start.size, linkage_chance.NONE)
    arrived = np.where(np.arange(start.size) % 2, none, start + 5)
    moving = linkage_chance.Queries(np.arange(start.size), none, start, start + 7, arrived)
    for weeks in linkage_chance.shifts(26):
        moved = linkage_chance.moved(moving, window, int(weeks))
        assert ((moved.start - start) % (7 * day) == 0).all()
        assert ((moved.start >= 3 * day) & (moved.start < 185 * day)).all()
        assert (moved.end - moved.start == 7).all()
        assert (moved.arrived[::2] - moved.start[::2] == 5).all()
        assert (moved.arrived[1::2] == linkage_chance.NONE).all()
    assert (linkage_chance.moved(moving, window, 26).start == start).all()
    assert linkage_chance.shifts(26).tolist() == list(range(1, 26))
    many = linkage_chance.shifts(260)
    assert (len(many), many[0], many[-1]) == (25, 1, 259)
    assert (np.diff(many) >= 10).all()


def test_coarse_times_count_only_where_the_gap_allows_them():
    records = town(9)
    coarse = records.assign(time_precision=np.where(np.arange(len(records)) % 2, "day", "minute"))
    coarse.loc[coarse["time_precision"] == "day", "occurred_from"] = coarse["occurred_from"].dt.normalize()
    curve = tolerance_curve(coarse, distances=(100,), gaps=("2h", "24h"))
    assert curve["n_of"].tolist() == [150, 300]
    assert curve["n_against"].tolist() == [1250, 2500]
    days = coarse.assign(time_precision=np.where(coarse["source"] == "ed", "day", "minute"))
    curve = tolerance_curve(days, distances=(100,), gaps=("2h", "24h"))
    assert curve["verdict"].iloc[0] == "time too coarse"
    assert curve[["chance", "m", "m_lower", "m_upper"]].iloc[0].isna().all()


def test_no_match_is_a_finding():
    apart = town(10, true=0)
    apart.loc[apart["source"] == "ed", "geometry"] = apart.translate(50_000)
    row = tolerance_curve(apart, distances=(250,), gaps=("6h",)).iloc[0]
    assert (row["verdict"], row["matched"], row["m"], row["m_upper"]) == ("no match", 0, 0.0, 0.0)


def test_refusals():
    records = town(11, police=300, ed=60, true=20)
    with pytest.raises(ConfigError, match="'ambulance' is not known"):
        tolerance_curve(records, of="ambulance")
    with pytest.raises(ConfigError, match="both are 'ed'"):
        tolerance_curve(records, against="ed")
    with pytest.raises(ConfigError, match="distances"):
        tolerance_curve(records, distances=())
    with pytest.raises(ConfigError, match="gaps"):
        tolerance_curve(records, gaps=("soon",))
    with pytest.raises(ConfigError, match=r"distances: give a list, such as \[150\]"):
        tolerance_curve(records, distances=150)
    with pytest.raises(ConfigError, match=r"gaps: give a list, such as \['6h'\]"):
        tolerance_curve(records, gaps="6h")
    with pytest.raises(ComparabilityError, match="no record of source 'ed' is of a category"):
        tolerance_curve(records.assign(category=np.where(records["source"] == "ed", "burglary", "assault")))
    with pytest.raises(ComparabilityError, match="none of the 60 records of source 'ed' can be linked"):
        tolerance_curve(records.assign(time_precision=np.where(records["source"] == "ed", "month", "minute")))
    with pytest.raises(InputError, match="n_against"):
        union_total(pd.DataFrame({"n_of": [1]}))


def known_city(seed):
    """Let the agencies of the synthetic city send times and places as exact as linkage needs, beside the truth."""
    city, rng = make_city(seed), np.random.default_rng(seed)

    def records(source, column, metres, minutes):
        own = city.truth[city.truth[column].notna()]
        away, turn = metres * np.sqrt(rng.random(len(own))), rng.uniform(0, 2 * np.pi, len(own))
        late = pd.to_timedelta(rng.integers(-minutes, minutes + 1, len(own)), unit="min")
        xy = np.column_stack([own.geometry.x + away * np.cos(turn), own.geometry.y + away * np.sin(turn)])
        seconds = (pd.to_datetime(own["occurred"]) + late - START).dt.total_seconds().to_numpy()
        frame = frame_of(source, xy, seconds).assign(event=own["event_id"].to_numpy())
        return frame.assign(conveyed=pd.array(own["conveyed"] == "Y" if source == "ambulance" else [None] * len(own)))

    called = records("ambulance", "ambulance_row", 10, 10).astype({"conveyed": "boolean"})
    return pd.concat([records("police", "police_row", 60, 20), records("ed", "ed_row", 60, 20), called])


def shared(records, one, other):
    events = [set(records.loc[records["source"] == name, "event"]) for name in (one, other)]
    return len(events[0] & events[1])


def test_the_synthetic_citys_overlap_is_recovered():
    records = known_city(2)
    curve = tolerance_curve(records, distances=(120, 250), gaps=("1h", "6h"))
    truth = shared(records, "ed", "police")
    assert truth > 900
    assert (curve["verdict"] == "estimated").all()
    assert ((curve["m_lower"] <= truth) & (truth <= curve["m_upper"])).all()
    assert (curve["m"] - truth).abs().max() < 0.02 * truth
    assert (curve["matched"].loc[(250, 6)] - truth) > 0.05 * truth  # M itself would not do
    known = shared(records, "ed", "police")
    total = union_total(curve)
    assert (total["total_lower"] <= total["n_of"] + total["n_against"] - known).all()


def test_in_the_synthetic_city_most_links_of_hospital_and_ambulance_are_true():
    records = known_city(3)
    linked = link_events(records, max_distance=150, max_gap="1h")
    ed, ambulance = (linked[linked["source"] == name].set_index("event_id")["event"] for name in ("ed", "ambulance"))
    both = ed.index.intersection(ambulance.index)
    right = (ed[both] == ambulance[both]).sum()
    assert right > 0.98 * len(both)
    brought = records[(records["source"] == "ed") | records["conveyed"].fillna(value=False)]
    assert right > 0.98 * shared(brought, "ed", "ambulance")
