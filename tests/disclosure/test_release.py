"""The gate lets through what is declared, computes the rest from protected counts, and hides whole rows."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

import hotspot as hs
from hotspot.disclosure.protection import protect_table
from hotspot.errors import ConfigError, CRSError, DisclosureError, InputError
from hotspot.schema import CATEGORIES, COLUMNS, Disclosure

SHAREABLE = hs.DisclosurePolicy.shareable()
POLICE_PUBLIC = hs.DisclosurePolicy.shareable(public_sources=("police",))
_BY_SOURCE = [column for column in COLUMNS if column.by_source]
INTERNAL = [column.name for column in _BY_SOURCE if column.disclosure is Disclosure.INTERNAL]
LABELS = [column.name for column in _BY_SOURCE if column.dtype == "str"]
MEASURES = [column.name for column in _BY_SOURCE if column.name not in {*INTERNAL, *LABELS}]
RESTRICTED = hs.DisclosurePolicy.restricted(reason="tasking meeting")


@pytest.fixture
def row():
    """Make a row of square areas with the given columns."""

    def make(many, **columns):
        codes = pd.Index([f"A{at:02}" for at in range(many)], name="area_code")
        shapes = [box(600_000 + 900 * at, 200_000, 600_900 + 900 * at, 200_900) for at in range(many)]
        return gpd.GeoDataFrame(columns, index=codes, geometry=shapes, crs=27700)

    return make


@pytest.fixture
def counts(row):
    """Give six areas: ed hides the first two, police hides the third, the last has no ed coverage."""
    return row(
        6,
        name=["Ash", "Elm", "Fir", "Oak", "Sal", "Yew"],
        population=[1500, 1600, 1700, 1800, 1900, 2000],
        n_police=pd.array([31, 40, 5, 17, 0, 64], "Int64"),
        n_ed=pd.array([3, 7, 13, 23, 0, None], "Int64"),
    )


@pytest.fixture
def derive_all():
    """Derive, for every source, a column of every kind; labels say No data where a count is missing."""

    def analyse(areas):
        found = {}
        for source in (str(name)[2:] for name in areas.columns if str(name).startswith("n_")):
            count = areas[f"n_{source}"].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
            found |= {f"{stem}_{source}": count / 2 + 0.25 for stem in (*MEASURES, *INTERNAL)}
            label = np.where(np.isnan(count), "No data", "Not significant")
            found |= {f"{stem}_{source}": label for stem in LABELS}
        found["rank"] = pd.array(range(1, len(areas) + 1), "Int64")
        found["score"] = np.arange(len(areas)) + 0.5
        found["agreement"] = "neither"
        return pd.DataFrame(found, index=areas.index)

    return analyse


def missing(series):
    return [pd.isna(value) for value in series]


def test_an_undeclared_column_is_refused(counts):
    with pytest.raises(DisclosureError) as caught:
        hs.release(counts.assign(nearest_pub="x"))
    assert "column 'nearest_pub' has no disclosure rule; drop it or declare one" in str(caught.value)
    with pytest.raises(DisclosureError, match="nearest_pub"):
        hs.release(counts.assign(nearest_pub="x"), policy=RESTRICTED)


@pytest.mark.parametrize("name", [c.name for c in COLUMNS if c.disclosure is Disclosure.NEVER])
@pytest.mark.parametrize("policy", [SHAREABLE, RESTRICTED], ids=["shareable", "restricted"])
def test_a_record_level_column_is_refused(counts, name, policy):
    with pytest.raises(DisclosureError, match=f"counts: column '{name}' is of record level and never leaves"):
        hs.release(counts.assign(**{name: "x"}), policy=policy)
    with pytest.raises(DisclosureError, match=f"analyse: column '{name}' is of record level"):
        hs.release(counts, analyse=lambda areas: pd.DataFrame({name: "x"}, index=areas.index), policy=policy)


@pytest.mark.parametrize("name", ["rate", "moran_label_ed", "rank", "moran_i_ed", "gi_z", "score"])
def test_a_derived_column_comes_from_analyse_only(counts, name):
    given_directly = counts.assign(**{name: 1.5})
    with pytest.raises(DisclosureError, match=f"column '{name}' is derived from exact counts. Compute it in 'analyse'"):
        hs.release(given_directly)
    assert hs.release(given_directly, policy=RESTRICTED).areas[name].tolist() == [1.5] * 6


def test_analyse_must_return_declared_columns(counts):
    with pytest.raises(DisclosureError, match="analyse: column 'nearest_pub' has no disclosure rule; drop it"):
        hs.release(counts, analyse=lambda areas: pd.DataFrame({"nearest_pub": 1}, index=areas.index))


@pytest.mark.parametrize("name", ["n_fire", "n", "households"])
def test_analyse_cannot_add_counts(counts, name):
    with pytest.raises(DisclosureError, match=f"analyse: column '{name}'"):
        hs.release(counts, analyse=lambda areas: pd.DataFrame({name: 7}, index=areas.index))


@pytest.mark.parametrize(
    "reshape", [lambda f: f.iloc[:-1], lambda f: f.iloc[::-1], lambda f: f.reset_index(drop=True), lambda f: f.iloc[:0]]
)
def test_analyse_must_keep_one_row_per_area(counts, reshape):
    with pytest.raises(ConfigError, match=r"analyse: the index .* is not that of the counts"):
        hs.release(counts, analyse=lambda areas: reshape(pd.DataFrame({"rate_ed": 1.0}, index=areas.index)))


def test_analyse_must_return_a_frame(counts):
    with pytest.raises(ConfigError, match="analyse: returned Series, not a frame"):
        hs.release(counts, analyse=lambda areas: areas["n_ed"])


def test_analyse_sees_protected_counts_once(counts, derive_all):
    seen = []

    def analyse(areas):
        seen.append(areas.copy())
        return derive_all(areas)

    hs.release(counts, analyse=analyse)
    assert len(seen) == 1
    assert seen[0]["n_ed"].fillna(-1).tolist() == [-1, -1, 15, 25, 0, -1]
    assert seen[0]["n_police"].fillna(-1).tolist() == [30, 40, -1, 15, 0, 65]


def test_analyse_cannot_put_exact_counts_back(counts):
    exact = counts["n_ed"].copy()

    def analyse(areas):
        areas["n_ed"] = exact
        return areas.drop(columns="geometry")

    assert hs.release(counts, analyse=analyse).areas["n_ed"].fillna(-1).tolist() == [-1, -1, 15, 25, 0, -1]


def test_a_hidden_count_takes_its_row_with_it(counts, derive_all):
    done = hs.release(counts, analyse=derive_all)
    areas = done.areas
    assert done.hidden["ed"].tolist() == [True, True, False, False, False, False]
    assert done.hidden["police"].tolist() == [False, False, True, False, False, False]
    for stem in MEASURES:
        assert missing(areas[f"{stem}_ed"]) == [True, True, False, False, False, True], stem
        assert missing(areas[f"{stem}_police"]) == [False, False, True, False, False, False], stem
    for stem in LABELS:
        plain = "Not significant"
        # 'No data' stays where there is truly no coverage: it is no hidden count.
        assert areas[f"{stem}_ed"].tolist() == ["Suppressed", "Suppressed", plain, plain, plain, "No data"]
        assert areas[f"{stem}_police"].tolist() == [plain, plain, "Suppressed", plain, plain, plain]
    either = [True, True, True, False, False, False]
    assert missing(areas["rank"]) == either
    assert missing(areas["score"]) == either
    assert [text == "Suppressed" for text in areas["agreement"]] == either


def test_figures_of_a_public_source_stay(counts, derive_all):
    done = hs.release(counts, analyse=derive_all, policy=POLICE_PUBLIC)
    assert done.areas["n_police"].tolist() == counts["n_police"].tolist()
    assert done.areas["rate_police"].notna().all()
    assert (done.areas["moran_label_police"] == "Not significant").all()
    assert not done.hidden["police"].any()
    assert missing(done.areas["rate_ed"])[:2] == [True, True]


def test_internal_columns_leave_in_restricted_only(counts, derive_all):
    internal = {f"{stem}_{source}" for stem in INTERNAL for source in ("police", "ed")}
    with hs.recording() as notes:
        shared = hs.release(counts, analyse=derive_all)
    assert internal.isdisjoint(shared.areas.columns)
    assert internal <= set(hs.release(counts, analyse=derive_all, policy=RESTRICTED).areas.columns)
    dropped = next(entry for entry in notes if entry.step == "release_internal")
    assert set(dropped.facts["dropped"]) == internal


def test_restricted_is_exact(counts, derive_all):
    done = hs.release(counts, analyse=derive_all, policy=RESTRICTED)
    pd.testing.assert_series_equal(done.areas["n_ed"], counts["n_ed"])
    assert not done.hidden.to_numpy().any()
    assert "Suppressed" not in done.areas["moran_label_ed"].tolist()
    assert done.statement.startswith("NOT DISCLOSURE-CONTROLLED.")
    assert "tasking meeting" in done.statement


def test_a_sum_is_that_of_its_published_parts(counts):
    total = counts.assign(n=counts["n_police"] + counts["n_ed"])
    areas = hs.release(total, policy=POLICE_PUBLIC).areas
    assert areas["n"].fillna(-1).tolist() == [-1, -1, 5 + 15, 17 + 25, 0, -1]
    assert hs.release(total, policy=RESTRICTED).areas["n"].fillna(-1).tolist() == [34, 47, 18, 40, 0, -1]


def test_a_union_of_linked_events_is_not_shown(counts):
    union = counts.assign(n=(counts["n_police"] + counts["n_ed"] - 1).clip(lower=0))
    assert hs.release(union, policy=POLICE_PUBLIC).areas["n"].isna().all()


def test_a_sum_without_parts_is_refused(row):
    with pytest.raises(DisclosureError, match="'n' has no parts"):
        hs.release(row(2, n=[3, 40]))


def test_a_shared_rate_is_protected_by_the_count_it_implies(row):
    people = [1500, 1600, 2000, 1000, 0]
    implied = [3, 7, 13, 0, 0]
    rates = [n / p * 1000 if p else 0.0 for n, p in zip(implied, people, strict=True)]
    areas = row(5, population=people, rate_ambulance=[round(rate, 2) for rate in rates])
    done = hs.release(areas)
    assert done.sources == ("ambulance",)
    assert done.hidden["ambulance"].tolist() == [True, True, False, False, False]
    assert missing(done.areas["rate_ambulance"]) == [True, True, False, False, True]
    assert done.areas["rate_ambulance"].iloc[2] == 15 / 2000 * 1000
    assert "recomputed from the rounded count: ambulance" in done.statement


def test_a_shared_rate_without_population_is_refused(row):
    rates = row(2, rate_ambulance=[2.0, 8.5])
    with pytest.raises(DisclosureError, match="'rate_ambulance' cannot be protected without 'population'"):
        hs.release(rates)
    public = hs.DisclosurePolicy.shareable(public_sources=["ambulance"])
    for policy in (public, RESTRICTED):
        assert hs.release(rates, policy=policy).areas["rate_ambulance"].tolist() == [2.0, 8.5]


def test_a_rate_beside_its_exact_count_is_refused(counts):
    with pytest.raises(DisclosureError, match="'rate_ed' stands beside 'n_ed'"):
        hs.release(counts.assign(rate_ed=counts["n_ed"].astype("Float64") / 1.5))


def test_inputs_are_unchanged(counts, derive_all):
    before = counts.copy(deep=True)
    table = pd.DataFrame({"n_ed": [3, 13]}, index=pd.Index(["2025-01", "2025-02"], name="month"))
    table_before = table.copy(deep=True)
    hs.release(counts, analyse=derive_all, tables={"months": table})
    pd.testing.assert_frame_equal(counts, before)
    pd.testing.assert_frame_equal(table, table_before)


def test_a_release_of_a_release_is_the_same(counts):
    once = hs.release(counts)
    twice = hs.release(once.areas)
    pd.testing.assert_frame_equal(once.areas, twice.areas)


@settings(deadline=None, max_examples=15)
@given(st.lists(st.none() | st.integers(0, 30), min_size=3, max_size=8), st.randoms(use_true_random=False))
def test_row_order_does_not_show(values, random):
    codes = pd.Index([f"A{at}" for at in range(len(values))], name="area_code")
    shapes = [box(900 * at, 0, 900 * at + 900, 900) for at in range(len(values))]
    counts = gpd.GeoDataFrame({"n_ed": pd.array(values, "Int64")}, index=codes, geometry=shapes, crs=27700)
    order = list(codes)
    random.shuffle(order)
    pd.testing.assert_frame_equal(hs.release(counts).areas, hs.release(counts.loc[order]).areas)


def test_areas_sorted_by_count_do_not_leave_sorted(counts):
    by_count = counts.sort_values("n_ed", ascending=False)
    assert hs.release(by_count).areas.index.tolist() == counts.index.tolist()


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda c: c.to_crs(4326), CRSError, "degrees"),
        (lambda c: c.set_crs(None, allow_override=True), CRSError, "no coordinate reference system"),
        (lambda c: pd.concat([c, c.iloc[:1]]), InputError, "more than once"),
        (lambda c: c.assign(n_ed=-1), InputError, "no counts"),
        (lambda c: pd.DataFrame(c.drop(columns="geometry")), InputError, "geometry"),
    ],
)
def test_what_is_no_frame_of_counts_is_refused(counts, change, error, message):
    with pytest.raises(error, match=message):
        hs.release(change(counts))


def test_tables_are_protected(counts):
    months = pd.Index(["2025-01", "2025-02", "2025-03"], name="month")
    table = pd.DataFrame({"n_police": [3, 13, 40], "n_ed": [0, 7, 17]}, index=months)
    done = hs.release(counts, tables={"months": table}, policy=POLICE_PUBLIC)
    assert done.tables["months"]["n_police"].tolist() == [3, 13, 40]
    assert done.tables["months"]["n_ed"].fillna(-1).tolist() == [0, -1, 15]
    restricted = hs.release(counts, tables={"months": table}, policy=RESTRICTED)
    assert restricted.tables["months"]["n_ed"].tolist() == [0, 7, 17]


@pytest.mark.parametrize("column", ["nearest_pub", *CATEGORIES[:1], "rate_ed", "population", "category", "n"])
def test_a_table_column_without_a_rule_is_refused(counts, column):
    table = pd.DataFrame({"n_ed": [13], column: [1]}, index=pd.Index(["2025-01"], name="month"))
    with pytest.raises(DisclosureError, match=rf"tables\['months'\]: column '{column}'"):
        hs.release(counts, tables={"months": table})


def test_a_table_by_area_is_refused(counts):
    table = pd.DataFrame({"n_ed": [13, 17]}, index=pd.Index(["M1", "M2"], name="parent"))
    with pytest.raises(DisclosureError, match="figures by area belong in 'counts', at one level"):
        hs.release(counts, tables={"parents": table})


def test_about_is_checked(counts):
    with pytest.raises(ConfigError, match=r"about: 'titel' is not known\. Did you mean 'title'\?"):
        hs.release(counts, about={"titel": "x"})
    with pytest.raises(ConfigError, match="'caveats' must be a list"):
        hs.release(counts, about={"caveats": "one"})
    with pytest.raises(ConfigError, match="'id', 'label'"):
        hs.release(counts, about={"sources": [{"id": "ed"}]})
    with pytest.raises(ConfigError, match="about: method must be lists of text"):
        hs.release(counts, about={"method": [1]})
    done = hs.release(counts, about={"title": "T", "caveats": ["c"]})
    assert done.about["title"] == "T"
    assert done.about["caveats"] == ["c"]
    assert done.about["period"] == ""


def test_the_statement_says_what_was_and_was_not_done(counts):
    text = hs.release(counts, policy=POLICE_PUBLIC).statement
    assert "Counts of 1 to 7 are hidden and all others rounded to the nearest 5" in text
    assert "Exact because already public: police." in text
    assert "Hidden, of 6 areas: ed 2." in text
    assert "Secondary suppression and the audit have NOT been done" in text


def test_the_gate_notes_what_it_hid(counts):
    done = hs.release(counts)
    facts = next(entry.facts for entry in done.notes if entry.step == "release")
    assert facts["hidden"] == {"police": 1, "ed": 2}
    assert facts["secondary_suppression"] == "not done"
    assert facts["audit"] == "not done"


@pytest.mark.parametrize(
    "labels",
    [[2024, 2025], ["2024", "2025"], ["2025-01", "2025-02"], ["2025-Q1", "2025Q2"], ["Mon", "Sunday"], ["23", "00:00"],
     ["2024/25", "2025/26"], ["May 2025", "June 2025"], pd.to_datetime(["2025-01-01", "2025-02-01"])],
)  # fmt: skip
def test_times_may_label_a_table(labels):
    table = pd.DataFrame({"n_ed": [9, 20]}, index=pd.Index(labels, name="month"))
    shown, _ = protect_table("months", table, SHAREABLE)
    assert shown["n_ed"].tolist() == [10, 20]


@pytest.mark.parametrize(
    "labels", [["Marlowe", "Junction"], ["2025-01", "The Sunday Arms"], ["E01000001", "E01000002"]]
)
def test_places_may_not_whatever_the_index_is_called(labels):
    table = pd.DataFrame({"n_ed": [9, 20]}, index=pd.Index(labels, name="month"))
    with pytest.raises(DisclosureError, match="are no times, the first in row") as caught:
        protect_table("months", table, SHAREABLE)
    assert labels[1] not in str(caught.value)
