"""Bring sources together: combine, link, compare, estimate what none of them knows."""

from hotspot.fusion.capture_histories import capture_histories
from hotspot.fusion.capture_recapture import capture_recapture
from hotspot.fusion.chapman import chapman, chapman_range
from hotspot.fusion.cluster_agreement import agreement, agreement_statistics, cross_table
from hotspot.fusion.combining import combine
from hotspot.fusion.comparability import comparability
from hotspot.fusion.comparison import compare_sources
from hotspot.fusion.composite import composite_score
from hotspot.fusion.health_ratio import health_police_ratio
from hotspot.fusion.hidden_violence import hidden_violence
from hotspot.fusion.hot_for_health import hot_for_health
from hotspot.fusion.linkage import link_events
from hotspot.fusion.linkage_curve import match_chance, tolerance_curve, union_total
from hotspot.fusion.selection import comparison_table, select_comparable
from hotspot.fusion.total_violence import TotalViolence
from hotspot.fusion.unmatched import count_unmatched

__all__ = [
    "TotalViolence",
    "agreement",
    "agreement_statistics",
    "capture_histories",
    "capture_recapture",
    "chapman",
    "chapman_range",
    "combine",
    "comparability",
    "compare_sources",
    "comparison_table",
    "composite_score",
    "count_unmatched",
    "cross_table",
    "health_police_ratio",
    "hidden_violence",
    "hot_for_health",
    "link_events",
    "match_chance",
    "select_comparable",
    "tolerance_curve",
    "union_total",
]
