"""Fetch published data for those who have a network, when they ask for it and never else."""

from hotspot.fetch.open_geography import fetch_boundaries, fetch_lookup, search_services
from hotspot.fetch.police_uk import FORCES, fetch_police_uk
from hotspot.fetch.services import SERVICES
from hotspot.fetch.transport import Transport

__all__ = [
    "FORCES",
    "SERVICES",
    "Transport",
    "fetch_boundaries",
    "fetch_lookup",
    "fetch_police_uk",
    "search_services",
]
