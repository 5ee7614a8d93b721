"""Bring sources together: combine, link, compare."""

from hotspot.fusion.combining import combine
from hotspot.fusion.comparison import agreement, compare_sources
from hotspot.fusion.linkage import link_events

__all__ = ["agreement", "combine", "compare_sources", "link_events"]
