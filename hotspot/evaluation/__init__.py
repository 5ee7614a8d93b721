"""Score a ranking on a later period, and places found for texts on the true ones."""

from hotspot.evaluation.accuracy import pai
from hotspot.evaluation.locating import score_locations

__all__ = ["pai", "score_locations"]
