"""Local statistics: local Moran and Getis-Ord."""

from hotspot.clusters.getis_ord import getis_ord
from hotspot.clusters.local_moran import local_moran, local_moran_rate

__all__ = ["getis_ord", "local_moran", "local_moran_rate"]
