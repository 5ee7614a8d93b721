"""Rank places for tasking, name them, and keep an account of venues."""

from hotspot.places.place_names import name_places
from hotspot.places.priorities import prioritise
from hotspot.places.venues import venue_table

__all__ = ["name_places", "prioritise", "venue_table"]
