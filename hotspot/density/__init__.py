"""Kernel density surfaces."""

from hotspot.density.estimate import kernel_density
from hotspot.density.surface import Surface

__all__ = ["Surface", "kernel_density"]
