"""When: hours, hot windows, months, season, trend, change and near repeats."""

from hotspot.temporal.area_change import change_by_area
from hotspot.temporal.clock import aoristic, heat_clock
from hotspot.temporal.clock_drawing import draw_heat_clock
from hotspot.temporal.months import count_by_month
from hotspot.temporal.near_repeat import knox
from hotspot.temporal.near_repeat_roles import near_repeats
from hotspot.temporal.period_comparison import compare_periods
from hotspot.temporal.season import adjust_months, seasonality, trend
from hotspot.temporal.windows import hot_windows, share_in_windows

__all__ = [
    "adjust_months",
    "aoristic",
    "change_by_area",
    "compare_periods",
    "count_by_month",
    "draw_heat_clock",
    "heat_clock",
    "hot_windows",
    "knox",
    "near_repeats",
    "seasonality",
    "share_in_windows",
    "trend",
]
