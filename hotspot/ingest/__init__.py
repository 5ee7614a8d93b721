"""Read agency extracts into one schema."""

from hotspot.ingest.area_counts import read_area_counts
from hotspot.ingest.incidents import read_incidents
from hotspot.ingest.mapping import Source, builtin_sources, read_source
from hotspot.ingest.quality import QualityReport, quality_report

__all__ = [
    "QualityReport",
    "Source",
    "builtin_sources",
    "quality_report",
    "read_area_counts",
    "read_incidents",
    "read_source",
]
