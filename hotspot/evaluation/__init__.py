"""Score a ranking on a later period."""

from hotspot.evaluation.accuracy import pai

__all__ = ["pai"]
