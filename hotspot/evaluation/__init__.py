"""Does it work: lists and back-tests, measures by what changed, maps by each other, found places by true ones."""

from hotspot.evaluation import methods
from hotspot.evaluation.accuracy import pai
from hotspot.evaluation.backtest import backtest
from hotspot.evaluation.concentration import concentration, lorenz
from hotspot.evaluation.concentration_drawing import draw_lorenz
from hotspot.evaluation.displacement_difference import wdd, wdd_harm
from hotspot.evaluation.drawing import draw_backtest
from hotspot.evaluation.emerging import emerging_hot_spots
from hotspot.evaluation.findings import findings
from hotspot.evaluation.forward_bandwidth import forward_bandwidth
from hotspot.evaluation.list_accuracy import list_accuracy
from hotspot.evaluation.locating import score_locations
from hotspot.evaluation.map_similarity import similarity_by_area, similarity_index
from hotspot.evaluation.past import Past
from hotspot.evaluation.period_counts import count_by_period
from hotspot.evaluation.poisson_difference import e_test
from hotspot.evaluation.stability import list_stability, place_classes

__all__ = [
    "Past",
    "backtest",
    "concentration",
    "count_by_period",
    "draw_backtest",
    "draw_lorenz",
    "e_test",
    "emerging_hot_spots",
    "findings",
    "forward_bandwidth",
    "list_accuracy",
    "list_stability",
    "lorenz",
    "methods",
    "pai",
    "place_classes",
    "score_locations",
    "similarity_by_area",
    "similarity_index",
    "wdd",
    "wdd_harm",
]
