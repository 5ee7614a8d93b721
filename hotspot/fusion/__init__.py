"""Bring sources together: combine, link, compare, estimate what none of them knows."""

from hotspot.fusion.capture_histories import capture_histories
from hotspot.fusion.capture_recapture import capture_recapture
from hotspot.fusion.chapman import chapman, chapman_range
from hotspot.fusion.combining import combine
from hotspot.fusion.comparison import agreement, compare_sources
from hotspot.fusion.linkage import link_events
from hotspot.fusion.linkage_curve import match_chance, tolerance_curve, union_total
from hotspot.fusion.total_violence import TotalViolence

__all__ = [
    "TotalViolence",
    "agreement",
    "capture_histories",
    "capture_recapture",
    "chapman",
    "chapman_range",
    "combine",
    "compare_sources",
    "link_events",
    "match_chance",
    "tolerance_curve",
    "union_total",
]
