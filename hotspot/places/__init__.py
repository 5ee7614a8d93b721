"""Rank places for tasking, and name them."""

from hotspot.places.place_names import name_places
from hotspot.places.priorities import prioritise

__all__ = ["name_places", "prioritise"]
