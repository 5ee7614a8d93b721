"""Hold a density surface together with what it means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from os import PathLike

    import geopandas as gpd
    import pandas as pd
    import xarray as xr
    from numpy.typing import NDArray
    from pyproj import CRS


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """
    A density on a regular grid, with its grid, unit and the choices it was made by.

    Parameters
    ----------
    density
        Shape (ny, nx), rows from south to north: value at each cell's centre, in ``unit``. Missing (NaN) outside the
        boundary, never 0 there.
    x, y
        Cell centres in metres in ``crs``, ascending, evenly spaced by ``cell_size``.
    crs
        Projected metric reference system.
    unit
        ``"events per km²"`` or ``"events per km² per year"``; ``"weighted events …"`` where weights were given.
    kernel
        Name of the kernel.
    bandwidth
        Metres: the radius beyond which an event counts for nothing; the standard deviation if ``kernel`` is gaussian.
    cell_size
        Side of a cell, in metres.
    edge
        Edge correction: none, uniform or diggle.
    n
        Events the surface was made from.
    support
        Shape (ny, nx): events within ``bandwidth`` of each cell's centre; 0 outside the boundary.
    name
        What was counted: the name of the source, or ``"events"`` after linkage.
    adaptive
        Whether every event had a bandwidth of its own; ``bandwidth`` is then their geometric mean.

    Notes
    -----
    A density says where recorded events were dense. It is not a risk per person, nor a forecast.

    Surfaces that lie on one grid and were made in one way can be added (parts of one source's events add up to the
    surface of all of them, with ``edge="diggle"`` too) and subtracted (the unit then begins with ``"difference in"``,
    values may be negative, ``n`` is the events of both, and ``support`` the smaller of the two). Anything else raises
    ComparabilityError, naming what differs. Adaptive surfaces cannot be added: their bandwidths depend on all events.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from hotspot.density import kernel_density
    >>> place = gpd.points_from_xy([530_010 + 20 * i for i in range(120)], [180_010] * 120)
    >>> points = gpd.GeoDataFrame({"source": "police"}, index=range(120), geometry=place, crs=27700)
    >>> whole = kernel_density(points, bandwidth=400, cell_size=50)
    >>> parts = [kernel_density(part, bandwidth=400, grid=(whole.x, whole.y)) for part in (points[:60], points[60:])]
    >>> both = parts[0] + parts[1]
    >>> both.n, round(both.total, 2), (parts[0] - parts[1]).unit
    (120, 120.0, 'difference in events per km²')
    """

    density: NDArray[np.float64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    crs: CRS
    unit: str
    kernel: str
    bandwidth: float
    cell_size: float
    edge: str
    n: int
    support: NDArray[np.int64]
    name: str
    adaptive: bool = False

    @property
    def total(self) -> float:
        """Give the sum over cells of density times cell area: about ``n`` (per year) where nothing is cut off."""
        return float(np.nansum(self.density)) * self.cell_size**2 / 1e6

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Give the outer edges of the grid: west, south, east, north, in metres."""
        half = self.cell_size / 2
        return (
            float(self.x[0]) - half,
            float(self.y[0]) - half,
            float(self.x[-1]) + half,
            float(self.y[-1]) + half,
        )

    def __add__(self, other: Surface) -> Surface:
        """Add two parts of one surface."""
        from hotspot.density.surface_sums import added

        return added(self, other) if isinstance(other, Surface) else NotImplemented

    def __sub__(self, other: Surface) -> Surface:
        """Give how much denser events are here than in the other surface."""
        from hotspot.density.surface_sums import subtracted

        return subtracted(self, other) if isinstance(other, Surface) else NotImplemented

    def at(self, points: gpd.GeoSeries | gpd.GeoDataFrame) -> pd.Series:
        """
        Read the surface at points.

        Parameters
        ----------
        points
            Points in the reference system of the surface.

        Returns
        -------
        pandas.Series
            For each point, with its index: the value of the cell that contains it, in ``unit``. A point on the line
            between two cells belongs to the eastern and northern one. Missing outside the grid, outside the boundary,
            and for a missing point.

        Raises
        ------
        CRSError
            The points are not in the reference system of the surface.
        InputError
            Geometries that are not points.

        Notes
        -----
        The value is the density at the cell's centre, not at the point; it is not interpolated.

        Examples
        --------
        >>> import geopandas as gpd
        >>> from hotspot.density import kernel_density
        >>> place = gpd.points_from_xy([530_010 + 20 * i for i in range(60)], [180_010] * 60)
        >>> points = gpd.GeoDataFrame({"source": "police"}, index=range(60), geometry=place, crs=27700)
        >>> surface = kernel_density(points, bandwidth=400, cell_size=50)
        >>> surface.at(points.geometry[[0, 30]]).round(1).tolist()
        [70.9, 126.9]
        """
        from hotspot.density.surface_sums import values_at

        return values_at(self, points)

    def contours(self, levels: Sequence[float]) -> gpd.GeoDataFrame:
        """
        Outline the land where the surface is at or above each level.

        Parameters
        ----------
        levels
            Values in ``unit``, each once; ascending or not.

        Returns
        -------
        GeoDataFrame
            One row for each level, ascending: ``level``, ``area_km2`` and the polygons, with holes, in the reference
            system of the surface. A higher level lies inside every lower one. A level nowhere reached has an empty
            geometry and an area of 0.

        Raises
        ------
        ConfigError
            No level, or one that is missing, infinite or given twice.

        Notes
        -----
        Marching squares between cell centres, the value changing evenly from one to the next; each half cell at the
        rim takes the value of its cell. Outlines stay within the cells that have a value. They are as rough as the
        cells and no confidence region.

        References
        ----------
        Lorensen & Cline (1987) Computer Graphics 21(4), 163-169.

        Examples
        --------
        >>> import geopandas as gpd
        >>> from hotspot.density import kernel_density
        >>> place = gpd.points_from_xy([530_010 + 20 * i for i in range(60)], [180_010] * 60)
        >>> points = gpd.GeoDataFrame({"source": "police"}, index=range(60), geometry=place, crs=27700)
        >>> surface = kernel_density(points, bandwidth=400, cell_size=50)
        >>> surface.contours([25, 75]).area_km2.round(2).tolist()
        [0.74, 0.35]
        """
        from hotspot.density.contours import contours_of

        return contours_of(self, levels)

    def to_xarray(self) -> xr.DataArray:
        """
        Give the surface as a labelled array (needs the extra ``raster``).

        Returns
        -------
        xarray.DataArray
            Dimensions y (south to north) and x, in metres; attributes unit, kernel, bandwidth, adaptive, cell_size,
            edge, n and crs (WKT).

        Raises
        ------
        ConfigError
            xarray is not installed.

        Notes
        -----
        Not controlled for disclosure: single events can be told from it where they are few.

        Examples
        --------
        >>> import geopandas as gpd
        >>> from hotspot.density import kernel_density
        >>> place = gpd.points_from_xy([530_010 + 20 * i for i in range(60)], [180_010] * 60)
        >>> points = gpd.GeoDataFrame({"source": "police"}, index=range(60), geometry=place, crs=27700)
        >>> array = kernel_density(points, bandwidth=400, cell_size=50).to_xarray()
        >>> array.dims, array.attrs["unit"]
        (('y', 'x'), 'events per km²')
        """
        from hotspot.density.surface_files import labelled

        return labelled(self)

    def to_geotiff(self, path: str | PathLike[str]) -> None:
        """
        Write the surface as a GeoTIFF (needs the extra ``raster``).

        Parameters
        ----------
        path
            File to write; one that exists is replaced when the new one is complete, and never half written.

        Raises
        ------
        ConfigError
            rasterio is not installed.
        OutputError
            The folder does not exist, or cannot be written to.

        Notes
        -----
        One band of 64-bit floats, north up, missing cells NaN. Tags name the unit, kernel, bandwidth, edge and number
        of events, and say NOT DISCLOSURE-CONTROLLED: the file is for the analyst, not for publication.

        Examples
        --------
        >>> import pathlib, tempfile
        >>> import geopandas as gpd
        >>> from hotspot.density import kernel_density
        >>> place = gpd.points_from_xy([530_010 + 20 * i for i in range(60)], [180_010] * 60)
        >>> points = gpd.GeoDataFrame({"source": "police"}, index=range(60), geometry=place, crs=27700)
        >>> surface = kernel_density(points, bandwidth=400, cell_size=50)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     surface.to_geotiff(f"{folder}/density.tif")
        ...     [file.name for file in pathlib.Path(folder).iterdir()]
        ['density.tif']
        """
        from hotspot.density.surface_files import write_geotiff

        write_geotiff(self, path)
