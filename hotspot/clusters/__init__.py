"""Local and global statistics of areas, and clusters of points."""

from hotspot.clusters.bivariate import lee_l, local_moran_bivariate
from hotspot.clusters.getis_ord import getis_ord
from hotspot.clusters.global_moran import global_moran
from hotspot.clusters.join_counts import local_join_counts
from hotspot.clusters.local_geary import local_geary
from hotspot.clusters.local_moran import local_moran
from hotspot.clusters.local_moran_rate import local_moran_rate
from hotspot.clusters.nearest_neighbour import nearest_neighbour_clusters
from hotspot.clusters.point_clusters import dbscan_hotspots
from hotspot.clusters.pysal_comparison import compare_with_pysal
from hotspot.clusters.spatial_scan import spatial_scan

__all__ = [
    "compare_with_pysal",
    "dbscan_hotspots",
    "getis_ord",
    "global_moran",
    "lee_l",
    "local_geary",
    "local_join_counts",
    "local_moran",
    "local_moran_bivariate",
    "local_moran_rate",
    "nearest_neighbour_clusters",
    "spatial_scan",
]
