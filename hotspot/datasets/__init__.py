"""Make a synthetic city whose hidden violence is known."""

from hotspot.datasets.calibration import calibration
from hotspot.datasets.city import City, make_city, write_city

__all__ = ["City", "calibration", "make_city", "write_city"]
