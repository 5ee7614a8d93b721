"""
All of England, 33,755 small areas: recorded violence with injury beside emergency admissions, as one typology.

    python examples/open_data/england_lsoa21.py FOLDER_OF_DATA [folder]

The data are open (Indices of Deprivation 2025, Open Government Licence). The admissions are those for any illness or
injury: this is health demand beside violence, and "health only" says nothing about violence nobody reported.
"""

import sys
import tempfile
from pathlib import Path

import pandas as pd

import hotspot as hs

data = Path(sys.argv[1]) / "ew_humaniverse" / "converted"
out = Path((*sys.argv, tempfile.mkdtemp(prefix="hotspot-"))[2])
why = "emergency admissions for any cause beside recorded violence with injury: health demand, not violence"
table = data / "imd2025_england_lsoa21_indicators.csv.gz"
columns = {
    "police": "violence_with_injury_rate_per_1_000_at_risk_population",
    "admissions": "acute_morbidity_indicator",
}

areas = hs.read_areas(data / "boundaries_lsoa21.gpkg", code="lsoa21_code", name="lsoa21_name")
england = areas[areas.index.str.startswith("E")]
rates = [hs.read_area_counts(table, code="lsoa21_code", source=name, rate=column) for name, column in columns.items()]
counts = hs.join_counts(england, *rates)

# How much do the rankings agree? Published rates are already smoothed, which raises the correlation a little.
ranks = hs.compare_sources(counts["rate_police"], counts["rate_admissions"], comparable=False, reason=why)
for name in ("n", "spearman", "spearman_lower", "spearman_upper", "overlap", "expected_overlap", "rbo", "expected_rbo"):
    print(f"{name:18} {ranks[name]:12.3f}")


def analyse(counts: pd.DataFrame) -> pd.DataFrame:
    """Say for each area which of the two is high: by ranks, for a few city centres dwarf all other rates."""
    graph = hs.contiguity(counts)
    labels = [hs.local_moran(counts[f"rate_{name}"].rank(), graph).add_suffix(f"_{name}") for name in columns]
    found = pd.concat(labels, axis=1)
    found["agreement"] = hs.agreement(found, health="moran_label_admissions", comparable=False, reason=why)
    return found


policy = hs.DisclosurePolicy.public(public_sources=tuple(columns))
about = {"title": "England: violence with injury and emergency admissions", "caveats": [why]}
release = hs.release(counts, analyse=analyse, policy=policy, about=about)
print(hs.cross_table(release.areas, health="moran_label_admissions", comparable=False, reason=why).to_string())
print(release.areas["agreement"].value_counts().to_string())
print(f"Open {hs.save_map(release, out / 'england.html')}, view Agreement")
