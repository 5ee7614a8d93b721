"""Write everything one reader gets into one folder, whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hotspot import __version__
from hotspot.errors import DisclosureError
from hotspot.outputs.atomic import SOFTWARE, staged_folder, write_json, write_manifest
from hotspot.outputs.export import export, metadata, require_release
from hotspot.outputs.page import save_map
from hotspot.outputs.tables import write_tables
from hotspot.record import note

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hotspot.disclosure import Release


def save_folder(release: Release, folder: str | Path, *, run_record: Mapping[str, object] | None = None) -> Path:
    """
    Write page, GIS files, tables, statement and manifest of a release into one folder.

    Parameters
    ----------
    release
        What may be written.
    folder
        The folder; an earlier output in it is replaced, anything else refused.
    run_record
        What `build_run_record` made; for a restricted release only, because it holds exact counts.

    Returns
    -------
    pathlib.Path
        The folder.

    Raises
    ------
    DisclosureError
        If it is no release, or a run record is given for one that is not restricted.
    OutputError
        If the folder holds a file that no run wrote, or cannot be written; what stood there before is untouched.
    LockedError
        If another run is writing to it.

    Examples
    --------
    >>> import tempfile
    >>> import geopandas as gpd
    >>> import hotspot as hs
    >>> from shapely.geometry import box
    >>> counts = gpd.GeoDataFrame({"n_ed": [3, 12]}, index=["A", "B"], crs=27700,
    ...     geometry=[box(0, 0, 900, 900), box(900, 0, 1800, 900)])
    >>> with tempfile.TemporaryDirectory() as place:
    ...     folder = hs.save_folder(hs.release(counts), place + "/shareable")
    ...     print(sorted(file.name for file in folder.iterdir()))
    ['areas.csv', 'areas.geojson', 'areas.gpkg', 'manifest.json', 'map.html', 'statement.txt']
    """
    require_release(release)
    if run_record is not None and not release.policy.is_restricted:
        raise DisclosureError("run_record: it holds exact counts and belongs in a restricted folder only.")
    with staged_folder(folder) as stage:
        save_map(release, stage / "map.html")
        for name in ("areas.gpkg", "areas.geojson", "areas.csv"):
            export(release, stage / name)
        write_tables(release, stage / "tables")
        (stage / "statement.txt").write_text(_statement(release), encoding="utf-8", newline="\n")
        if run_record is not None:
            write_json(stage / "run.json", run_record)
        write_manifest(stage, _facts(release))
    note("save_folder", folder=Path(folder).name, policy=release.policy.name)
    return Path(folder)


def _statement(release: Release) -> str:
    """Write the statement with its marking above and below, as a text to paste into the sharing protocol."""
    texts = metadata(release)
    parts = [texts[key] for key in ("stamp", "title", "period", "statement", "method", "caveats", "handling", "stamp")]
    return "\n\n".join(part for part in parts if part) + "\n"


def _facts(release: Release) -> dict[str, object]:
    """Say what the folder holds, in published figures only."""
    totals = {}
    for source in release.sources:
        column = f"n_{source}"
        if column in release.areas:
            hidden = bool(release.hidden[source].any())
            totals[source] = {"shown": int(release.areas[column].sum()), "at_least": hidden}
    return {
        "software": f"{SOFTWARE} {__version__}",
        **{key: text for key, text in metadata(release).items() if key not in {"caveats", "method"}},
        "threshold": release.policy.threshold,
        "base": release.policy.base,
        "public_sources": list(release.policy.public_sources),
        "areas": len(release.areas),
        "sources": list(release.sources),
        "counts": totals,
        "hidden": {source: int(release.hidden[source].sum()) for source in release.sources},
        "hidden_in_tables": {name: int(mask.to_numpy().sum()) for name, mask in release.tables_hidden.items()},
        "secondary_suppression": "not done",
        "audit": "not done",
        "earlier_releases": "not compared",
    }
