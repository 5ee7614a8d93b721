"""Colours and classes that page, figures and GIS styles share; chosen by name, never by position."""

from __future__ import annotations

SOURCES = {
    "police": "#2f3f66",
    "ed": "#b8477f",
    "ambulance": "#6fb3a5",
    "fire": "#c9762b",
    "local_authority": "#7a6a9b",
}
"""Dark, mid and light for the three agencies that nearly every study has: they stay apart on a photocopy."""
OTHER_SOURCES = ("#8a8f3c", "#4f86b5", "#a0573f", "#5b7f57", "#8d6aa9")
INK = "#17212b"
"""Text, and what is not a single agency."""

STANDARD = {
    "High-High": "#d7191c",
    "High-Low": "#fdae61",
    "Low-High": "#abd9e9",
    "Low-Low": "#2c7bb6",
    "Not significant": "#dcdcd8",
}
"""The colours analysts know from GeoDa and PySAL."""
COLOUR_SAFE = {
    "High-High": "#8f0d2b",
    "High-Low": "#f2a65a",
    "Low-High": "#9ecae8",
    "Low-Low": "#1f4e9c",
    "Not significant": "#dedede",
}
GREYSCALE = {
    "High-High": "#1c1c1c",
    "High-Low": "#8a8a8a",
    "Low-High": "#c9c9c9",
    "Low-Low": "#8a8a8a",
    "Not significant": "#f0f0f0",
}
"""Red and blue photocopy alike: in grey, kinds of cluster are told by hatching."""
CLUSTERS = {"standard": STANDARD, "safe": COLOUR_SAFE, "grey": GREYSCALE}

_AGREEMENT = {
    "agree hot": "#3b1d52",
    "police only": "#8fb4dc",
    "health only": "#c8437e",
    "neither": "#dcdcd8",
    "not covered": "#ffffff",
}
AGREEMENT = {
    "standard": _AGREEMENT,
    "safe": _AGREEMENT,
    "grey": {
        "agree hot": "#1c1c1c",
        "police only": "#c9c9c9",
        "health only": "#8a8a8a",
        "neither": "#f0f0f0",
        "not covered": "#ffffff",
    },
}

RATES = {
    "standard": ("#fef0d9", "#fdcc8a", "#fc8d59", "#e34a33", "#a8100d"),
    "safe": ("#f3eec3", "#c7d494", "#7fb58a", "#3f8a8c", "#1b4a72"),
    "grey": ("#f2f2f2", "#cfcfcf", "#a3a3a3", "#6f6f6f", "#2b2b2b"),
}
"""Five classes from low to high, each darker than the one before."""
DENSITY = ("#fff3b8", "#fed976", "#feb24c", "#fd8d3c", "#f4532b", "#cf1126", "#7a0022")
"""Classes of a surface, thinnest first."""
DENSITY_OPACITY = (0.3, 0.5, 0.62, 0.72, 0.8, 0.86, 0.9)
"""How much of the map each class of a surface covers: borders stay readable under it."""
ABSENT = ("No data", "Suppressed", "No neighbours", "Undefined")
"""Classes that say why there is no figure; always hatched, never grey like *Not significant*."""


def source_colours(sources: tuple[str, ...]) -> dict[str, str]:
    """Give every source its colour: its own where it is a known agency, else the next that is free."""
    spare = iter(OTHER_SOURCES * (1 + len(sources) // len(OTHER_SOURCES)))
    return {source: SOURCES.get(source) or next(spare) for source in sources}
