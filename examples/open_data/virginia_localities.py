"""
Virginia 2015-2019: emergency visits for firearm injury by home locality, beside recorded shootings by place.

    python examples/open_data/virginia_localities.py FOLDER_OF_DATA

The data are open (Virginia Department of Health and Gun Violence Archive, CC BY 4.0). Visits are counted where the
patient lives and whatever the intent, accidents and self-harm included. This is health demand beside shootings: a
locality that stands out is one to ask about, and says nothing about shootings nobody recorded.
"""

import sys
from pathlib import Path

import pandas as pd

import hotspot as hs

data = Path(sys.argv[1]) / "virginia_ed_firearm"
why = "ED visits of all intents by home locality beside shootings by place: health demand, not hidden violence"
unlike = {"comparable": False, "reason": why}
sides = {"health": "n_ed", "police": "n_shootings"}

# Visits: one row for each locality and year. An empty cell is suppressed, and a locality that lacks a year has no sum.
visits = pd.read_csv(data / "vdh_injuries_2015_2019.csv")
by_year = visits.groupby("patient_city_county")[["firearm_injury_visits", "total_ed_visits"]]
sums = by_year.sum(min_count=visits["year"].nunique()).astype("Int64").set_axis(["n_ed", "all_visits"], axis=1)
abroad = int(sums.loc["Out of State", "n_ed"])
counts = sums.drop(index="Out of State").rename_axis("area_code")
counts.insert(0, "name", counts.index.astype(str))
hidden = counts["n_ed"].isna()

# Shootings: a place as somebody typed it, towns and postal names among them. No likeness is taken for a match.
shootings = pd.read_csv(data / "gva_incidents_virginia_2015_2019.csv")
table = pd.read_csv(Path(__file__).with_name("virginia_places.csv"), index_col="place")["locality"]
aliases = {place: locality if isinstance(locality, str) else None for place, locality in table.items()}
matched = hs.match_area_names(shootings["city_or_county"], counts, aliases=aliases)
hit = shootings.filter(regex="^(victims|suspects)_(killed|injured)$").sum(axis=1) > 0
counts["n_shootings"] = matched["area_code"][hit].value_counts().reindex(counts.index, fill_value=0).astype("Int64")

print(f"{len(shootings):,} incidents, {shootings['city_or_county'].nunique()} spellings of places. Matched by:")
account = pd.DataFrame({"spelling": shootings["city_or_county"], "method": matched["method"], "hit": hit})
ways = account.groupby("method").agg({"spelling": ["nunique", "size"], "hit": "sum"})
ways.columns = ["spellings", "incidents", "somebody_hit"]
print(ways.sort_values("incidents", ascending=False).to_string())
placed, in_hidden = int(counts["n_shootings"].sum()), int(counts.loc[hidden, "n_shootings"].sum())
print(f"Of {int(hit.sum()):,} that hit somebody, {placed:,} have a locality, {in_hidden} one with suppressed visits.")
print(f"\nVisits: {int(counts['n_ed'].sum()):,} by residents of {int((~hidden).sum())} localities, {abroad} by others.")
print(f"Suppressed, and therefore without a figure: {', '.join(counts['name'][hidden])}.")

# The only denominator both can have: all emergency visits of residents. Shared by both, it raises the correlation.
rates = counts[["n_ed", "n_shootings"]].div(counts["all_visits"], axis=0) * 10_000
found = hs.compare_sources(rates["n_ed"], rates["n_shootings"], **unlike)
limits = f"{found['spearman_lower']:.2f} to {found['spearman_upper']:.2f}"
print(f"\nPer 10,000 emergency visits, {found['n']} localities: Spearman {found['spearman']:.2f} ({limits}),")
print(f"{found['overlap']} of the {found['top']} highest in common, {found['expected_overlap']:.1f} by chance.")

listed = hs.hot_for_health(counts, population="all_visits", top=20, least=0.3, **sides, **unlike)
listed.columns = listed.columns.str.replace("health", "visits").str.replace("police", "shootings")
shown = ["n_ed", "n_shootings", "p_visits_only", "rank_visits", "rank_visits_lower", "rank_visits_upper"]
print("\nProbably among the 20 highest for visits and not for shootings (rank 1 is the highest, 90 % limits):")
print(listed[[*shown, "rank_shootings"]].round(2).to_string())

ratio = hs.health_police_ratio(counts, confidence=0.99, **sides, **unlike)
more = counts.join(ratio)[ratio["log_ratio_lower"] > 0].sort_values("log_ratio_lower", ascending=False)
print(
    f"\n{len(more)} localities with more visits to a shooting than the state, beyond chance (99 % limits); the first:"
)
print(more[["n_ed", "n_shootings", "log_ratio", "log_ratio_lower", "log_ratio_upper"]].head(10).round(2).to_string())
print(f"\nRead with care: {why}.")
print("Visits count where the patient lives, shootings by postal town: Williamsburg's name reaches into James City,")
print("Fredericksburg's into Spotsylvania, Richmond's into Henrico. An unknown town is missing from its county.")
