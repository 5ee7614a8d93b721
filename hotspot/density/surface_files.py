"""Hand surfaces to raster tools."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hotspot.errors import ConfigError, OutputError
from hotspot.record import note

if TYPE_CHECKING:
    import os

    import xarray as xr

    from hotspot.density.surface import Surface

WARNING = "NOT DISCLOSURE-CONTROLLED"


def _facts(surface: Surface) -> dict[str, object]:
    """Say how a surface was made, as raster tools keep it."""
    return {
        "unit": surface.unit,
        "kernel": surface.kernel,
        "bandwidth": surface.bandwidth,
        "bandwidth_means": "standard deviation, m" if surface.kernel == "gaussian" else "support radius, m",
        "adaptive": int(surface.adaptive),
        "cell_size": surface.cell_size,
        "edge": surface.edge,
        "n": surface.n,
        "disclosure": WARNING,
    }


def _missing(library: str, method: str) -> ConfigError:
    return ConfigError(f'{method}: {library} is not installed. Run: pip install "violence-hotspot[raster]"')


def labelled(surface: Surface) -> xr.DataArray:
    """Give a surface as a labelled array."""
    try:
        import xarray as xr
    except ImportError as error:
        raise _missing("xarray", "to_xarray") from error
    return xr.DataArray(
        surface.density.copy(),
        coords={"y": surface.y.copy(), "x": surface.x.copy()},
        dims=("y", "x"),
        name=surface.name,
        attrs=_facts(surface) | {"crs": surface.crs.to_wkt()},
    )


def write_geotiff(surface: Surface, path: str | os.PathLike[str]) -> None:
    """Write a surface beside its place under another name, and move it there when it is complete."""
    try:
        import rasterio
    except ImportError as error:
        raise _missing("rasterio", "to_geotiff") from error
    target = Path(path)
    if not target.parent.is_dir():
        raise OutputError(
            f"path: there is no folder {target.parent.name!r} to write {target.name!r} to. Make it first."
        )
    west, _, _, north = surface.bounds
    ny, nx = surface.density.shape
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".hotspot-") as folder:
            draft = Path(folder) / "surface.tif"
            with rasterio.open(
                draft,
                "w",
                driver="GTiff",
                height=ny,
                width=nx,
                count=1,
                dtype="float64",
                crs=rasterio.crs.CRS.from_wkt(surface.crs.to_wkt()),
                transform=rasterio.Affine(surface.cell_size, 0, west, 0, -surface.cell_size, north),
                nodata=np.nan,
                compress="deflate",
            ) as file:
                file.write(np.flipud(surface.density), 1)
                file.set_band_description(1, f"{surface.name}: {surface.unit}")
                file.update_tags(**{name.upper(): str(value) for name, value in _facts(surface).items()})
            draft.replace(target)
    except (OSError, rasterio.errors.RasterioError) as error:
        raise OutputError(f"path: {target.name!r} could not be written ({type(error).__name__}).") from error
    note("to_geotiff", name=surface.name, cells=[nx, ny], unit=surface.unit, disclosure=WARNING)
