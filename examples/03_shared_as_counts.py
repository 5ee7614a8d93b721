"""
Find where it is high for health and not for the police, when a service shares only counts by area.

    python examples/03_shared_as_counts.py [folder]

The data are SYNTHETIC: the invented city of Northport, and a table that its ambulance service might share.
"""

import sys
import tempfile
from pathlib import Path

import pandas as pd

import hotspot as hs
from hotspot.datasets import write_city

out = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="hotspot-"))
city = write_city(out / "inputs", seed=1)

areas = hs.read_areas(city / "lsoa.gpkg", code="lsoa_code", name="lsoa_name", population="population")

# On the service's own side: it counts its calls, stars out 1 and 2, and sends nothing else.
theirs = hs.count_incidents(hs.read_incidents(city / "ambulance.csv", source="ambulance", crs=areas.crs), areas)
shared = theirs["n_ambulance"].astype("str").replace({"1": "*", "2": "*"}).rename("Calls")
shared.to_frame().assign(Note="SYNTHETIC").to_csv(out / "ambulance_by_area.csv", index_label="Area")

# On ours: a star is missing, not zero. Nobody knows that it was quiet there.
police = hs.read_incidents(city / "police", source="police_uk", crs=areas.crs)
violence = police[police["category"].isin(["violence_and_sexual_offences", "robbery"])]
calls = hs.read_area_counts(out / "ambulance_by_area.csv", code="Area", source="ambulance", columns={"n": "Calls"})

counts = hs.join_counts(hs.count_incidents(violence, areas), calls)
print(f"ambulance: {counts['n_ambulance'].notna().sum()} of {len(counts)} areas have a count")


def analyse(counts: pd.DataFrame) -> pd.DataFrame:
    """Find clusters of rates for each side, and say where the two agree."""
    graph = hs.contiguity(counts)
    labels = [
        hs.local_moran_rate(counts[f"n_{source}"], counts["population"], graph).add_suffix(f"_{source}")
        for source in ("police", "ambulance")
    ]
    found = pd.concat(labels, axis=1)
    found["agreement"] = hs.agreement(
        found,
        police="moran_label_police",
        health="moran_label_ambulance",
        comparable=False,
        reason="recorded violence, a quarter of it harassment, against calls to assaults: they count different things",
    )
    return found


# Exact counts stay inside the protocol. Unmatched is not unreported: the list starts a conversation, it ends none.
policy = hs.DisclosurePolicy.restricted(reason="Worked example on synthetic data")
release = hs.release(counts, analyse=analyse, policy=policy, about={"title": "Health and police (SYNTHETIC)"})
folder = hs.save_folder(release, out / "restricted")
kind = release.areas["agreement"]
print(kind.value_counts().to_string(), end="\n\n")
print(release.areas.loc[kind == "health only", ["name", "population", "n_police", "n_ambulance"]].to_string())
print(f"Open {folder / 'map.html'}")
