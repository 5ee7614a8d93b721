"""Choose the finest areas that a policy can honestly show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotspot.disclosure.protection import implied_counts
from hotspot.errors import ConfigError
from hotspot.record import note
from hotspot.schema import source_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd

    from hotspot.disclosure.policy import DisclosurePolicy


def choose_level(levels: Mapping[str, gpd.GeoDataFrame], policy: DisclosurePolicy, *, share: float = 0.7) -> str:
    """
    Choose the finest level of areas at which enough counts of every protected source could be shown.

    Parameters
    ----------
    levels
        AreaCounts by name, the finest first. A shared rate is judged by the count it implies.
    policy
        Whose threshold decides; sources that stay exact do not count.
    share
        Least share of the covered areas, 0 to 1, whose count must be at or above the threshold.

    Returns
    -------
    str
        The level's name; the coarsest if none has enough.

    Raises
    ------
    ConfigError
        If there is no level, or ``share`` is no share.

    Notes
    -----
    A table of which nine tenths are hidden protects people and informs nobody: a coarser one says more. The choice
    reads exact counts, but says no more of them than that enough areas reach the threshold.

    Examples
    --------
    >>> import geopandas as gpd
    >>> import hotspot as hs
    >>> from hotspot.disclosure import choose_level
    >>> fine = gpd.GeoDataFrame({"n_ed": [3, 0, 12]})
    >>> coarse = gpd.GeoDataFrame({"n_ed": [15]})
    >>> choose_level({"lsoa": fine, "msoa": coarse}, hs.DisclosurePolicy.shareable())
    'msoa'
    """
    if not levels:
        raise ConfigError("levels: give at least one.")
    if not 0 <= share <= 1:
        raise ConfigError(f"share: {share!r} must lie between 0 and 1.")
    shown = {}
    for name, counts in levels.items():
        shares = _shares(counts, policy)
        shown[name] = {source: round(value, 3) for source, value in shares.items()}
        if all(value >= share for value in shares.values()):
            break
    note("choose_level", policy=policy.name, level=name, share_at_threshold=shown, least_share=share)
    return name


def _shares(counts: gpd.GeoDataFrame, policy: DisclosurePolicy) -> dict[str, float]:
    """Give, for each source to be protected, the share of covered areas whose count reaches the threshold."""
    shares = {}
    for column in map(str, counts.columns):
        source = source_of(column)
        if source is None or policy.is_exact(source):
            continue
        values = counts[column] if column.startswith("n_") else implied_counts(counts, source)
        covered = values.dropna()
        if len(covered):
            shares[source] = float(covered.ge(policy.threshold).mean())
    return shares
