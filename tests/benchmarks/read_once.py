"""Read a file or folder of police records once, and say what it took: a process of its own for `reading`."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import geopandas as gpd
import pandas as pd

_CRS = 27700


def by_hotspot(path: Path) -> gpd.GeoDataFrame:
    """Read with hotspot: every check, duplicate ids, categories, times, places."""
    from hotspot import read_incidents

    return read_incidents(path, source="police_uk")


def by_pandas(path: Path) -> gpd.GeoDataFrame:
    """Read all columns as they stand and make points; nothing is checked."""
    if path.suffix == ".parquet":
        table = pd.read_parquet(path)
    else:
        files = sorted(path.glob("*.csv")) if path.is_dir() else [path]
        table = pd.concat(map(pd.read_csv, files), ignore_index=True)
    table.columns = table.columns.str.casefold()
    points = gpd.points_from_xy(table["longitude"], table["latitude"], crs=4326)
    frame = gpd.GeoDataFrame(table, geometry=points).to_crs(_CRS)
    return frame.set_geometry(frame.geometry.where(frame["longitude"].notna()))


def peak_mib() -> float:
    """Give the most memory that this process has had, libraries included."""
    status = Path("/proc/self/status")
    if status.exists():  # ru_maxrss is inherited from the process that started this one
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) / 1024
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1024**2 if sys.platform == "darwin" else 1024)


def main(reader: str, path: Path) -> None:
    """Read, and print one line of JSON."""
    from hotspot import read_incidents as _  # noqa: F401 - imported before the clock starts

    start = time.perf_counter()
    frame = {"hotspot": by_hotspot, "pandas": by_pandas}[reader](path)
    seconds = time.perf_counter() - start
    found = {"seconds": seconds, "mib": peak_mib(), "rows": len(frame), "located": int(frame.geometry.notna().sum())}
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
