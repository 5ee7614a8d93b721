"""When: hours, hot windows, months, season and trend."""

from hotspot.temporal.clock import aoristic, heat_clock
from hotspot.temporal.clock_drawing import draw_heat_clock
from hotspot.temporal.months import count_by_month
from hotspot.temporal.season import adjust_months, seasonality, trend
from hotspot.temporal.windows import hot_windows, share_in_windows

__all__ = [
    "adjust_months",
    "aoristic",
    "count_by_month",
    "draw_heat_clock",
    "heat_clock",
    "hot_windows",
    "seasonality",
    "share_in_windows",
    "trend",
]
