"""
Police, emergency department and ambulance: one map for the analysts, one that partners may have.

    python examples/01_three_agencies.py [folder]

The data are SYNTHETIC: the invented city of Northport, written first as its agencies would send it.
"""

import sys
import tempfile
from pathlib import Path

import pandas as pd

import hotspot as hs
from hotspot.datasets import write_city

out = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="hotspot-"))
city = write_city(out / "inputs", seed=1)

# Areas first: everything else is read into their reference system.
small = hs.read_areas(
    city / "lsoa.gpkg", code="lsoa_code", name="lsoa_name", population="population", parent="msoa_code"
)
large = hs.read_areas(city / "msoa.gpkg", code="msoa_code", name="msoa_name", population="population", crs=small.crs)
places = hs.read_gazetteer(city / "gazetteer.csv", name="name", kind="kind", longitude="longitude", latitude="latitude")

police = hs.read_incidents(city / "police", source="police_uk", crs=small.crs)
police = police[police["category"].isin(["violence_and_sexual_offences", "robbery"])]  # the file holds every crime
ed = hs.read_incidents(city / "ed.csv", source="ed_istv", gazetteer=places, crs=small.crs)
ambulance = hs.read_incidents(city / "ambulance.csv", source="ambulance", crs=small.crs)
extracts = {"police": police, "ed": ed, "ambulance": ambulance}
for source, records in extracts.items():
    print(f"{source:10} {len(records):6,} records of violence, {records.geometry.notna().sum():6,} with a point")


def analyse(counts: pd.DataFrame) -> pd.DataFrame:
    """Find rates and clusters of each source, from nothing but the counts that the reader may see."""
    graph = hs.contiguity(counts)
    found = []
    for source in extracts:
        rate = hs.incidence_rate(counts, of=f"n_{source}")
        moran = hs.local_moran_rate(counts[f"n_{source}"], counts["population"], graph)
        found.append(rate.join(moran).add_suffix(f"_{source}"))
    return pd.concat(found, axis=1)


# One surface for each source: their records overlap, so they are never added up.
surfaces = [
    hs.kernel_density(records, bandwidth=400, cell_size=100, within=small, per_year=True, years=1)
    for records in extracts.values()
]

# Inside the protocol: small areas, exact counts. For partners: most small areas have fewer than eight patients
# a year, which would have to be hidden, so the larger areas that hold them.
counts = hs.count_incidents(hs.combine(list(extracts.values())), small)
inside = hs.DisclosurePolicy.restricted(reason="Worked example on synthetic data")
partners = hs.DisclosurePolicy.shareable(public_sources=("police",))
about = {"title": "Violence in Northport, 2025 (SYNTHETIC)", "period": "January to December 2025"}
for policy, level in ((inside, counts), (partners, hs.aggregate_counts(counts, large, parent="parent"))):
    release = hs.release(level, analyse=analyse, surfaces=surfaces, policy=policy, about=about)
    hs.save_folder(release, out / policy.name)
    high = {source: int((release.areas[f"moran_label_{source}"] == "High-High").sum()) for source in extracts}
    print(f"{policy.name:10} {len(level)} areas; in a cluster: {high}; open {out / policy.name / 'map.html'}")
