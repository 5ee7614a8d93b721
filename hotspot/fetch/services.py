"""Names of boundaries and lookups, and the feature services of the portal that hold them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Service:
    """A feature service: its name at the portal, what it holds, and its columns of code and name."""

    service: str
    kind: str
    """boundaries or lookup."""
    code: str
    name: str = ""


SERVICES = {
    "lsoa-2021": Service(
        "Lower_layer_Super_Output_Areas_December_2021_Boundaries_EW_BGC_V5", "boundaries", "LSOA21CD", "LSOA21NM"
    ),
    "lsoa-2011": Service(
        "LSOA_2011_Boundaries_Super_Generalised_Clipped_BSC_EW_V4", "boundaries", "LSOA11CD", "LSOA11NM"
    ),
    "msoa-2021": Service(
        "Middle_layer_Super_Output_Areas_December_2021_Boundaries_EW_BGC_V3", "boundaries", "MSOA21CD", "MSOA21NM"
    ),
    "ward-2024": Service("Wards_December_2024_Boundaries_UK_BGC", "boundaries", "WD24CD", "WD24NM"),
    "lad-2024": Service("Local_Authority_Districts_May_2024_Boundaries_UK_BGC", "boundaries", "LAD24CD", "LAD24NM"),
    "police-force-2024": Service("Police_Force_Areas_Dec_2024_EW_BGC", "boundaries", "PFA24CD", "PFA24NM"),
    "lsoa11-lsoa21": Service("LSOA11_LSOA21_LAD22_EW_LU_v5", "lookup", "LSOA11CD"),
    "lsoa21-ward24": Service("LSOA21_WD24_LAD24_EW_LU", "lookup", "LSOA21CD"),
    "lad24-csp24-pfa24": Service("LAD24_CSP24_PFA24_EW_LU", "lookup", "LAD24CD"),
}
"""Our name to the service. The portal renames services when it issues them anew: these names were seen in public code
of 2023 to 2026, and were not tried against the portal. Where one has gone, `search_services` finds its successor."""
