"""
London: the twenty places for violence that the meeting of January 2018 would have listed, and what 2018 made of them.

    python examples/open_data/london_priorities.py FOLDER_OF_DATA

The data are open: Metropolitan Police counts by LSOA and year, 2011 to 2018 (Open Government Licence).
"""

import sys
from pathlib import Path

import pandas as pd

import hotspot as hs

data = Path(sys.argv[1])
layers = data / "london_lsoa_layers"
file = layers / "crime" / "london-2011-2018-major-violence.csv"
areas = hs.read_areas(layers / "census_geog" / "london-2011-lsoa-gen20.shp", code="LSOA11CD")
wards = hs.read_areas(
    sorted((data / "ew_boundaries_uk_geojson" / "wards").glob("E09*.json")), code="WD13CD", name="WD13NM"
)


counts = {
    year: hs.join_counts(areas, hs.read_area_counts(file, code="LSOA11CD", source="police", columns={"n": str(year)}))
    for year in range(2011, 2019)
}

# Neighbouring areas that are high together are one place; a kilometre apart, so that no patrol serves two.
places = hs.prioritise(
    counts[2017],
    by="n_police",
    budget=20,
    merge=3,
    spacing=1_000,
    past={str(year): counts[year] for year in range(2011, 2017)},
)
gazetteer = wards.assign(kind="locality", geometry=wards.geometry.representative_point())
places = hs.name_places(places, gazetteer, areas=wards, kinds=["locality"], within=1)
shown = ["rank", "name", "n_police", "rank_lower", "rank_upper", "p_listed", "past_listed", "past_known"]
print(places[shown].round(2).to_string())

# Was it right? By the year that came after.
listed = [code for group in places["areas"] for code in group.split("; ")]
later = counts[2018]
ground = later.geometry.area
share = later.loc[listed, "n_police"].sum() / later["n_police"].sum()
print(f"\n{len(listed)} LSOAs, {ground[listed].sum() / ground.sum():.2%} of the ground, {share:.2%} of 2018's violence")
score = pd.Series(0.0, index=later.index)
score[listed] = 1.0
known = later["n_police"].notna()
table = hs.pai(later.loc[known, "n_police"], score[known], ground[known])
print(f"predictive accuracy index {table['pai'].iloc[len(listed) - 1]:.1f}")
