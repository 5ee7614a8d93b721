"""Density surfaces: how dense, against what, beyond chance, and month by month."""

from hotspot.density.bandwidth_selection import Bandwidth, bandwidth
from hotspot.density.estimate import kernel_density
from hotspot.density.relative import RelativeDensity, relative_density
from hotspot.density.significance import SignificantDensity, significant_density
from hotspot.density.space_time import space_time_density
from hotspot.density.surface import Surface
from hotspot.density.thresholds import dense_areas

__all__ = [
    "Bandwidth",
    "RelativeDensity",
    "SignificantDensity",
    "Surface",
    "bandwidth",
    "dense_areas",
    "kernel_density",
    "relative_density",
    "significant_density",
    "space_time_density",
]
