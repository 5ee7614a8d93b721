"""
Ask whether sources are comparable, whether they agree, and which places come first by all of them together.

    python examples/04_one_score.py [folder]

The data are SYNTHETIC: the invented city of Northport. Its police file has one class for all violence, as the public
files of real forces have, and is refused beside patients treated for an assault.
"""

import sys
import tempfile
from pathlib import Path

import hotspot as hs
from hotspot.datasets import write_city

out = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="hotspot-"))
city = write_city(out / "inputs", seed=1)
areas = hs.read_areas(city / "msoa.gpkg", code="msoa_code", name="msoa_name", population="population")
places = hs.read_gazetteer(city / "gazetteer.csv", name="name", kind="kind", longitude="longitude", latitude="latitude")
police = hs.read_incidents(city / "police", source="police_uk", crs=areas.crs)
ed = hs.read_incidents(city / "ed.csv", source="ed_istv", gazetteer=places, crs=areas.crs)
ambulance = hs.read_incidents(city / "ambulance.csv", source="ambulance", crs=areas.crs)

# Are they comparable? All recorded violence is not: more than a quarter of it is harassment.
violence = police[police["category"].isin(["violence_and_sexual_offences", "robbery"])]
try:
    hs.select_comparable(hs.combine([violence, ed, ambulance]))
except hs.ComparabilityError as refused:
    print(f"Refused. {refused}\n")

# The two health services are, in public and licensed places: the same filters for both, and an account of each.
asked = {"settings": ("public", "licensed"), "period": ("2025-01", "2025-12"), "within": areas}
both = hs.combine([ed, ambulance])
print(hs.comparison_table(both, **asked).to_string(), end="\n\n")
health = hs.select_comparable(both, **asked)

# Do they agree?
counts = hs.count_incidents(health, areas)
rates = {name: hs.incidence_rate(counts, of=f"n_{name}")["rate"] for name in ("ed", "ambulance")}
found = hs.compare_sources(rates["ed"], rates["ambulance"], top=5)
print(f"Spearman {found['spearman']:.2f} ({found['spearman_lower']:.2f} to {found['spearman_upper']:.2f})")
print(f"{found['overlap']} of the top 5 in common, {found['expected_overlap']:.1f} by chance\n")

# One score with the police, for what it is: need as three services see it, and nobody's count of violence.
everything = hs.select_comparable(
    hs.combine([violence, ed, ambulance]),
    period=("2025-01", "2025-12"),
    comparable=False,
    reason="all recorded violence beside treated injuries: demand on three services",
)
counts = hs.count_incidents(everything, areas)
score = hs.composite_score(counts, sources=["police", "ed", "ambulance"], weights="reliability", top=5)
table = counts[["name"]].join(score).sort_values("composite_rank").head(8)
print(table.round(2).to_string())
table.to_csv(out / "one_score.csv")
