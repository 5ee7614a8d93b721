"""
London 2014, 624 wards: where ambulances are called most and the police record no more than elsewhere.

    python examples/open_data/london_wards.py FOLDER_OF_DATA

The data are open (London ward profiles, Open Government Licence). The ambulance rate counts all calls, the fire rate
deliberate fires: this is demand beside violence, never a share of violence that nobody reported.
"""

import sys
from itertools import combinations
from pathlib import Path

import pandas as pd

import hotspot as hs

data = Path(sys.argv[1])
why = "all ambulance calls, and deliberate fires, beside recorded violence: health demand, not violence"
profiles = data / "london_ward_profiles" / "ward-profiles-excel-version.csv"
columns = {
    "police": "Violence against the person rate - 2014/15",
    "ambulance": "Rate of All Ambulance Incidents per 1,000 population - 2014",
    "fire": "Deliberate Fires per 1,000 population - 2014",
}

# The City of London is one row of the table and 25 wards on the map: left out, on both sides.
files = sorted((data / "ew_boundaries_uk_geojson" / "wards").glob("E09*.json"))
wards = hs.read_areas([path for path in files if path.stem != "E09000001"], code="WD13CD", name="WD13NM")
rates = [hs.read_area_counts(profiles, code="New code", source=name, rate=column) for name, column in columns.items()]
counts = hs.join_counts(wards, *rates)

for one, other in combinations(columns, 2):
    found = hs.compare_sources(counts[f"rate_{one}"], counts[f"rate_{other}"], comparable=False, reason=why)
    limits = f"{found['spearman_lower']:.2f} to {found['spearman_upper']:.2f}"
    print(
        f"{one} and {other}: {found['n']} wards, Spearman {found['spearman']:.2f} ({limits}), "
        f"{found['overlap']} of {found['top']} top wards in common, {found['expected_overlap']:.1f} by chance"
    )

# The West End is so far above all others that nothing else would be high beside it: ranks, not rates.
graph = hs.contiguity(counts)
labels = [hs.local_moran(counts[f"rate_{name}"].rank(), graph).add_suffix(f"_{name}") for name in columns]
found = pd.concat([counts, *labels], axis=1)
kinds = hs.agreement(found, health="moran_label_ambulance", comparable=False, reason=why)
print(kinds.value_counts().to_string())
table = hs.agreement_statistics(found, health="moran_label_ambulance", comparable=False, reason=why)
print(
    f"classes agree in {table['observed']:.0%} of wards, {table['expected']:.0%} by chance: kappa {table['kappa']:.2f}"
)

# A cluster needs high neighbours too. Ward by ward: in the top tenth by calls, not in the top tenth by violence.
places = counts[[f"rate_{name}" for name in columns]].rank(ascending=False)
tenth = len(counts) // 10
only = (places["rate_ambulance"] <= tenth) & (places["rate_police"] > tenth)
listed = found.loc[only, ["name", "rate_ambulance", "rate_police"]].assign(place_police=places["rate_police"])
print(f"\n{only.sum()} wards in the top {tenth} for the ambulance and not for the police:")
print(listed.sort_values("rate_ambulance", ascending=False).round(1).to_string())
