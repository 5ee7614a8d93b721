"""Make a synthetic city whose hidden violence is known."""

from hotspot.datasets.city import City, make_city, write_city

__all__ = ["City", "make_city", "write_city"]
