"""
Cincinnati, July to November 2020: violence that the police record beside shots that a sensor hears, by census tract.

    python examples/open_data/cincinnati_shots.py FOLDER_OF_DATA

The data are open (City of Cincinnati). A missing number is zero, or the sensor was not there: a tract is compared only
where both were. Most violence makes no shot and most shots hit nobody, so this is no share of violence unreported.
"""

import sys
from pathlib import Path

import pandas as pd

import hotspot as hs

data = Path(sys.argv[1]) / "cincinnati_police_shotspotter"
why = "recorded violence of all kinds beside shots heard by a sensor: two signs of violence, not one event twice"
year, first, last = 2020, 7, 11
tracts = hs.read_areas(data / "tracts.gpkg", code="census_tract_id_2020", crs=5072)
every = pd.read_json(data / "crime_tract_month_2017_2020.json", dtype={"census_tract_id_2020": str})
table = every[every["year"] == year].rename(columns={"census_tract_id_2020": "tract"})
police = ["n_crime_incidents_violent", "n_crime_incidents_property", "n_crime_incidents_other"]


def count(heard: pd.Series, column: str) -> pd.Series:
    """Count the window where something was reported before and after it; elsewhere nobody knows, and it is missing."""
    months = table[heard].groupby("tract")["month"].agg(["min", "max"]).reindex(tracts.index)
    covered = (months["min"] <= first) & (months["max"] >= last)
    window = table[table["month"].between(first, last)]
    return window.groupby("tract")[column].sum().reindex(tracts.index, fill_value=0).where(covered).astype("Int64")


counts = tracts.assign(
    n_police=count(table[police].notna().any(axis=1), police[0]),
    n_sensor=count(table["n_shots_fired"].notna(), "n_shots_fired"),
)
both = counts[["n_police", "n_sensor"]].notna().all(axis=1)
print(
    f"{len(counts)} tracts, {counts['n_police'].notna().sum()} in the police's city, {both.sum()} with the sensor too"
)
heard, seen = table.loc[table["month"].between(first, last), "n_shots_fired"].sum(), counts["n_sensor"].sum()
print(f"{heard:.0f} shots, {seen} in tracts that the sensor covers throughout, {heard - seen:.0f} at their edges")

found = hs.compare_sources(counts["n_police"], counts["n_sensor"], comparable=False, reason=why)
limits = f"{found['spearman_lower']:.2f} to {found['spearman_upper']:.2f}"
print(f"Spearman {found['spearman']:.2f} ({limits}) over {found['n']} tracts\n")

# High beside the tracts that both cover. A tract that the sensor does not cover has no class, and is not called low.
graph = hs.nearest(counts[both], 5)
labels = [hs.local_moran(counts.loc[both, f"n_{name}"], graph).add_suffix(f"_{name}") for name in ("police", "sensor")]
found = counts.join(pd.concat(labels, axis=1))
kinds = hs.agreement(found, health="moran_label_sensor", comparable=False, reason=why)
print(kinds.replace("health only", "sensor only").value_counts().to_string())

asked = {"health": "n_sensor", "police": "n_police", "comparable": False, "reason": why}
listed = hs.hot_for_health(counts, top=10, least=0.5, **asked)
print(
    f"\n{len(listed)} tracts among the ten highest for the sensor and not for the police, as probable as p_health_only:"
)
print(listed.round(2).to_string())
