"""Record a run: versions, parameters, and everything each step chose and counted."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from hotspot import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hotspot.record import Note

_DEPENDENCIES = (
    "numpy", "pandas", "geopandas", "shapely", "pyproj", "pyogrio", "pyarrow", "libpysal", "scipy", "numba",
    "folium", "XStatic-Leaflet", "mapclassify", "rapidfuzz",
)  # fmt: skip


def build_run_record(notes: Iterable[Note], *, parameters: Mapping[str, object]) -> dict[str, object]:
    """
    Put the record of a run together, as plain JSON values.

    Parameters
    ----------
    notes
        What the run recorded, in order; reading steps hold the SHA-256 of every input.
    parameters
        The settings after defaults were filled in, seeds included.

    Returns
    -------
    dict
        ``software``, ``versions``, ``parameters`` and ``notes``. It holds exact counts: for the restricted
        folder only. It holds no time of day, so the same run gives the same record.
    """
    versions = {"python": platform.python_version()}
    for name in _DEPENDENCIES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = "not installed"
    return {
        "software": f"hotspot {__version__}",
        "versions": versions,
        "parameters": dict(parameters),
        "notes": [{"step": entry.step, "facts": dict(entry.facts)} for entry in notes],
    }
