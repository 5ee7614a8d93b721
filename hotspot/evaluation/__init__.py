"""Does it work: lists scored on a later period, back-tests, and places found for texts scored on the true ones."""

from hotspot.evaluation import methods
from hotspot.evaluation.accuracy import pai
from hotspot.evaluation.backtest import backtest
from hotspot.evaluation.drawing import draw_backtest
from hotspot.evaluation.findings import findings
from hotspot.evaluation.forward_bandwidth import forward_bandwidth
from hotspot.evaluation.list_accuracy import list_accuracy
from hotspot.evaluation.locating import score_locations
from hotspot.evaluation.past import Past
from hotspot.evaluation.period_counts import count_by_period

__all__ = [
    "Past",
    "backtest",
    "count_by_period",
    "draw_backtest",
    "findings",
    "forward_bandwidth",
    "list_accuracy",
    "methods",
    "pai",
    "score_locations",
]
