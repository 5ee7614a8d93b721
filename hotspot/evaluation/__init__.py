"""Score a ranking on a later period, found places on true ones, measures by what changed, and maps by each other."""

from hotspot.evaluation.accuracy import pai
from hotspot.evaluation.displacement_difference import wdd, wdd_harm
from hotspot.evaluation.locating import score_locations
from hotspot.evaluation.map_similarity import similarity_by_area, similarity_index
from hotspot.evaluation.poisson_difference import e_test

__all__ = ["e_test", "pai", "score_locations", "similarity_by_area", "similarity_index", "wdd", "wdd_harm"]
