"""Areas, grids, graphs of neighbours, and counting points in areas."""

from hotspot.geography.areas import read_areas
from hotspot.geography.owner import locate_in_areas

__all__ = ["locate_in_areas", "read_areas"]
