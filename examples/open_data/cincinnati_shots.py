"""
Cincinnati, July to December 2020: recorded violence beside the alarms of a gunshot sensor, by census tract.

    python examples/open_data/cincinnati_shots.py FOLDER_OF_DATA [folder]

The data are open (CODEC, City of Cincinnati). The sensor is no health source: it hears gunfire, whether or not anybody
was hurt. A month without a value is one without alarms or without sensor, so that coverage comes before any count.
"""

import json
import sys
import tempfile
from pathlib import Path

import pandas as pd

import hotspot as hs

data = Path(sys.argv[1]) / "cincinnati_police_shotspotter"
out = Path((*sys.argv, tempfile.mkdtemp(prefix="hotspot-"))[2])
why = "gunfire heard by a sensor beside recorded violence of all kinds: neither health demand nor hidden violence"
unlike = {"comparable": False, "reason": why}
STEADY = 0.5
"""A source covers a tract from the first month from which on it has a value in this share of the months."""

rows = pd.DataFrame(json.loads((data / "crime_tract_month_2017_2020.json").read_text(encoding="utf-8")))
rows["month"] = pd.PeriodIndex.from_fields(year=rows["year"], month=rows["month"], freq="M")
by_month = rows.pivot(index="census_tract_id_2020", columns="month")  # noqa: PD010 - pivot_table makes missing 0
window = pd.period_range("2020-07", "2020-12", freq="M")


def covered_from(seen: pd.DataFrame) -> pd.Series:
    """Give the first month from which on a source covers each tract; missing where it does not."""
    from_here_on = seen.iloc[:, ::-1].T.expanding().mean().T.iloc[:, ::-1]
    steady = seen & (from_here_on >= STEADY)
    return steady.idxmax(axis=1).where(steady.any(axis=1))


# Only the city's police report: where few months have an offence of any kind, the tract lies at its edge or beyond.
offence = by_month.filter(like="n_crime_incidents_").notna().T.groupby(level="month").any().T
alarm = by_month["n_shots_fired"].notna()
since = pd.DataFrame({"police": covered_from(offence), "sensor": covered_from(alarm)})
covered = since <= window[0]

# Where a source covers the tract, a month without a value means 0; elsewhere it means nothing.
months = {"police": by_month["n_crime_incidents_violent"][window], "sensor": by_month["n_shots_fired"][window]}
sums = [part.sum(axis=1)[covered[name]].astype("Int64").to_frame(f"n_{name}") for name, part in months.items()]
areas = hs.read_areas(data / "tracts.gpkg", code="census_tract_id_2020")
areas.insert(0, "name", [f"Tract {int(code[5:]) / 100:g}" for code in areas.index])
counts = hs.join_counts(areas, *sums)

print(f"{len(counts)} tracts: the police cover {len(sums[0])} steadily, the sensor {len(sums[1])}. It came to")
begun = since.loc[covered["sensor"], "sensor"].value_counts().sort_index()
print("; ".join(f"{tracts} in {month:%B %Y}" for month, tracts in begun.items()) + ".")
doubtful = int((alarm.any(axis=1) & ~covered["sensor"]).sum())
print(f"{doubtful} more have alarms in too few months, or too late, to say that it reaches them: not covered.")
heard = int(months["sensor"].sum(axis=None))
print(f"Alarms: {heard:,}, of which {counts['n_sensor'].sum():,} in covered tracts.")


def analyse(counts: pd.DataFrame, null: str = "poisson") -> pd.DataFrame:
    """Class the tracts that both cover by events on the ground they have: the data hold no population."""
    both = counts[["n_police", "n_sensor"]].notna().all(axis=1)
    ground, graph = counts.area / 1e6, hs.contiguity(counts)
    labels = [
        hs.local_moran_rate(counts[f"n_{name}"].where(both), ground, graph, null=null).add_suffix(f"_{name}")
        for name in months
    ]
    found = pd.concat(labels, axis=1)
    found["agreement"] = hs.agreement(found, health="moran_label_sensor", **unlike)
    return found


ground = counts.area / 1e6
ranks = hs.compare_sources(counts["n_police"] / ground, counts["n_sensor"] / ground, **unlike)
limits = f"{ranks['spearman_lower']:.2f} to {ranks['spearman_upper']:.2f}"
print(f"\nPer square kilometre, {ranks['n']} tracts that both cover: Spearman {ranks['spearman']:.2f} ({limits}),")
print(f"{ranks['overlap']} of the {ranks['top']} highest in common, {ranks['expected_overlap']:.1f} by chance.")

about = {
    "title": "Cincinnati: recorded violence and gunshot alarms",
    "period": "July to December 2020",
    "beside_police": "gunshot sensor",
    "sources": [
        {"id": "police", "label": "Police: violence"},
        {"id": "sensor", "label": "Gunshot sensor", "note": "Alarms, only where the sensor is installed."},
    ],
    "caveats": [
        f"{why.capitalize()}.",
        "Classes rest on the tracts that both cover, and on events per square kilometre: no population is given.",
        "A quiet tract within reach of the sensor cannot be told from one beyond it: not covered.",
    ],
    "method": ["Local Moran of rates; chance is the same density everywhere (Poisson), so that classes are many."],
}
policy = hs.DisclosurePolicy.public(public_sources=tuple(months))
release = hs.release(counts, analyse=analyse, policy=policy, about=about)
sides = {"health": "moran_label_sensor", **unlike}
print("\n" + hs.cross_table(release.areas, **sides).to_string())
classes = hs.agreement_statistics(release.areas, **sides)
print(f"Classes agree in {classes['observed']:.0%}, {classes['expected']:.0%} by chance: kappa {classes['kappa']:.2f}")
honest = {"health only": "sensor only"}
print(release.areas["agreement"].replace(honest).value_counts().to_string())
strict = analyse(counts, null="exchange")["agreement"].replace(honest).value_counts()
print(f"Asked instead whether high tracts stand together beyond chance: {strict.drop('not covered').to_dict()}")
only = release.areas.loc[release.areas["agreement"] == "health only", ["name", "n_sensor", "n_police"]]
print("\nHigh for the sensor, not for the police:\n" + only.sort_values("n_sensor", ascending=False).to_string())
print(f"\nRead with care: {why}.")
print(f"Open {hs.save_map(release, out / 'cincinnati.html')}, view Agreement")
