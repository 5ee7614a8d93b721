"""When: hours, hot windows, months, season and trend."""

from hotspot.temporal.clock import aoristic, heat_clock
from hotspot.temporal.months import count_by_month
from hotspot.temporal.windows import hot_windows, share_in_windows

__all__ = ["aoristic", "count_by_month", "heat_clock", "hot_windows", "share_in_windows"]
