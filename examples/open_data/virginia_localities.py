"""
Virginia 2015 to 2019: emergency-department visits for firearm injuries beside shootings in the news, by locality.

    python examples/open_data/virginia_localities.py FOLDER_OF_DATA

The data are open (CC BY 4.0). Visits count patients of any intent where they live; shootings count events where they
happen. This is demand beside violence, and no share of violence that nobody reported.
"""

import sys
import warnings
from pathlib import Path

import pandas as pd

import hotspot as hs

data = Path(sys.argv[1]) / "virginia_ed_firearm"
why = "visits of any intent by where patients live, beside shootings by where they happened"
years = range(2015, 2020)
# What no rule can know: towns, and the county of the table that holds them; independent cities that it does not list.
towns = {
    "Richmond City": "Richmond", "Prince Edward": "Farmville",
    "Chesterfield": "Richmond (North Chesterfield), Richmond (Bon Air), Midlothian, Chester",
    "Prince William County": "Woodbridge, Dumfries, Triangle, Bristow, Gainesville", "Franklin City": "Franklin",
    "Henrico": "Glen Allen, Sandston, Highland Springs", "Loudoun": "Sterling, Ashburn, Leesburg", "Bedford": "Forest",
    "Fairfax County": "Springfield, Reston, Centreville, Chantilly", "Washington County": "Abingdon, Glade Spring",
    "Halifax": "South Boston", "Amherst": "Madison Heights", "York": "Yorktown", "Fauquier": "Warrenton",
    "Roanoke County": "Vinton", "Franklin County": "Rocky Mount", "Henry County": "Axton",
    "Isle of Wight": "Smithfield", "Montgomery County": "Christiansburg", "Wise County": "Big Stone Gap",
    "Caroline": "Ruther Glen", "Orange": "Locust Grove", "Louisa": "Mineral", "Wythe": "Wytheville", "Smyth": "Marion",
    "Hanover": "Ashland, Mechanicsville", "Campbell": "Rustburg", "Essex": "Tappahannock",
    None: "Roanoke, Petersburg, Hopewell, Manassas, Waynesboro, Staunton, Falls Church, Salem, Fairfax",
}  # fmt: skip
aliases = {town: area for area, names in towns.items() for town in names.split(", ")}

# Visits: one row for each locality and year. A figure withheld, or a year without a row, is not known and never 0.
visits = pd.read_csv(data / "vdh_injuries_2015_2019.csv")
visits = visits[visits["patient_city_county"] != "Out of State"]
known = visits.groupby("patient_city_county")["firearm_injury_visits"].agg(["sum", "count"])
areas = pd.DataFrame({"name": known.index}, index=known.index)
areas["n_ed"] = known["sum"].where(known["count"] == len(years)).astype("Int64")
print(f"{len(areas)} localities, {areas['n_ed'].notna().sum()} with all five years of visits")

# Shootings: the spellings of their places are reconciled with the localities; what has none is counted, not guessed.
shootings = pd.read_csv(data / "gva_incidents_virginia_2015_2019.csv")
place = shootings["city_or_county"]
with warnings.catch_warnings():
    warnings.simplefilter("ignore", hs.HotspotWarning)  # the same numbers are printed here
    matched = hs.match_area_names(place, areas, aliases=aliases)
settled = place[matched["area_code"].notna() | (matched["method"] == "outside")]
print(f"{len(place):,} shootings, {place.nunique()} spellings; {len(settled):,} and {settled.nunique()} are settled:")
print(matched["method"].value_counts().to_string())
injured = shootings["victims_injured"] > 0
areas["n_shootings"] = matched.loc[injured, "area_code"].value_counts().reindex(areas.index, fill_value=0)

found = hs.compare_sources(areas["n_ed"], areas["n_shootings"], comparable=False, reason=why)
limits = f"{found['spearman_lower']:.2f} to {found['spearman_upper']:.2f}"
print(f"\n{found['n']} localities: Spearman {found['spearman']:.2f} ({limits}); large ones are high in both.")
asked = {"health": "n_ed", "police": "n_shootings", "comparable": False, "reason": why}
ratio = hs.health_police_ratio(areas, **asked)
above = areas.join(ratio)[ratio["log_ratio_lower"] > 0].sort_values("log_ratio_lower", ascending=False)
print(f"{len(above)} localities with more visits to a shooting than the state; the surest ten:")
print(above.drop(columns="name").head(10).round(2).to_string())
