"""Rank places for tasking."""

from hotspot.places.priorities import prioritise

__all__ = ["prioritise"]
