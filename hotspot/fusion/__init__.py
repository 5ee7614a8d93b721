"""Bring sources together: combine, tell whether they are comparable, link, compare, score."""

from hotspot.fusion.cluster_agreement import agreement, agreement_statistics, cross_table
from hotspot.fusion.combining import combine
from hotspot.fusion.comparability import comparability
from hotspot.fusion.comparison import compare_sources
from hotspot.fusion.composite import composite_score
from hotspot.fusion.linkage import link_events
from hotspot.fusion.selection import comparison_table, select_comparable

__all__ = [
    "agreement",
    "agreement_statistics",
    "combine",
    "comparability",
    "compare_sources",
    "comparison_table",
    "composite_score",
    "cross_table",
    "link_events",
    "select_comparable",
]
