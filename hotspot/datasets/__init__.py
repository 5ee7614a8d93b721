"""The synthetic city."""

from hotspot.datasets.city import City, make_city, write_city

__all__ = ["City", "make_city", "write_city"]
