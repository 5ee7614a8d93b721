"""Make a synthetic city whose hidden violence is known."""

from hotspot.datasets.calibration import calibration
from hotspot.datasets.city import City, make_city, write_city
from hotspot.datasets.later import later_violence

__all__ = ["City", "calibration", "later_violence", "make_city", "write_city"]
