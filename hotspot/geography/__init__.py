"""Areas, grids, graphs of neighbours, and counting points in areas."""

from hotspot.geography.areas import read_areas
from hotspot.geography.counts import aggregate_counts, count_incidents, join_counts
from hotspot.geography.graphs import contiguity, nearest, within_distance
from hotspot.geography.grids import hexagon_grid, square_grid
from hotspot.geography.owner import locate_in_areas

__all__ = [
    "aggregate_counts",
    "contiguity",
    "count_incidents",
    "hexagon_grid",
    "join_counts",
    "locate_in_areas",
    "nearest",
    "read_areas",
    "square_grid",
    "within_distance",
]
