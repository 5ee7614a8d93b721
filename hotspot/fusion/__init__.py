"""Bring sources together: combine, link, compare."""

from hotspot.fusion.combining import combine
from hotspot.fusion.comparison import agreement, compare_sources
from hotspot.fusion.linkage import link_events
from hotspot.fusion.linkage_curve import match_chance, tolerance_curve, union_total

__all__ = [
    "agreement",
    "combine",
    "compare_sources",
    "link_events",
    "match_chance",
    "tolerance_curve",
    "union_total",
]
