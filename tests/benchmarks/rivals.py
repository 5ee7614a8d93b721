"""Call each rival as its documentation says, on our inputs, and bring its results into our order."""

from __future__ import annotations

import math
import os
import tempfile
import warnings
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from libpysal.graph import Graph

PACKAGES = {
    "esda": "esda",
    "pygeoda": "pygeoda",
    "libkdv": "libkdv",
    "KDEpy": "KDEpy",
    "pointpats": "pointpats",
    "scikit-learn": "scikit-learn",
    "scipy": "scipy",
    "geopandas": "geopandas",
}
ABSENT = "not installed"


def cores() -> int:
    """Count the cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def installed(name: str) -> str | None:
    """Give the version of a rival, or None."""
    try:
        return version(PACKAGES[name])
    except PackageNotFoundError:
        return None


def esda_options(workers: int) -> dict[str, Any]:
    """Give esda's fastest way: several processes, and no copy of every simulated value."""
    return {"n_jobs": workers, "keep_simulations": False, "seed": 1}


def geoda_weights(graph: Graph) -> Any:
    """Give pygeoda exactly our neighbours, through a GAL file: its own rule finds others where boundaries differ."""
    import pygeoda

    links = graph.sparse.tocsr()
    n = links.shape[0]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "neighbours.gal"
        with path.open("w", encoding="ascii") as file:
            file.write(f"0 {n} areas id\n")
            for row in range(n):
                begin, end = links.indptr[row], links.indptr[row + 1]
                near = links.indices[begin:end][links.data[begin:end] != 0] + 1
                file.write(f"{row + 1} {len(near)}\n{' '.join(map(str, near))}\n")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)  # it leaves the file to the garbage collector
            return pygeoda.read_gal(str(path), [str(number) for number in range(1, n + 1)])


def geoda(function: str, weights: Any, y: pd.Series, permutations: int) -> Any:
    """Run one of pygeoda's local statistics with its look-up table, the fast one of its two methods."""
    import pygeoda

    return getattr(pygeoda, function)(
        weights, y.tolist(), permutations=permutations, permutation_method="lookup", cpu_threads=cores()
    )


def libkdv_density(events: gpd.GeoDataFrame, x: np.ndarray, y: np.ndarray, radius: float) -> Any:
    """
    Prepare LIBKDV's exact Epanechnikov surface, without starting it.

    An array, not a frame, is given: its test for a frame fails under pandas 3. Its constructor doubles the bandwidth,
    and its bounds, which it counts from the least x and y of the points, are the first and the last pixel.
    """
    from libkdv import kdv

    places = np.column_stack([events.geometry.x, events.geometry.y])
    made = kdv(places, GPS=False, row_pixels=len(x), col_pixels=len(y), bandwidth=radius / 2, num_threads=cores())
    made._bound = [x[0] - made.min_x, x[-1] - made.min_x, y[0] - made.min_y, y[-1] - made.min_y]
    return made


def libkdv_image(result: pd.DataFrame, nx: int, ny: int) -> np.ndarray:
    """Bring LIBKDV's list of pixels, scaled to a highest value of 1, into rows from south to north."""
    image = np.zeros((nx, ny))
    column = np.rint((result["x"] - result["x"].min()) / np.ptp(result["x"]) * (nx - 1)).astype(int)
    row = np.rint((result["y"] - result["y"].min()) / np.ptp(result["y"]) * (ny - 1)).astype(int)
    image[column, row] = result["val"]
    return image.T


def kdepy_density(places: np.ndarray, pixels: np.ndarray, radius: float, kernel: str) -> np.ndarray:
    """Run KDEpy's FFT on binned points; it takes the standard deviation of the kernel along an axis in 1-D."""
    from KDEpy import FFTKDE

    name, factor = {"quartic": ("biweight", 7), "epanechnikov": ("epa", 5)}[kernel]
    return FFTKDE(kernel=name, bw=radius / math.sqrt(factor), norm=2).fit(places).evaluate(pixels)


def scikit_density(places: np.ndarray, pixels: np.ndarray, radius: float) -> np.ndarray:
    """Run scikit-learn's tree, which has no quartic kernel, with Epanechnikov's."""
    from sklearn.neighbors import KernelDensity

    return np.exp(KernelDensity(bandwidth=radius, kernel="epanechnikov").fit(places).score_samples(pixels))


def scipy_density(places: np.ndarray, pixels: np.ndarray, deviation: float) -> np.ndarray:
    """Run SciPy's Gaussian on points spread alike in all directions, for its kernel takes their shape."""
    from scipy.stats import gaussian_kde

    spread = math.sqrt(np.cov(places.T)[0, 0])
    return gaussian_kde(places.T, bw_method=deviation / spread)(pixels.T)
