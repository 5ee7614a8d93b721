"""Fuse police, emergency-department and other agency data, find hotspots of violence, publish them safely."""

from __future__ import annotations

from importlib import import_module

__version__ = "0.1.0"

_HOME = {
    "HotspotError": "hotspot.errors",
    "HotspotWarning": "hotspot.errors",
    "InputError": "hotspot.errors",
    "CRSError": "hotspot.errors",
    "ConfigError": "hotspot.errors",
    "ComparabilityError": "hotspot.errors",
    "DisclosureError": "hotspot.errors",
    "OutputError": "hotspot.errors",
    "LockedError": "hotspot.errors",
    "recording": "hotspot.record",
    "read_incidents": "hotspot.ingest",
    "read_area_counts": "hotspot.ingest",
    "read_gazetteer": "hotspot.locate",
    "locate_text": "hotspot.locate",
    "quality_report": "hotspot.ingest",
    "QualityReport": "hotspot.ingest",
    "read_areas": "hotspot.geography",
    "square_grid": "hotspot.geography",
    "hexagon_grid": "hotspot.geography",
    "contiguity": "hotspot.geography",
    "nearest": "hotspot.geography",
    "within_distance": "hotspot.geography",
    "count_incidents": "hotspot.geography",
    "join_counts": "hotspot.geography",
    "locate_in_areas": "hotspot.geography",
    "aggregate_counts": "hotspot.geography",
    "count_by_month": "hotspot.temporal",
    "incidence_rate": "hotspot.rates",
    "empirical_bayes": "hotspot.rates",
    "local_moran": "hotspot.clusters",
    "local_moran_rate": "hotspot.clusters",
    "local_moran_bivariate": "hotspot.clusters",
    "lee_l": "hotspot.clusters",
    "getis_ord": "hotspot.clusters",
    "local_geary": "hotspot.clusters",
    "local_join_counts": "hotspot.clusters",
    "global_moran": "hotspot.clusters",
    "compare_with_pysal": "hotspot.clusters",
    "dbscan_hotspots": "hotspot.clusters",
    "nearest_neighbour_clusters": "hotspot.clusters",
    "spatial_scan": "hotspot.clusters",
    "kernel_density": "hotspot.density",
    "Surface": "hotspot.density",
    "bandwidth": "hotspot.density",
    "Bandwidth": "hotspot.density",
    "relative_density": "hotspot.density",
    "RelativeDensity": "hotspot.density",
    "space_time_density": "hotspot.density",
    "significant_density": "hotspot.density",
    "SignificantDensity": "hotspot.density",
    "dense_areas": "hotspot.density",
    "combine": "hotspot.fusion",
    "link_events": "hotspot.fusion",
    "agreement": "hotspot.fusion",
    "compare_sources": "hotspot.fusion",
    "prioritise": "hotspot.places",
    "pai": "hotspot.evaluation",
    "DisclosurePolicy": "hotspot.disclosure",
    "Release": "hotspot.disclosure",
    "release": "hotspot.disclosure",
    "build_map": "hotspot.outputs",
    "save_map": "hotspot.outputs",
    "export": "hotspot.outputs",
    "save_folder": "hotspot.outputs",
    "offline": "hotspot.outputs",
    "safe_html": "hotspot.outputs",
    "run_study": "hotspot.study",
    "check_study": "hotspot.study",
}

__all__ = ["__version__", *_HOME]


def __getattr__(name: str) -> object:
    """Load a public name from its room when it is first asked for."""
    if name not in _HOME:
        raise AttributeError(f"module 'hotspot' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
