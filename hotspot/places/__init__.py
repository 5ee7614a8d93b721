"""Rank places for tasking, and keep an account of venues."""

from hotspot.places.priorities import prioritise
from hotspot.places.venues import venue_table

__all__ = ["prioritise", "venue_table"]
