"""Keep identifiers out: the tripwire over columns, and records that become area-only."""

from hotspot.anonymise.tripwire import (
    Finding,
    find_identifiers,
    identifier_headers,
    is_nhs_number,
    looks_personal,
    refuse_identifiers,
)
from hotspot.anonymise.withhold import withhold_points

__all__ = [
    "Finding",
    "find_identifiers",
    "identifier_headers",
    "is_nhs_number",
    "looks_personal",
    "refuse_identifiers",
    "withhold_points",
]
