"""Areas, grids, graphs of neighbours, and counting points in areas."""

from hotspot.geography.areas import read_areas

__all__ = ["read_areas"]
