"""Areas, grids, graphs of neighbours, and counting points in areas."""

from hotspot.geography.area_names import match_area_names
from hotspot.geography.areas import read_areas
from hotspot.geography.changes import common_areas, sum_in_common_areas
from hotspot.geography.counts import aggregate_counts, count_incidents, join_counts
from hotspot.geography.denominators import choose_denominator
from hotspot.geography.graphs import contiguity, nearest, within_distance
from hotspot.geography.grids import hexagon_grid, square_grid
from hotspot.geography.hierarchy import aggregate_by_lookup, join_lookups, parent_codes
from hotspot.geography.interpolation import area_coverage, interpolate_counts, interpolate_rates
from hotspot.geography.lookups import read_lookup
from hotspot.geography.owner import locate_in_areas
from hotspot.geography.study_area import buffer_study_area, study_boundary
from hotspot.geography.vintages import convert_vintage, detect_vintage

__all__ = [
    "aggregate_by_lookup",
    "aggregate_counts",
    "area_coverage",
    "buffer_study_area",
    "choose_denominator",
    "common_areas",
    "contiguity",
    "convert_vintage",
    "count_incidents",
    "detect_vintage",
    "hexagon_grid",
    "interpolate_counts",
    "interpolate_rates",
    "join_counts",
    "join_lookups",
    "locate_in_areas",
    "match_area_names",
    "nearest",
    "parent_codes",
    "read_areas",
    "read_lookup",
    "square_grid",
    "study_boundary",
    "sum_in_common_areas",
    "within_distance",
]
