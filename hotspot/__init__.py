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
    "guess_source": "hotspot.ingest",
    "read_incidents": "hotspot.ingest",
    "read_area_counts": "hotspot.ingest",
    "pseudonymise": "hotspot.anonymise",
    "make_key": "hotspot.anonymise",
    "generalise": "hotspot.anonymise",
    "geomask": "hotspot.anonymise",
    "k_anonymity": "hotspot.anonymise",
    "l_diversity": "hotspot.anonymise",
    "read_gazetteer": "hotspot.locate",
    "read_postcodes": "hotspot.locate",
    "locate_text": "hotspot.locate",
    "read_os_open_names": "hotspot.locate",
    "read_osm_places": "hotspot.locate",
    "quality_report": "hotspot.ingest",
    "select_violence": "hotspot.ingest",
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
    "read_lookup": "hotspot.geography",
    "join_lookups": "hotspot.geography",
    "parent_codes": "hotspot.geography",
    "aggregate_by_lookup": "hotspot.geography",
    "detect_vintage": "hotspot.geography",
    "convert_vintage": "hotspot.geography",
    "common_areas": "hotspot.geography",
    "sum_in_common_areas": "hotspot.geography",
    "interpolate_counts": "hotspot.geography",
    "interpolate_rates": "hotspot.geography",
    "area_coverage": "hotspot.geography",
    "choose_denominator": "hotspot.geography",
    "buffer_study_area": "hotspot.geography",
    "study_boundary": "hotspot.geography",
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
    "comparability": "hotspot.fusion",
    "select_comparable": "hotspot.fusion",
    "comparison_table": "hotspot.fusion",
    "agreement": "hotspot.fusion",
    "agreement_statistics": "hotspot.fusion",
    "compare_sources": "hotspot.fusion",
    "cross_table": "hotspot.fusion",
    "composite_score": "hotspot.fusion",
    "prioritise": "hotspot.places",
    "pai": "hotspot.evaluation",
    "score_locations": "hotspot.evaluation",
    "DisclosurePolicy": "hotspot.disclosure",
    "Release": "hotspot.disclosure",
    "release": "hotspot.disclosure",
    "build_map": "hotspot.outputs",
    "save_map": "hotspot.outputs",
    "export": "hotspot.outputs",
    "save_folder": "hotspot.outputs",
    "save_quality_report": "hotspot.outputs",
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
