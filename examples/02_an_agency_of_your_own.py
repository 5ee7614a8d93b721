"""
Read an extract that hotspot has never seen: say what its columns mean, and look at its quality.

    python examples/02_an_agency_of_your_own.py [folder]

The fire service, its form and its numbers are SYNTHETIC: the script invents them first.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

import hotspot as hs

out = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="hotspot-"))
out.mkdir(parents=True, exist_ok=True)

# What a service might send: day-first times, its own words, a few rows with no position or the position 0, 0.
rng = np.random.default_rng(seed=1)
called = pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.integers(0, 365 * 24 * 60, 400), unit="min")
middle = np.array([[600_000, 420_000], [601_200, 420_700]])[rng.integers(0, 2, 400)]  # in the North Sea
east, north = (middle + rng.normal(0, 250, (400, 2))).round().astype(int).astype(str).T.astype(object)
east[:9] = north[:9] = ""
east[9:14] = north[9:14] = "0"
table = pd.DataFrame({"Incident": [f"SYN-F{number:05d}" for number in range(1, 401)]})
table["Time of call"] = called.strftime("%d/%m/%Y %H:%M")
table["What burned"] = rng.choice(["Refuse, deliberate", "Vehicle, deliberate", "Cooking", "n/k"], 400)
table["E"], table["N"] = east, north
table["Remarks"] = "SYNTHETIC"
table.to_csv(out / "fire.csv", index=False)

# Which column is what, and which of their words is which of ours. A column not named here is never read:
# whatever "Remarks" may hold, it stays in the file.
fire_service = {
    "name": "fire",
    "label": "Fires, Northport Fire Service (SYNTHETIC)",
    "health": False,
    "columns": {
        "id": "Incident",
        "occurred_from": "Time of call",
        "category": "What burned",
        "easting": "E",
        "northing": "N",
    },
    "time": {"format": "%d/%m/%Y %H:%M"},
    "place": {"uncertainty_m": 50},
    "category": {
        "map": {
            "Refuse, deliberate": "fire_deliberate",
            "Vehicle, deliberate": "fire_deliberate",
            "Cooking": "other",
        }
    },
}
with hs.recording() as notes:
    fires = hs.read_incidents(out / "fire.csv", source=fire_service)
print(fires["category"].value_counts().to_string(), end="\n\n")

report = str(hs.quality_report(fires))
(out / "fire_quality.txt").write_text(report + "\n", encoding="utf-8")
print(report, end="\n\n")
print("For the record:", *notes, sep="\n")
