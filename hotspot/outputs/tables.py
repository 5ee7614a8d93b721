"""Write the tables a meeting asks for: the ranked list, places high for health only, months."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotspot.checks import listed
from hotspot.errors import ConfigError
from hotspot.outputs.export import flat_areas, safe_csv, starred

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from hotspot.disclosure import Release

_HEALTH_ONLY = "health only"


def tables_of(release: Release) -> dict[str, pd.DataFrame]:
    """
    Collect the tables of a release by name.

    Returns
    -------
    dict
        ``priorities`` where ``analyse`` gave ``rank``, at its end the places it excluded; ``health_only`` where it
        gave ``agreement``; and the tables the release holds. Hidden counts are ``*``.

    Raises
    ------
    ConfigError
        If a table of the release has the name of one of those lists.
    """
    areas = flat_areas(release)
    found: dict[str, pd.DataFrame] = {}
    if "rank" in areas:
        kept = areas["rank"].notna() | (areas["excluded"].notna() if "excluded" in areas else False)
        found["priorities"] = areas[kept].sort_values("rank", kind="stable")
    if "agreement" in areas:
        found["health_only"] = areas[areas["agreement"] == _HEALTH_ONLY]
    taken = sorted(found.keys() & release.tables.keys())
    if taken:
        raise ConfigError(
            f"tables: {listed(taken)} would replace a list made from what 'analyse' gave. Name it otherwise."
        )
    shown = {name: starred(table, release.tables_hidden[name]) for name, table in release.tables.items()}
    return {**found, **shown}


def write_tables(release: Release, folder: Path) -> None:
    """Write every table of a release into a folder as CSV."""
    tables = tables_of(release)
    stamp = release.policy.stamp if release.policy.is_restricted else ""
    if tables:
        folder.mkdir()
    for name, table in tables.items():
        safe_csv(table, folder / f"{name}.csv", stamp=stamp)
