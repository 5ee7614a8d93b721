"""Counts by period and their coverage."""

from hotspot.temporal.months import count_by_month

__all__ = ["count_by_month"]
