"""Find the place that a free-text location or a postcode names, offline."""

from hotspot.locate.gazetteer import read_gazetteer
from hotspot.locate.grid_reference import read_grid_references, write_grid_references
from hotspot.locate.os_open_names import read_os_open_names
from hotspot.locate.osm import read_osm_places
from hotspot.locate.postcode_lookup import locate_postcodes
from hotspot.locate.postcodes import read_postcodes
from hotspot.locate.resolver import locate_text

__all__ = [
    "locate_postcodes",
    "locate_text",
    "read_gazetteer",
    "read_grid_references",
    "read_os_open_names",
    "read_osm_places",
    "read_postcodes",
    "write_grid_references",
]
