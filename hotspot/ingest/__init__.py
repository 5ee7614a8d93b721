"""Read agency extracts into one schema."""

from hotspot.ingest.area_counts import read_area_counts
from hotspot.ingest.guess import Guess, guess_source
from hotspot.ingest.incidents import read_incidents
from hotspot.ingest.mapping import Source, builtin_sources, read_source
from hotspot.ingest.quality import QualityReport, quality_report
from hotspot.ingest.selections import SELECTIONS, select_violence
from hotspot.ingest.versioned_codes import code_lists, read_code_list

__all__ = [
    "SELECTIONS",
    "Guess",
    "QualityReport",
    "Source",
    "builtin_sources",
    "code_lists",
    "guess_source",
    "quality_report",
    "read_area_counts",
    "read_code_list",
    "read_incidents",
    "read_source",
    "select_violence",
]
