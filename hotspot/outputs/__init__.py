"""Write a release: page, GIS files, tables, records; and the quality pages that go back to each provider."""

from hotspot.outputs.evaluation_page import save_evaluation
from hotspot.outputs.export import export
from hotspot.outputs.folder import save_folder
from hotspot.outputs.offline import offline, safe_html
from hotspot.outputs.page import build_map, save_map
from hotspot.outputs.quality import save_quality_report
from hotspot.outputs.run_record import build_run_record

__all__ = [
    "build_map",
    "build_run_record",
    "export",
    "offline",
    "safe_html",
    "save_evaluation",
    "save_folder",
    "save_map",
    "save_quality_report",
]
